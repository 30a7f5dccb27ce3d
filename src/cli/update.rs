//! `alamor update` and `alamor retry`: a job from the command line.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use unicode_width::UnicodeWidthStr;

use super::args::{self, Args};
use super::follow::{self, Followed};
use super::results::{self, Results};
use super::{attach, language, output};
use crate::api::Reason;
use crate::api::changes::{Change, Changes};
use crate::api::jobs::{All, Item, ItemPanel, Job, JobState, NewJob, Outcome, Scope};
use crate::client::{Client, ClientError};
use crate::config::Settings;
use crate::console::Lang;
use crate::console::changes;
use crate::console::format;
use crate::console::reasons::sentence;
use crate::console::words;

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
        followed = follow::run(client, new, lang, |id| job.set(Some(id))) => followed,
        () = interrupted() => {
            output::note(&left(job.get(), lang));
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
fn left(job: Option<i64>, lang: Lang) -> String {
    let say = lang.say();
    job.map_or_else(|| say.update_not_begun(), |job| say.update_goes_on(job))
}

/// Prints the results of a job: its block or its object on stdout, the rest on stderr.
pub(super) fn print(followed: &Followed, json: bool, lang: Lang) -> anyhow::Result<()> {
    if json {
        return output::data(&serde_json::to_string(&Printed::of(followed))?);
    }
    let job = &followed.job;
    output::data(&results::text(&Results::Job(job), lang))?;
    if job.dry_run {
        output::data(&preview(&followed.items, lang))?;
    }
    output::note(&details(job, lang));
    Ok(())
}

/// What a dry run would have changed: one line a purchase, then one a panel.
fn preview(items: &[Item], lang: Lang) -> String {
    let (say, count) = (lang.say(), |number| format::plain(lang, number));
    let mut lines = Vec::new();
    let mut panels = BTreeMap::<&str, [u64; 5]>::new();
    for item in items {
        for panel in &item.panels {
            panels.entry(&panel.name).or_default()[panel.outcome as usize] += 1;
        }
        if item.outcome == Some(Outcome::Unchanged) {
            continue;
        }
        let why = item.reason.as_ref().map(|reason| sentence(lang, reason, None));
        let notes = item.notes.iter().cloned();
        let rest: Vec<String> = why.into_iter().chain(notes).collect();
        let outcome = item.outcome.map(|outcome| words::outcome(lang, outcome));
        let outcome = outcome.unwrap_or_else(|| say.outcome_open());
        let blanks = " ".repeat(9_usize.saturating_sub(outcome.width()));
        let links = say.links(item.links, format!("{:>3}", count(item.links)));
        let (id, rest) = (item.purchase_id, rest.join("; "));
        lines.push(format!("#{id:<8} {outcome}{blanks} {links}  {rest}"));
        lines.extend(item.changes.iter().flat_map(|changes| changed_links(changes, lang)));
    }
    for (name, [updated, unchanged, partial, kept, failed]) in panels {
        let kept = kept + partial;
        let [updated, unchanged, kept, failed] = [updated, unchanged, kept, failed].map(count);
        lines.push(format!("{name:<9} {}", say.preview_panel(updated, unchanged, kept, failed)));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// A line each for the links that would not stay, and how many are not listed.
fn changed_links(changes: &Changes, lang: Lang) -> Vec<String> {
    let changed = changes.links.iter().filter(|link| link.change != Change::Kept);
    let lines = changed.map(|link| format!("          {}", changes::line(lang, link)));
    let listed = lines.clone().count() as u64;
    let rest = changes.changed().saturating_sub(listed);
    let more = (rest > 0).then(|| {
        let count = format::plain(lang, rest);
        format!("          {}", lang.say().preview_more_links(rest, count))
    });
    lines.chain(more).collect()
}

/// What the block of the bot does not say: job, time, causes.
fn details(job: &Job, lang: Lang) -> String {
    let say = lang.say();
    let mut head = say.job_took(job.id, format::tenths(lang, job.elapsed_ms));
    if let Some(floor) = job.floor_ms {
        head = format!("{head} {}", say.job_floor(format::tenths(lang, floor)));
    }
    if job.dry_run {
        head.push_str(&say.job_dry());
    }
    let mut lines = vec![head];
    lines.extend(job.reason.as_ref().map(|reason| sentence(lang, reason, None)));
    lines.extend(
        job.panels
            .iter()
            .filter_map(|panel| Some(sentence(lang, panel.left_out.as_ref()?, Some(&panel.name)))),
    );
    lines.extend(job.causes.iter().map(|cause| {
        let reason = sentence(lang, &cause.reason, None);
        format!("{:>6}  {reason}", format::plain(lang, cause.items))
    }));
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
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a Changes>,
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
            changes: item.changes.as_ref(),
        }
    }
}
