//! A core looks: each probe at its own interval, in a task of its own, onto the board.
//!
//! Invariants:
//! - Nothing that hangs or panics, be it a look or the database, keeps another look from beginning,
//!   or the core from stopping.
//! - A look that ended, however it did, is due again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::board::standing::RECHECK;
use super::board::{Place, Taken};
use super::machine::names::{HostName, Resolved};
use super::{Found, Looker, Probe, Sight, named};
use crate::api::events::Event;
use crate::api::jobs::{Job, JobState};
use crate::api::{Change, Check, CheckState};
use crate::core::{Core, Role};

/// How often is looked whether a probe is due.
const TICK: Duration = Duration::from_secs(1);

/// How often what only the core knows is noted: links and panels.
const INSIDE_EVERY: Duration = Duration::from_secs(10);

/// How often the bot's names are read.
const NAMES_EVERY: Duration = Duration::from_mins(1);

/// How long the first looks wait for these names: without them a name looks as if it were missing.
const NAMES_WAIT: Duration = Duration::from_secs(1);

/// Looks until the core stops.
pub(in crate::core) async fn run(core: Arc<Core>) {
    let database = Arc::clone(&core.database);
    let list = move || {
        let database = Arc::clone(&database);
        // A database that is away is told by its own probe; the names stay as they were.
        async move { database.list_domains().await.ok() }
    };
    let (sender, names) = watch::channel(None);
    let reading = read_names(list, sender);
    tokio::spawn(core.shutdown.clone().run_until_cancelled_owned(reading));
    follow(core, names).await;
}

/// Reads the bot's names, over and over.
async fn read_names<F>(list: impl Fn() -> F, names: watch::Sender<Option<Vec<String>>>)
where
    F: Future<Output = Option<Vec<String>>>,
{
    let mut tick = interval(NAMES_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Some(read) = list().await {
            names.send_replace(Some(plausible(&read)));
        }
    }
}

/// Looks at the names as they are read, until the core stops.
async fn follow(core: Arc<Core>, mut names: watch::Receiver<Option<Vec<String>>>) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = Looks::default();
    let mut watch = Watch::new(Instant::now());
    let mut ended = core.updater.ended();
    core.board.note(change("core", format!("the core started, pid {}", std::process::id())));
    loop {
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => {}
            Ok(()) = ended.changed() => {
                if let Some(job) = &*ended.borrow_and_update() {
                    core.board.note(of_job(job));
                }
                continue;
            }
            Some((probe, check)) = looks.next() => {
                watch.take(&core, &probe, check);
                continue;
            }
        }
        let now = Instant::now();
        watch.learn(&core, names.borrow_and_update().clone(), now);
        watch.note_inside(&core);
        let Some(sight) = watch.sight.clone() else { continue };
        for probe in watch.begin(&core, now) {
            // What a name server said a minute ago is no look.
            let sight = Sight { resolved: Resolved::default(), ..sight.clone() };
            looks.begin(probe.clone(), async move { probe.look(&sight).await });
        }
    }
}

/// The looks that are under way.
#[derive(Default)]
struct Looks {
    tasks: JoinSet<Check>,
    probes: HashMap<task::Id, Probe>,
}

impl Looks {
    fn begin(&mut self, probe: Probe, look: impl Future<Output = Check> + Send + 'static) {
        let task = self.tasks.spawn(look).id();
        self.probes.insert(task, probe);
    }

    /// The next one that ends; `None` if none is under way.
    async fn next(&mut self) -> Option<(Probe, Check)> {
        let (task, check) = match self.tasks.join_next_with_id().await? {
            Ok((task, check)) => (task, Some(check)),
            Err(error) => (error.id(), None),
        };
        let probe = self.probes.remove(&task)?;
        let check = check.unwrap_or_else(|| broken_off(&probe));
        Some((probe, check))
    }
}

/// What is said of a look that panicked.
fn broken_off(probe: &Probe) -> Check {
    let found = Found::unknown("a defect of alamor ended the look", Some("alamor check"));
    named(probe.to_string(), found, Duration::ZERO, Looker::Core)
}

/// What is due when.
struct Watch {
    began: Instant,
    /// None until the names were read, or were waited for in vain.
    sight: Option<Sight>,
    inside_noted: Option<Instant>,
    /// When each probe is looked at next; none while it is being looked at.
    due: HashMap<Probe, Option<Instant>>,
}

