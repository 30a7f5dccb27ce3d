//! The simulated world: X-UI panels on loopback, and a sample business that sells on them.
//!
//! ```text
//! sample::Sample ── clients ──▶ panel::SimulatedPanel ◀── HTTP ── a core
//!  (what was sold)               answers::answer()
//!                                 links::share_links()
//! ```
//!
//! `alamor demo` runs on it, and so do the tests: what a panel does can be changed at any moment,
//! and what it was asked is counted.
//!
//! Start reading at `behaviour.rs`, then `panel.rs`.
//!
//! Invariants:
//! - Everything is derived from names, numbers and the `now` that was given: two runs are alike.
//! - Nothing listens outside of loopback, and nothing listens after its last handle is dropped.
//!
//! Deliberately absent: the panels' admin API (`replay/` plays a recorded one), TLS, any SQL (the
//! sample is plain data), and any knowledge of how a core reads a panel.

mod seed;
pub mod make;
pub mod inbounds;
pub mod client;
pub mod links;
pub mod behaviour;
pub mod traffic;
pub mod spec;
mod world;
mod answers;
pub mod panel;
pub mod replay;
pub mod sample;
