//! The schedule: the core updates everything by itself, every so often.
//!
//! ```text
//! the last scheduled job's start + every ± 10 % ─▶ due ─▶ in the way? ─▶ a job by `schedule`
//!  from the database: survives a restart                   └▶ looked at again soon, and said why
//! ```
//!
//! Invariants:
//! - It never begins beside a running job.
//! - While the guard's last word was "stop", nothing begins by itself: somebody has to look first, and
//!   then update everything. A dry run, or an update of some, takes that word back from nobody.
//! - Right after the start it waits until every panel was asked: a job that finds all of them away
//!   would fail whole.
//!
//! Deliberately absent: what a job does (that is `update/`).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::deeds::Who;
use super::probes::Found;
use super::update::{NewJob, NotStarted, Wanted, now};
use super::{Core, said};
use crate::api::panels::{Panel, PanelState};
use crate::database::error::DbError;
use crate::domain::ids::JobId;
use crate::domain::job::{BY_SCHEDULE, JobState};

/// How far from its time a job may begin: many cores that were set up alike must not ask the panels
/// that they share in the same minute.
const JITTER: f64 = 0.1;

/// How soon is looked again when something is in the way.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How soon is looked again before purchases and panels were read.
const BEFORE_READY: Duration = Duration::from_secs(1);

/// How long after the start panels that were not asked yet are waited for: longer than one takes that
/// does not answer.
const FIRST_ANSWERS: Duration = Duration::from_mins(1);

/// The longest sleep: a clock that was set right is noticed.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// What the schedule says of itself.
#[derive(Debug, Default)]
pub(super) struct Schedule(Mutex<Said>);

#[derive(Debug, Clone, Default)]
struct Said {
    /// Unix milliseconds.
    next_at: Option<i64>,
    obstacle: Option<Obstacle>,
}

/// Why a job that is due does not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Obstacle {
    JobRunning(JobId),
    NothingToUpdate,
    GuardStopped(JobId),
    PanelsNotAsked,
    PanelsAway,
    DatabaseAway(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobRunning(job) => write!(f, "job {job} is running"),
            Self::NothingToUpdate => f.write_str("there are no active purchases"),
            Self::GuardStopped(job) => write!(f, "the guard stopped job {job}, and nobody looked"),
            Self::PanelsNotAsked => f.write_str("not every panel was asked yet"),
            Self::PanelsAway => f.write_str("no panel can be reached"),
            Self::DatabaseAway(cause) => write!(f, "the database is away: {cause}"),
        }
    }
}

impl Obstacle {
    /// What to do about it; none for what passes by itself.
    fn fix(&self) -> Option<&'static str> {
        match self {
            Self::JobRunning(_) | Self::NothingToUpdate | Self::PanelsNotAsked => None,
            Self::GuardStopped(_) => Some(
                "alamor update --all --dry-run shows what would be lost; alamor update --all ends it",
            ),
            Self::PanelsAway => Some("alamor panels"),
            Self::DatabaseAway(_) => Some("alamor check"),
        }
    }

    /// How soon it may have passed.
    fn look_again(&self) -> Duration {
        match self {
            Self::PanelsNotAsked => BEFORE_READY,
            _ => LOOK_AGAIN,
        }
    }
}

/// What is known when something is due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Scene {
    running: Option<JobId>,
    /// The newest job that updated everything, whoever asked for it.
    newest: Option<(JobId, JobState)>,
    /// How each panel is.
    panels: Vec<PanelState>,
    /// How long ago the core started.
    started: Duration,
}

/// When the next job is due, in Unix milliseconds: at once if there never was one.
///
/// `roll` is a uniform draw from `0.0..=1.0`. The caller draws it, so this is pure.
fn due(last: Option<i64>, now: i64, every: Duration, roll: f64) -> i64 {
    let Some(last) = last else { return now };
    let factor = 1.0 + JITTER * (2.0 * roll.clamp(0.0, 1.0) - 1.0);
    let wait = i64::try_from(every.mul_f64(factor).as_millis()).unwrap_or(i64::MAX);
    // A start that lies ahead was written by a clock that was wrong.
    last.min(now).saturating_add(wait)
}

/// What keeps a job that is due from beginning.
fn obstacle(scene: &Scene) -> Option<Obstacle> {
    if let Some(job) = scene.running {
        return Some(Obstacle::JobRunning(job));
    }
    if let Some((job, JobState::Stopped)) = scene.newest {
        return Some(Obstacle::GuardStopped(job));
    }
    if scene.started < FIRST_ANSWERS && scene.panels.contains(&PanelState::Unknown) {
        return Some(Obstacle::PanelsNotAsked);
    }
    let is_away = |state: &PanelState| *state == PanelState::Unreachable;
    let all_away = !scene.panels.is_empty() && scene.panels.iter().all(is_away);
    all_away.then_some(Obstacle::PanelsAway)
}