impl Watch {
    fn new(began: Instant) -> Self {
        Self { began, sight: None, inside_noted: None, due: HashMap::new() }
    }

    /// Learns the names that the bot gave out; none while they were never read.
    fn learn(&mut self, core: &Core, names: Option<Vec<String>>, now: Instant) {
        match names {
            Some(names) => self.sight = Some(core.sight(names)),
            None if now.duration_since(self.began) >= NAMES_WAIT => {
                self.sight.get_or_insert_with(|| core.sight(Vec::new()));
            }
            None => {}
        }
    }

    /// The probes that are due, each as being looked at from now on.
    fn begin(&mut self, core: &Core, now: Instant) -> Vec<Probe> {
        let Some(sight) = &self.sight else { return Vec::new() };
        let wanted: Vec<Probe> =
            Probe::all(sight).into_iter().filter(|probe| probe.concerns(core.role)).collect();
        self.due.retain(|probe, _| wanted.contains(probe));
        let mut begun = Vec::new();
        for probe in wanted {
            let due = self.due.entry(probe.clone()).or_insert(Some(now));
            if due.is_some_and(|due| due <= now) {
                *due = None;
                begun.push(probe);
            }
        }
        begun
    }

    fn take(&mut self, core: &Core, probe: &Probe, check: Check) {
        // A name that went away while it was looked at.
        let Some(due) = self.due.get_mut(probe) else { return };
        let taken = core.note_check(Place::Probe(probe.clone()), probe.every(), check);
        let wait = if taken.is_in_doubt { RECHECK.min(probe.every()) } else { probe.every() };
        *due = Some(Instant::now() + wait);
    }

    /// Notes what only the core knows, and forgets what is gone.
    fn note_inside(&mut self, core: &Core) {
        if is_due(self.inside_noted, INSIDE_EVERY) {
            self.inside_noted = Some(Instant::now());
            let checks = core.inside_checks();
            let sight = self.sight.as_ref();
            let probes = sight.map(Probe::all).unwrap_or_default();
            core.board.keep(|place| match place {
                Place::Probe(probe) => probes.contains(probe),
                Place::Inside(name) => checks.iter().any(|check| check.name == *name),
            });
            for check in checks {
                core.note_check(Place::Inside(check.name.clone()), INSIDE_EVERY, check);
            }
        }
    }
}

/// What is said of a job that ended.
fn of_job(job: &Job) -> Change {
    let how = match job.state {
        JobState::Cancelled => "was cancelled",
        JobState::Stopped => "was stopped by the guard",
        JobState::Failed => "could not go on",
        JobState::Queued | JobState::Running | JobState::Done => "is done",
    };
    let (id, by, success, total) = (job.id, &job.by, job.success, job.total);
    change("job", format!("update #{id} by {by} {how}: {success} of {total} succeeded"))
}

fn change(what: &str, text: String) -> Change {
    Change { at: Timestamp::now(), what: what.to_owned(), text }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}

/// The bot takes any text for a name; only what can be one is asked for, and names alike once.
pub(crate) fn plausible(domains: &[String]) -> Vec<String> {
    let hosts = domains.iter().filter_map(|text| HostName::parse(text));
    let mut names: Vec<String> = Vec::new();
    for name in hosts.filter(|host| !host.is_address()) {
        if !names.iter().any(|known| known == name.as_str()) {
            names.push(name.to_string());
        }
    }
    names
}

impl Probe {
    /// Whether it tells something about a core of this role. The demo has no customers outside, and
    /// no unit starts a core that lives in a console.
    fn concerns(&self, role: Role) -> bool {
        match role {
            Role::Serve => true,
            Role::Embedded => !matches!(self, Self::Unit | Self::Nginx | Self::Endpoint),
            Role::Demo => {
                matches!(self, Self::Database | Self::Process | Self::Port | Self::Key)
            }
            Role::Rehearsal => false,
        }
    }
}

impl Core {
    fn sight(&self, domains: Vec<String>) -> Sight {
        Sight {
            settings: self.settings(),
            listen: self.listen,
            looker: Looker::Core,
            domains,
            resolved: Resolved::default(),
        }
    }

