//! `alamor update` and `alamor retry`: a job from the command line.

use std::process::ExitCode;

use serde::Serialize;

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
/// not run.
async fn report(
    args: &Args,
    rules: args::Rules,
    client: &Client,
    new: &NewJob,
) -> anyhow::Result<ExitCode> {
    let lang = language::choose(args.lang);
    match follow::run(client, new).await {
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

/// Prints the results of a job: its block or its object on stdout, the rest on stderr.
pub(super) fn print(followed: &Followed, json: bool, lang: args::Lang) -> anyhow::Result<()> {
    if json {
        return output::data(&serde_json::to_string(&Printed::of(followed))?);
    }
    let job = &followed.job;
    output::data(&results::text(&Results::Job(job), lang))?;
    output::note(&details(job));
    Ok(())
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
