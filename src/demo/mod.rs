//! The simulated world: X-UI panels on loopback, and a sample business that sells on them.
//!
//! ```text
//! sample::Sample ── clients ──▶ panel::SimulatedPanel ◀── HTTP ── a core
//!  (what was sold)               answers::answer()
//!                                 ├▶ subscription::respond()  links::share_links()
//!                                 └▶ admin::respond()         login, lists, health
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
//! Deliberately absent: TLS, any SQL (the sample is plain data), whatever changes a real panel, and
//! any knowledge of how a core reads a panel.

mod seed;
pub mod make;
pub mod inbounds;
pub mod client;
mod place;
mod remark;
pub mod links;
pub mod behaviour;
mod route;
pub mod traffic;
pub mod cost;
pub mod spec;
mod sessions;
mod world;
mod ask;
mod pages;
mod broken;
mod subscription;
mod admin;
mod answers;
pub mod panel;
pub mod replay;
pub mod sample;