    /// Takes a look onto the board; tells listeners what turned.
    fn note_check(&self, place: Place, every: Duration, check: Check) -> Taken {
        let taken = self.board.take(place, every, check, Timestamp::now());
        if let Some(turn) = &taken.turn {
            let check = &turn.check;
            match check.state {
                CheckState::Crit => {
                    tracing::error!(check = check.name, reason = check.reason, "A check is crit");
                }
                CheckState::Warn => {
                    tracing::warn!(check = check.name, reason = check.reason, "A check warns");
                }
                _ if turn.was.is_some() => {
                    tracing::info!(
                        check = check.name,
                        state = check.state.as_str(),
                        "A check turned"
                    );
                }
                _ => {}
            }
            self.hub.publish(Event::Check(check.clone()));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::path::Path;

    use super::*;
    use crate::config::{Environment, Settings, Source};

    /// A core whose database is away.
    async fn core() -> Arc<Core> {
        // Nothing listens at port 1.
        let lines = "DB_TYPE=postgres\nDB_NAME=a\nDB_USER=b\nDB_PASSWORD=c\nDB_HOST=127.0.0.1\n\
                     DB_PORT=1";
        let source = Source::of_text(Path::new("/srv/bot/.env"), lines, Environment::default());
        let settings = Settings::load(&source).unwrap();
        let listen = (std::net::Ipv4Addr::LOCALHOST, 1).into();
        let place = crate::core::place(&settings);
        let database = crate::core::open(place, None, Role::Demo, listen).await.unwrap();
        let front = crate::core::Front { listen, is_passed: false, tls: None };
        let core = crate::core::assemble(settings, Role::Demo, front, Arc::new(database));
        Arc::new(core.unwrap())
    }

    async fn soon<T>(what: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(20), what).await.unwrap()
    }

    #[tokio::test]
    async fn a_look_that_panics_is_unknown_and_due_again() {
        let core = core().await;
        let (mut looks, mut watch) = (Looks::default(), Watch::new(Instant::now()));
        watch.learn(&core, Some(Vec::new()), Instant::now());
        for probe in watch.begin(&core, Instant::now()) {
            if probe == Probe::Port {
                looks.begin(probe, async { panic!("a defect, on purpose") });
            }
        }
        let (probe, check) = looks.next().await.unwrap();
        watch.take(&core, &probe, check);
        let shown = core.board.checks(Timestamp::now()).remove(0);
        assert_eq!((shown.name.as_str(), shown.state), ("port", CheckState::Unknown));
        assert_eq!(shown.reason.as_deref(), Some("a defect of alamor ended the look"));
        assert_eq!(watch.begin(&core, Instant::now()), []);
        assert_eq!(watch.begin(&core, Instant::now() + Probe::Port.every()), [Probe::Port]);
    }

    #[tokio::test]
    async fn a_database_that_hangs_keeps_nobody_from_looking_or_stopping() {
        let core = core().await;
        let mut turns = core.board.turns();
        let (sender, names) = watch::channel(None);
        let reading = tokio::spawn(read_names(pending, sender));
        let following = tokio::spawn(follow(Arc::clone(&core), names));
        let looked_at_a_probe = async { while turns.recv().await.unwrap().check.name != "port" {} };
        soon(looked_at_a_probe).await;
        core.shutdown.cancel();
        soon(following).await.unwrap();
        reading.abort();
    }

    #[tokio::test]
    async fn the_first_looks_wait_a_moment_for_the_names() {
        let core = core().await;
        let began = Instant::now();
        let mut watch = Watch::new(began);
        watch.learn(&core, None, began);
        assert_eq!(watch.begin(&core, began), []);
        watch.learn(&core, None, began + NAMES_WAIT);
        assert!(!watch.begin(&core, began + NAMES_WAIT).is_empty());
    }

    #[test]
    fn names_alike_are_one() {
        let given = ["sub.example.net.", "SUB.example.net", "sub.example.net", "."];
        assert_eq!(plausible(&given.map(str::to_owned)), ["sub.example.net"]);
    }

    #[test]
    fn what_the_bot_takes_for_a_name_need_not_be_one() {
        let given =
            ["sub.example.net", " Sub2.Example.net ", "a b", "203.0.113.7", "пример.рф", ""];
        let names = plausible(&given.map(str::to_owned));
        assert_eq!(names, ["sub.example.net", "sub2.example.net", "xn--e1afmkfd.xn--p1ai"]);
    }
}
