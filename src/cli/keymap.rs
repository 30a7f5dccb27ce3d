//! `alamor keymap`: the console's keys, as a file that can be changed and used.

use std::process::ExitCode;

use super::{args, output};
use crate::console::{print_default_keymap, print_keymap};

/// Prints the keys that the console has now; what is wrong with their file goes to stderr.
pub(super) fn run(options: args::Keymap) -> anyhow::Result<ExitCode> {
    if options.default {
        output::data(print_default_keymap().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (keymap, complaints) = print_keymap(|name| std::env::var(name).ok());
    output::data(keymap.trim_end())?;
    for complaint in &complaints {
        output::note(complaint);
    }
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
