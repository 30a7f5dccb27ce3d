//! What was promised, over real sockets: the real core on port 0, a real SQLite file, simulated
//! panels outside.
//!
//! ```text
//! test ── HTTP ──▶ core ── HTTP ──▶ simulated panels
//!   └──── SQL ──▶ file ◀── SQL ──┘
//! ```
//!
//! Start reading at `world.rs`, then at the promise that you doubt.
//!
//! Invariants:
//! - No test sleeps: each waits for an event of the core, or for a request to arrive at a panel.
//! - A test that waits for what never comes fails, see [`world::soon`].
//!
//! Deliberately absent: the console, PostgreSQL.
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

mod world;
mod rows;
mod sale;
mod selling;
mod raw_panel;
mod gate;
mod recorded;
mod contract;
mod outcomes;
mod keeping;
mod asking;
mod admin;
mod jobs;
mod history;
mod guard;
mod subscription;
mod scheduled;
mod faults;
mod panel_faults;
mod ways;
mod whose;
mod events;
mod logs;
mod console_api;
mod deeds;
mod panels_api;
#[path = "../child/mod.rs"]
mod child;
mod full_disk;
mod kill;
mod old_server;
mod raw;
mod forwarding;
mod intruders;
mod sockets;
mod oversized;
mod wild_headers;
mod authority;
mod tls;
mod page;
mod chromium;
mod browser;
mod metrics;
mod openapi;
