//! Who starts what: one file for each subcommand.
//!
//! ```text
//! arguments ─▶ Command ─▶ settings ─▶ serve, console, update, … ─▶ exit code
//! ```
//!
//! Invariants:
//! - Data goes to stdout, everything else to stderr.
//! - What cannot begin ends with exit code 2 and one message: what, where, what to do.
//!
//! Deliberately absent: everything that another folder can do.

mod args;
mod add;
mod alert;
mod archive;
mod attach;
mod bar;
mod check;
mod console;
mod demo;
mod follow;
mod init;
mod install;
mod key;
mod keymap;
mod language;
mod live;
mod logging;
mod journal;
mod logs;
mod manual;
mod migrate;
mod output;
mod panels;
mod purchases;
mod audit;
mod results;
mod rungs;
mod serve;
mod status;
mod stop;
mod table;
mod update;
mod yes;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use self::args::{Add, Args, Command, Migrate};
use crate::config::{Settings, Source};

/// Runs the program that the arguments ask for.
#[must_use]
pub fn run() -> ExitCode {
    let args = Args::parse();
    match dispatch(&args) {
        Ok(code) => code,
        // Whoever read our data has enough of it: `alamor purchases | head`.
        Err(error) if error.is::<output::ReaderGone>() => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error, language::choose(args.lang));
            ExitCode::from(2)
        }
    }
}

fn dispatch(args: &Args) -> anyhow::Result<ExitCode> {
    let lang = language::choose(args.lang);
    match &args.command {
        Some(Command::Keymap(options)) => keymap::run(*options),
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man { folder }) => manual::man(folder.as_deref()),
        Some(Command::Init) => init::run(args.env.as_deref(), lang),
        Some(Command::Install(options)) => block_on(install::install(args, options)),
        Some(Command::Uninstall(options)) => install::uninstall(options),
        Some(Command::Key { command }) => key::run(*command, args.env.as_deref(), lang),
        Some(Command::Demo(options)) => block_on(demo::run(args, options)),
        None => console::run(args, settings(args)?, lang),
        Some(Command::Serve) => {
            let passed = serve::Passed::take();
            block_on(serve::run(args, settings(args)?, passed))
        }
        Some(Command::Update(options)) => block_on(update::run(args, options, settings(args)?)),
        Some(Command::Retry(options)) => block_on(update::retry(args, options, settings(args)?)),
        Some(Command::Status(options)) => block_on(status::run(*options, settings(args)?, lang)),
        Some(Command::Check(options)) => block_on(check::run(args, options, lang)),
        Some(Command::Purchases(options)) => {
            block_on(purchases::run(options, settings(args)?, lang))
        }
        Some(Command::Panels(options)) => block_on(panels::run(options, settings(args)?, lang)),
        Some(Command::Audit(options)) => block_on(audit::run(*options, settings(args)?, lang)),
        Some(Command::Logs(options)) => block_on(logs::run(options, settings(args)?, lang)),
        Some(Command::Export { file }) => block_on(archive::export(file, settings(args)?, lang)),
        Some(Command::Import { file }) => block_on(archive::import(file, settings(args)?, lang)),
        Some(Command::Migrate { command: Migrate::Check(options) }) => {
            block_on(migrate::run(*options, settings(args)?, lang))
        }
        Some(Command::Alert { command }) => block_on(alert::run(*command, settings(args)?, lang)),
        Some(Command::Add { command: Add::Panel(panel) }) => {
            block_on(add::panel(panel, settings(args)?, lang))
        }
        Some(Command::Add { command: Add::Purchase(purchase) }) => {
            block_on(add::purchase(purchase, settings(args)?, lang))
        }
    }
}

/// The settings, with what the arguments say on top.
fn settings(args: &Args) -> anyhow::Result<Settings> {
    let settings = Settings::load(&source(args))?;
    for warning in &settings.warnings {
        output::note(&warning.to_string());
    }
    Ok(settings)
}

/// Where the settings come from, with what the arguments say on top.
fn source(args: &Args) -> Source {
    let source = Source::of_process(args.env.as_deref());
    match &args.core {
        Some(url) => source.with_flag(&crate::config::keys::CORE_URL, "--core", url.as_str()),
        None => source,
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("the system gives no threads")
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(command)
}