/// Begins jobs until the core stops, in the rhythm of the latest settings.
pub(super) async fn run(core: Arc<Core>) {
    let mut latest = core.live.subscribe();
    let mut roll = rand::random::<f64>();
    let mut asking = JoinSet::new();
    loop {
        let every = latest.borrow_and_update().update.every;
        let Some(every) = every else {
            tokio::select! {
                () = core.shutdown.cancelled() => return,
                _ = latest.changed() => continue,
            }
        };
        let wait = match core.look_at_schedule(every, roll).await {
            Looked::NotReady => BEFORE_READY,
            Looked::Wait(wait) => wait.min(LONGEST_SLEEP),
            Looked::InTheWay(obstacle) => {
                if obstacle == Obstacle::PanelsNotAsked && asking.is_empty() {
                    core.ask_panels(&mut asking);
                }
                let wait = obstacle.look_again();
                core.schedule.put_off(obstacle);
                wait
            }
            Looked::Begun => {
                roll = rand::random();
                continue;
            }
        };
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = latest.changed() => {}
            () = sleep(wait) => {}
        }
    }
}

/// What came of a look.
enum Looked {
    NotReady,
    Wait(Duration),
    InTheWay(Obstacle),
    Begun,
}

impl Core {
    async fn look_at_schedule(&self, every: Duration, roll: f64) -> Looked {
        if !self.is_loaded() {
            return Looked::NotReady;
        }
        let (last, newest) = match self.read_jobs().await {
            Ok(read) => read,
            Err(error) => return Looked::InTheWay(Obstacle::DatabaseAway(error.cause)),
        };
        let (now, due) = (now(), due(last, now(), every, roll));
        self.schedule.wait_until(due);
        if let Ok(wait @ 1..) = u64::try_from(due.saturating_sub(now)) {
            return Looked::Wait(Duration::from_millis(wait));
        }
        let panels: Vec<Panel> = said::list_panels(&self.panels, now);
        let scene = Scene {
            running: self.updater.running().map(|running| running.id),
            newest,
            panels: panels.iter().map(|panel| panel.state).collect(),
            started: self.started.elapsed(),
        };
        match obstacle(&scene) {
            Some(obstacle) => Looked::InTheWay(obstacle),
            None => self.begin_scheduled().await,
        }
    }

    /// Asks each panel how it is, once and all side by side: their own round begins later.
    fn ask_panels(&self, asking: &mut JoinSet<()>) {
        for panel in self.panels.list() {
            asking.spawn(async move { panel.check_status().await });
        }
    }

    /// When the last scheduled job began, and how the newest one ended that updated everything.
    async fn read_jobs(&self) -> Result<(Option<i64>, Option<(JobId, JobState)>), DbError> {
        let last = self.database.find_last_start(BY_SCHEDULE).await?;
        let newest = self.database.find_newest_of_all().await?;
        Ok((last, newest.map(|job| (job.id, job.state))))
    }

    async fn begin_scheduled(&self) -> Looked {
        let new = NewJob {
            wanted: Wanted::All,
            dry_run: false,
            force: false,
            retry_of: None,
            by: BY_SCHEDULE.to_owned(),
        };
        match self.updater.start(new).await {
            // Somebody asked for the same in this very moment: ours is due after it.
            Ok(accepted) if accepted.joined => Looked::InTheWay(Obstacle::JobRunning(accepted.id)),
            Ok(accepted) => {
                self.audit(Who::core(BY_SCHEDULE), "start", format!("job {}", accepted.id)).await;
                Looked::Begun
            }
            Err(NotStarted::JobRunning(job)) => Looked::InTheWay(Obstacle::JobRunning(job)),
            Err(NotStarted::Database(error)) => {
                Looked::InTheWay(Obstacle::DatabaseAway(error.cause))
            }
            Err(NotStarted::Nothing(_) | NotStarted::NoSuchJob) => {
                Looked::InTheWay(Obstacle::NothingToUpdate)
            }
        }
    }
}

