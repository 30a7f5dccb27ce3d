//! What is shown: the operator's terminal program on a core that is somewhere else.
//!
//! ```text
//! terminal, signals, client, time ─▶ Message ─▶ update(&mut State) ─▶ Effect ─▶ runner
//!                                                     │
//!                                                  State ─▶ view ─▶ Buffer ─▶ screen ─▶ terminal
//! ```
//!
//! Start reading at `update/mod.rs`, then `state/mod.rs`. `state/x.rs` and `view/x.rs` mirror each
//! other; the keys are the table in `keymap.rs`.
//!
//! Invariants:
//! - Nothing that is shown is older than it says: what was heard carries the core's time, and a
//!   lost connection is told in words.
//! - Nothing is changed at the core without a live connection and a yes.
//! - The terminal is left as it was, however the console ends.
//!
//! Deliberately absent: the core. The console knows it through `client` and `api` only, so that it
//! works the same on one in this process and on one across the sea.

pub(crate) mod lang;
pub(crate) mod format;
pub(crate) mod look;
pub(crate) mod text;
pub(crate) mod reasons;
pub(crate) mod words;
pub(crate) mod facts;
pub(crate) mod changes;
pub(crate) mod pace;
pub(crate) mod picture;
mod action;
mod code;
mod key;
mod keymap;
mod theme;
mod settings;
mod message;
mod state;
mod update;
mod view;
mod screen;
mod pacing;
mod report;
mod terminal;
mod input;
mod options;
mod export;
mod check;
pub(crate) mod findings;
mod saving;
mod new_file;
mod asking;
mod runner;
pub mod plain;
pub mod tour;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod job_tests;
#[cfg(test)]
mod spoken;
#[cfg(test)]
mod ladder_tests;
#[cfg(test)]
mod checks_tests;

pub use check::Checker;
pub use lang::Lang;
pub use look::Look;
pub use options::{Begin, ConsoleError, Exit, Options};
pub use settings::{Preferences, print_default_keymap, print_keymap};
pub(crate) use state::filter::age_ms;
pub use state::link::Bandwidth;
pub use state::log::log_layer;
pub use state::{Access, Attachment};

/// Runs the console until the operator, a signal or the terminal ends it.
///
/// Best run by `Runtime::block_on` on the main thread: a panic is then told on a terminal that
/// was put back before. An embedded core is the caller's to end afterwards.
///
/// # Errors
///
/// [`ConsoleError`], mostly that there is no terminal. A core that is not there is no error: the
/// console shows it, and waits.
pub async fn run(options: Options) -> Result<Exit, ConsoleError> {
    runner::run(options).await
}
