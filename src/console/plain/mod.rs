//! The console line by line: for screen readers, for `script`, and for terminals that cannot be
//! drawn on.
//!
//! ```text
//! a line ─▶ line.rs ─▶ Action ─▶ update(&mut State) ─▶ Effect ─▶ the core
//!                                     │
//!                 tell.rs: what changed, answers.rs: what was asked ─▶ one sentence a line
//! ```
//!
//! Start reading at `line.rs`.
//!
//! Invariants:
//! - No cursor is moved, nothing is coloured, no line is written twice.
//! - The same state, decisions and questions as on the screens.
//!
//! Deliberately absent: the terminal. Standard input and output may be anything.

mod answers;
mod job;
mod ladder;
mod line;
mod runner;
mod tell;

pub use runner::run;
