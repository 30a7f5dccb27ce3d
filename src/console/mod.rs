//! The console.

mod format;
mod look;
mod keymap;
mod message;
mod state;
mod update;
mod view;
#[cfg(test)]
mod fixture;
