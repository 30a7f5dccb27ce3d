//! The real binary: what an operator types, sees and gets back.
//!
//! ```text
//! run.rs     a process without a terminal: its two outputs, its exit code
//! pty.rs     a process on a terminal of 80x24, read back through an emulator
//! pebble.rs  an authority from which a core orders its certificate
//! proxy.rs   a line to a core that can be cut, or fall silent
//! systemd.rs a notify socket and a listening one, as systemd has them
//! rows.rs    rows of a SQLite file, read and written
//! booted/    machines on which systemd runs
//! world.rs   a folder with settings, a database and simulated panels, as `alamor init` makes it
//! ```
//!
//! Whatever is waited for is an event (a line, a frame, an exit) with a deadline that only a defect
//! meets. Every core has a loopback address of its own, so that tests side by side never meet.
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

mod run;
mod world;
mod rows;
mod pty;
mod proxy;
mod demo;
mod terminal;
mod alert;
mod archive;
mod attached;
mod stories;
mod ladder;
mod own_tls;
mod pebble;
mod link;
mod tmux;
mod bad_input;
mod commands;
mod keymap;
mod panels;
mod logs;
mod plain;
mod pictures;
mod live;
mod site;
mod check;
mod python;
mod bot;
mod schema;
mod secrets;
mod systemd;
mod install;
mod old_server;
mod key;
mod migrate;
mod manual;
mod package;
mod booted;
