//! `alamor man` and `alamor completions`: written from the description of the command line, so that
//! they cannot say anything else than `--help`.
//!
//! The Debian package is made by them (`assets/debian/build.sh`), and so is whatever somebody installs
//! by hand.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::aot;

use super::args::{Args, Shell};
use super::output;

/// What the program is called, in shells and in the manual.
const NAME: &str = "alamor";

/// Prints what completes our commands in a shell.
pub(super) fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let shell = match shell {
        Shell::Bash => aot::Shell::Bash,
        Shell::Zsh => aot::Shell::Zsh,
        Shell::Fish => aot::Shell::Fish,
    };
    let mut script = Vec::new();
    aot::generate(shell, &mut Args::command(), NAME, &mut script);
    output::data(String::from_utf8(script)?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the manual page of the whole, or writes one for each command into `folder`.
pub(super) fn man(folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    match folder {
        Some(folder) => write_pages(folder)?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            output::data(String::from_utf8(page)?.trim_end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages(folder: &Path) -> anyhow::Result<()> {
    let place = || format!("{} cannot be written", folder.display());
    fs::create_dir_all(folder).with_context(place)?;
    clap_mangen::generate_to(Args::command(), folder).with_context(place)
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    /// `alamor`, `alamor-key`, `alamor-key-set`, …, with what each must speak of.
    fn tree(command: &Command, above: &str) -> Vec<(String, Vec<String>)> {
        let name = [above, command.get_name()].join("-").trim_start_matches('-').to_owned();
        let shown = |argument: &&clap::Arg| !argument.is_hide_set();
        let options = command.get_arguments().filter(shown).filter_map(clap::Arg::get_long);
        let mut all = vec![(name.clone(), options.map(str::to_owned).collect())];
        for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            all.extend(tree(below, &name));
        }
        all
    }

    #[test]
    fn every_command_has_a_page_with_each_of_its_options() {
        let folder = tempfile::tempdir().unwrap();
        write_pages(folder.path()).unwrap();
        let mut command = Args::command();
        command.build();
        let commands = tree(&command, "");
        assert!(commands.len() > 20, "{commands:?}");
        for (name, options) in &commands {
            let page = fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
            for option in options {
                let written = format!("\\-\\-{}", option.replace('-', "\\-"));
                assert!(page.contains(&written), "{name}: --{option} is not in\n{page}");
            }
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), commands.len(), "one page each");
    }
}
