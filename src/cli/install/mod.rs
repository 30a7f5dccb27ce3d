//! `alamor install` and `alamor uninstall`: the core moves in where the old server was, and out again.
//!
//! ```text
//! look() ─▶ Seen ─▶ plan() ─▶ steps ─▶ apply(), noted one by one ─▶ undo(), backwards
//! asks      facts   decides   shown by --dry-run
//! ```
//!
//! Start reading at `plan.rs`, which decides.
//!
//! Invariants:
//! - `--dry-run` shows all that would be done, and does nothing.
//! - `uninstall` leaves the machine as it was; own data stays unless `--purge` says otherwise.
//!
//! Deliberately absent: changes of the bot's `.env`, of nginx, of the database.

mod apply;
mod look;
mod old_server;
mod plan;
mod step;
mod units;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use self::apply::Root;
use self::plan::{Payments, plan};
use self::step::{Back, Step, Undo};
use super::args::{Args, Install, Uninstall};
use super::output;
use crate::config::{Environment, Places, Settings, Source};

/// The bot's settings, where its installer puts them.
const BOT_FILE: &str = "/var/www/alamorvpn_bot/.env";

/// A pattern of the units that an installation may have made; systemd is content where none fits.
const UNITS_OF_OURS: &str = "alamorwebhook*";

/// The folder that systemd keeps for the core.
const DATA: &str = "/var/lib/alamor";

/// Installs, or shows what would be done.
pub(super) async fn install(args: &Args, options: &Install) -> anyhow::Result<ExitCode> {
    let root = Root::new(options.root.as_deref());
    only_root(&root, options.dry_run)?;
    let settings = Settings::load(&source(args, &root))?;
    let mut notes = root.read_notes()?;
    let seen = look::look(&root, &settings, &notes).await?;
    if seen.payments == Payments::Unknown {
        output::note(
            "The bot's database does not say whether customers pay by Zarinpal: their way back \
             needs LEGACY_UPSTREAM",
        );
    }
    let mut steps = plan(&seen, options.agreed)?;
    steps.retain(|step| !root.is_done(step, &notes));
    if options.dry_run {
        let shown: Vec<String> = steps.iter().map(Step::in_full).collect();
        output::data(&shown.join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    for step in &steps {
        if let Err(error) = root.apply(step, &mut notes) {
            return Err(error.context("`alamor uninstall` puts back what was done before"));
        }
        output::data(&step.to_string())?;
    }
    if !seen.has_systemd {
        output::note("systemd does not run here: nothing was started");
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts back what [`install`] did, the last first.
pub(super) fn uninstall(options: &Uninstall) -> anyhow::Result<ExitCode> {
    let root = Root::new(options.root.as_deref());
    only_root(&root, options.dry_run)?;
    let notes = root.read_notes()?;
    if notes.is_empty() {
        bail!("nothing is installed here that `alamor install` noted");
    }
    let (wanted, kept): (Vec<Undo>, Vec<Undo>) =
        notes.into_iter().partition(|undo| options.purge || !is_purge(undo));
    let told = root.has_systemd().then(forget).into_iter().flatten();
    for undo in wanted.iter().rev().cloned().chain(told) {
        if !options.dry_run {
            root.undo(&undo)?;
        }
        output::data(&undo.to_string())?;
    }
    let data = root.at(Path::new(DATA));
    if options.purge && data.is_dir() {
        if !options.dry_run {
            std::fs::remove_dir_all(&data)?;
        }
        output::data(&format!("remove {DATA}"))?;
    }
    if !options.dry_run {
        root.keep_notes(&kept)?;
    }
    if !options.purge {
        output::note("The user alamor and its data stay; --purge removes them");
    }
    output::note("Tables of alamor in a database stay: in PostgreSQL, DROP SCHEMA alamor CASCADE");
    Ok(ExitCode::SUCCESS)
}

/// What makes systemd forget units that are gone: how the last of them ended, too.
fn forget() -> [Undo; 2] {
    [&["daemon-reload"][..], &["reset-failed", UNITS_OF_OURS]].map(|words| {
        let words = [&["systemctl"][..], words].concat();
        let command = words.into_iter().map(str::to_owned).collect();
        Undo::Run(Back { command, gone: None, is_purge: false })
    })
}

fn is_purge(undo: &Undo) -> bool {
    matches!(undo, Undo::Run(back) if back.is_purge)
}

/// Only root may change a machine; a folder may be anybody's.
fn only_root(root: &Root, is_dry: bool) -> anyhow::Result<()> {
    if root.is_machine() && !is_dry && !rustix::process::geteuid().is_root() {
        bail!("this needs root. Run it with sudo, or with --dry-run to see what it would do");
    }
    Ok(())
}

/// The settings of the machine: those of `--env`, else the bot's.
fn source(args: &Args, root: &Root) -> Source {
    if root.is_machine() {
        return super::source(args);
    }
    let file = args.env.clone().unwrap_or_else(|| root.at(Path::new(BOT_FILE)));
    let bot_file: PathBuf = root.at(Path::new(BOT_FILE));
    let places = Places { bot_file, ..Places::of_process() };
    Source::read(Some(&file), Environment::default(), &places)
}
