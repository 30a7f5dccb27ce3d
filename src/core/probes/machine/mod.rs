//! What probes look at the machine with: programs and their output, processes, ports, units, names.
//!
//! Invariants:
//! - A program that hangs is ended with everything that it started.
//! - What somebody else wrote is bounded and holds no control character.
//!
//! Deliberately absent: what is good or bad about it (that is each probe's).

pub(crate) mod quote;
pub(in crate::core::probes) mod aside;
pub(in crate::core::probes) mod command;
pub(in crate::core::probes) mod program;
pub(crate) mod listeners;
pub(in crate::core::probes) mod systemd;
pub(in crate::core) mod holder;
pub(in crate::core) mod vitals;
pub(in crate::core::probes) mod started;
pub(crate) mod names;