impl Schedule {
    /// Notes when the next job is due. What is due already stays in the way of what it was.
    fn wait_until(&self, due: i64) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if due > now() {
            said.obstacle = None;
        }
        said.next_at = Some(due);
    }

    /// Notes why nothing begins; logged once for each reason.
    fn put_off(&self, obstacle: Obstacle) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.obstacle.as_ref() == Some(&obstacle) {
            return;
        }
        if obstacle.fix().is_some() {
            tracing::warn!(reason = %obstacle, "The scheduled update is put off");
        } else {
            tracing::info!(reason = %obstacle, "The scheduled update is put off");
        }
        said.obstacle = Some(obstacle);
    }

    /// What a check shows of it.
    pub(super) fn found(&self) -> Found {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let next = said.next_at.and_then(|at| Timestamp::from_millisecond(at).ok());
        let found = match (&said.obstacle, next) {
            (Some(obstacle), _) => match obstacle.fix() {
                Some(fix) => {
                    Found::warn(format!("the scheduled update is put off: {obstacle}"), fix)
                }
                None => Found::ok(format!("the scheduled update is put off: {obstacle}")),
            },
            (None, Some(_)) => Found::ok("the next update is scheduled"),
            (None, None) => Found::unknown("the purchases were not read yet", None),
        };
        match next {
            Some(next) => found.with_fact("next_at", next),
            None => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CheckState;

    const HOUR: i64 = 3_600_000;
    const SIX_HOURS: Duration = Duration::from_hours(6);

    #[test]
    fn the_next_one_counts_from_the_start_of_the_last_give_or_take_a_tenth() {
        let at = |roll| due(Some(10 * HOUR), 11 * HOUR, SIX_HOURS, roll);
        assert_eq!(at(0.5), 16 * HOUR);
        assert_eq!(at(0.0), 16 * HOUR - 36 * 60_000);
        assert_eq!(at(1.0), 16 * HOUR + 36 * 60_000);
    }

    #[test]
    fn the_first_one_is_due_at_once_and_so_is_one_that_was_missed() {
        assert_eq!(due(None, 5, SIX_HOURS, 0.5), 5);
        assert!(due(Some(0), 100 * HOUR, SIX_HOURS, 1.0) < 100 * HOUR);
    }

    #[test]
    fn a_start_that_lies_ahead_puts_nothing_off_for_years() {
        assert_eq!(due(Some(9_999 * HOUR), HOUR, SIX_HOURS, 0.5), 7 * HOUR);
    }

    fn check(scene: &Scene, expected: Option<&Obstacle>) {
        assert_eq!(obstacle(scene).as_ref(), expected, "{scene:?}");
    }

    #[test]
    fn what_is_in_the_way_is_told() {
        use PanelState::{Failing, Reachable, Unknown, Unreachable};
        let newest = |state| Scene { newest: Some((JobId(7), state)), ..Scene::default() };
        let panels = |panels: &[PanelState]| Scene { panels: panels.to_vec(), ..Scene::default() };
        check(&Scene::default(), None);
        check(&newest(JobState::Done), None);
        check(&newest(JobState::Cancelled), None);
        check(&newest(JobState::Stopped), Some(&Obstacle::GuardStopped(JobId(7))));
        check(&panels(&[Reachable, Unreachable]), None);
        check(&panels(&[Unreachable, Failing]), None);
        check(&panels(&[Unreachable, Unreachable]), Some(&Obstacle::PanelsAway));
        check(&panels(&[Reachable, Unknown]), Some(&Obstacle::PanelsNotAsked));
        let later = Scene { started: FIRST_ANSWERS, ..panels(&[Unreachable, Unknown]) };
        check(&later, None);
        let running = Scene { running: Some(JobId(8)), ..newest(JobState::Stopped) };
        check(&running, Some(&Obstacle::JobRunning(JobId(8))));
    }

    #[test]
    fn what_somebody_has_to_look_at_warns_and_what_passes_does_not() {
        let schedule = Schedule::default();
        assert_eq!(schedule.found().state, CheckState::Unknown);
        schedule.wait_until(0);
        schedule.put_off(Obstacle::JobRunning(JobId(8)));
        assert_eq!(schedule.found().state, CheckState::Ok);
        schedule.put_off(Obstacle::GuardStopped(JobId(8)));
        let found = schedule.found();
        let reason = "the scheduled update is put off: the guard stopped job 8, and nobody looked";
        assert_eq!((found.state, found.reason.as_deref()), (CheckState::Warn, Some(reason)));
        assert_eq!(found.facts["next_at"], "1970-01-01T00:00:00Z");
        schedule.wait_until(now() + HOUR);
        assert_eq!(schedule.found().state, CheckState::Ok);
    }
}
