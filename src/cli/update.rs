//! `alamor update` and `alamor retry`: a job from the command line.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{self, Args};
use super::follow::{self, Followed};
use super::results::{self, Results};
use super::{attach, language, output};
use crate::api::Reason;
use crate::api::jobs::{All, Item, ItemPanel, Job, JobState, NewJob, Outcome, Scope};
use crate::client::{Client, ClientError};
use crate::config::Settings;

/// Runs `alamor update`.
pub(super) async fn run(
    args: &Args,
    options: &args::Update,
    settings: Settings,
) -> anyhow::Result<ExitCode> {
    let scope = if options.all { Scope::All(All::All) } else { Scope::Ids(options.ids.clone()) };
    let new = new_job(Some(scope), None, options.rules);
    report(args, options.rules, &attach::client(&settings)?, &new).await
}

/// Runs `alamor retry`.
pub(super) async fn retry(
    args: &Args,
    options: &args::Retry,
    settings: Settings,
) -> anyhow::Result<ExitCode> {
    let new = new_job(None, Some(options.job), options.rules);
    report(args, options.rules, &attach::client(&settings)?, &new).await
}

fn new_job(purchases: Option<Scope>, retry_of: Option<i64>, rules: args::Rules) -> NewJob {
    NewJob { purchases, dry_run: rules.dry_run, force: rules.force, retry_of, by: attach::by() }
}

/// Runs a job on the core behind `client`; prints its results.
///
/// Exit code 0: all succeeded; 1: some did not, or the job was stopped or cancelled; 2: it could
/// not run; 130: the operator does not wait for it.
async fn report(
    args: &Args,
    rules: args::Rules,
    client: &Client,
    new: &NewJob,
) -> anyhow::Result<ExitCode> {
    let lang = language::choose(args.lang);
    let job = Cell::new(None);
    let followed = tokio::select! {
        followed = follow::run(client, new, |id| job.set(Some(id))) => followed,
        () = interrupted() => {
            output::note(&left(job.get()));
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    match followed {
        Ok(followed) => {
            print(&followed, rules.json, lang)?;
            Ok(exit_code(&followed.job))
        }
        Err(error @ ClientError::NotReached { .. }) if !rules.json => {
            output::data(&results::text(&Results::CoreNotReached, lang))?;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The exit code of a shell for a program that `INT` ended: 128 and its number.
const INTERRUPTED: u8 = 130;

/// Waits for `^C`; for ever where no bar is drawn, and the signal ends the process by itself.
async fn interrupted() {
    if !io::stderr().is_terminal() {
        return std::future::pending().await;
    }
    match signal(SignalKind::interrupt()) {
        Ok(mut interrupts) => {
            interrupts.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// What becomes of a job that nobody waits for.
fn left(job: Option<i64>) -> String {
    match job {
        Some(id) => format!(
            "update #{id} goes on at the core. The same command comes back to it, `alamor` shows it, \
             and there x cancels it"
        ),
        None => "stopped before the core began an update".to_owned(),
    }
}

/// Prints the results of a job: its block or its object on stdout, the rest on stderr.
pub(super) fn print(followed: &Followed, json: bool, lang: args::Lang) -> anyhow::Result<()> {
    if json {
        return output::data(&serde_json::to_string(&Printed::of(followed))?);
    }
    let job = &followed.job;
    output::data(&results::text(&Results::Job(job), lang))?;
    if job.dry_run {
        output::data(&preview(&followed.items))?;
    }
    output::note(&details(job));
    Ok(())
}

/// What a dry run would have changed: one line a purchase, then one a panel.
fn preview(items: &[Item]) -> String {
    let mut lines = Vec::new();
    let mut panels = BTreeMap::<&str, [u64; 5]>::new();
    for item in items {
        for panel in &item.panels {
            panels.entry(&panel.name).or_default()[panel.outcome as usize] += 1;
        }
        if item.outcome == Some(Outcome::Unchanged) {
            continue;
        }
        let why = item.reason.as_ref().map(|reason| reason.text.as_str());
        let notes = item.notes.iter().map(String::as_str);
        let rest: Vec<&str> = why.into_iter().chain(notes).collect();
        let outcome = item.outcome.map_or("open", Outcome::as_str);
        lines.push(format!(
            "#{:<8} {outcome:<9} {:>3} links  {}",
            item.purchase_id,
            item.links,
            rest.join("; ")
        ));
    }
    for (name, [updated, unchanged, partial, kept, failed]) in panels {
        let kept = kept + partial;
        lines.push(format!(
            "{name:<9} {updated} updated, {unchanged} unchanged, {kept} kept, {failed} failed"
        ));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// What the block of the bot does not say: job, time, causes.
fn details(job: &Job) -> String {
    let seconds = |ms: u64| format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    let floor =
        job.floor_ms.map_or_else(String::new, |floor| format!(" (floor {})", seconds(floor)));
    let dry = if job.dry_run { ", dry run: nothing was written" } else { "" };
    let mut lines = vec![format!("job {}: {}{floor}{dry}", job.id, seconds(job.elapsed_ms))];
    lines.extend(job.reason.as_ref().map(|reason| reason.text.clone()));
    lines.extend(job.panels.iter().filter_map(|panel| Some(panel.left_out.as_ref()?.text.clone())));
    lines.extend(
        job.causes.iter().map(|cause| format!("{:>6}  {}", cause.items, cause.reason.text)),
    );
    lines.join("\n")
}

fn exit_code(job: &Job) -> ExitCode {
    let all_succeeded = job.state == JobState::Done && job.success == job.total;
    ExitCode::from(u8::from(!all_succeeded))
}

/// The object of `--json`.
#[derive(Serialize)]
struct Printed<'a> {
    job: i64,
    state: JobState,
    success: u64,
    failed: u64,
    connection_error: u64,
    total: u64,
    elapsed_ms: u64,
    floor_ms: Option<u64>,
    items: Vec<PrintedItem<'a>>,
}

#[derive(Serialize)]
struct PrintedItem<'a> {
    purchase_id: i64,
    outcome: Option<Outcome>,
    links: u64,
    reason: Option<&'a Reason>,
    panels: &'a [ItemPanel],
}

impl<'a> Printed<'a> {
    fn of(followed: &'a Followed) -> Self {
        let job = &followed.job;
        Self {
            job: job.id,
            state: job.state,
            success: job.success,
            failed: job.failed,
            connection_error: job.connection_error,
            total: job.total,
            elapsed_ms: job.elapsed_ms,
            floor_ms: job.floor_ms,
            items: followed.items.iter().map(PrintedItem::of).collect(),
        }
    }
}

impl<'a> PrintedItem<'a> {
    fn of(item: &'a Item) -> Self {
        Self {
            purchase_id: item.purchase_id,
            outcome: item.outcome,
            links: item.links,
            reason: item.reason.as_ref(),
            panels: &item.panels,
        }
    }
}
