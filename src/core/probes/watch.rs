//! A core looks: each probe at its own interval, in a task of its own, onto the board.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use url::Host;

use super::board::Taken;
use super::board::standing::RECHECK;
use super::{Looker, Probe, Sight};
use crate::api::events::Event;
use crate::api::jobs::{Job, JobState};
use crate::api::{Change, Check, CheckState};
use crate::core::{Core, Role};

/// How often is looked whether a probe is due.
const TICK: Duration = Duration::from_secs(1);

/// How often what only the core knows is noted: links and panels.
const INSIDE_EVERY: Duration = Duration::from_secs(10);

/// How often the bot's names are read.
const DOMAINS_EVERY: Duration = Duration::from_mins(1);

/// Looks until the core stops.
pub(in crate::core) async fn run(core: Arc<Core>) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looking = JoinSet::new();
    let mut watch = Watch::default();
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
            Some(looked) = looking.join_next() => {
                if let Ok((probe, check)) = looked {
                    watch.take(&core, &probe, check);
                }
                continue;
            }
        }
        watch.note_inside(&core).await;
        for probe in watch.begin(&core, Instant::now()) {
            let sight = watch.sight.clone().unwrap_or_else(|| core.sight(Vec::new()));
            looking.spawn(async move {
                let check = probe.look(&sight).await;
                (probe, check)
            });
        }
    }
}

/// What is due when.
#[derive(Default)]
struct Watch {
    sight: Option<Sight>,
    domains_read: Option<Instant>,
    inside_noted: Option<Instant>,
    /// When each probe is looked at next; none while it is being looked at.
    due: HashMap<Probe, Option<Instant>>,
}

impl Watch {
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
        let taken = core.note_check(probe.order(), check);
        let wait = if taken.is_in_doubt { RECHECK.min(probe.every()) } else { probe.every() };
        *due = Some(Instant::now() + wait);
    }

    /// Notes what only the core knows, and reads the names that the bot gave out.
    async fn note_inside(&mut self, core: &Core) {
        if is_due(self.domains_read, DOMAINS_EVERY) {
            self.domains_read = Some(Instant::now());
            // A database that is away is told by its own probe; the names stay as they were.
            if let Ok(domains) = core.database.list_domains().await {
                self.sight = Some(core.sight(plausible(domains)));
            }
            self.sight.get_or_insert_with(|| core.sight(Vec::new()));
        }
        if is_due(self.inside_noted, INSIDE_EVERY) {
            self.inside_noted = Some(Instant::now());
            let checks = core.inside_checks();
            let sight = self.sight.as_ref();
            let probes: Vec<String> =
                sight.map(Probe::all).unwrap_or_default().iter().map(ToString::to_string).collect();
            core.board.keep(|order, name| match order {
                Probe::INSIDE => checks.iter().any(|check| check.name == name),
                _ => probes.iter().any(|probe| probe == name),
            });
            for check in checks {
                core.note_check(Probe::INSIDE, check);
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
pub(crate) fn plausible(domains: Vec<String>) -> Vec<String> {
    let host = |text: String| match Host::parse(text.trim().trim_end_matches('.')).ok()? {
        Host::Domain(name) => Some(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    };
    let mut names: Vec<String> = Vec::new();
    for name in domains.into_iter().filter_map(host) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl Probe {
    /// Where links and panels stand on the board: after every probe.
    pub(crate) const INSIDE: usize = usize::MAX;

    /// Its place in the order of the ladder.
    fn order(&self) -> usize {
        match self {
            Self::Settings => 0,
            Self::Database => 1,
            Self::Disk => 2,
            Self::Unit => 3,
            Self::Process => 4,
            Self::Port => 5,
            Self::Firewall => 6,
            Self::Dns(_) => 7,
            Self::Tcp => 8,
            Self::Tls(_) => 9,
            Self::Clock => 10,
            Self::Certbot => 11,
            Self::Key => 12,
            Self::Nginx => 13,
            Self::Endpoint => 14,
        }
    }

    /// Whether it tells something about a core of this role. The demo has no customers outside, and
    /// no unit starts a core that lives in a console.
    fn concerns(&self, role: Role) -> bool {
        match role {
            Role::Serve => true,
            Role::Embedded => !matches!(self, Self::Unit | Self::Nginx | Self::Endpoint),
            Role::Demo => {
                matches!(self, Self::Database | Self::Process | Self::Port | Self::Key)
            }
        }
    }
}

impl Core {
    fn sight(&self, domains: Vec<String>) -> Sight {
        Sight {
            settings: Arc::clone(&self.settings),
            listen: self.listen,
            looker: Looker::Core,
            domains,
        }
    }

    /// Takes a look onto the board; tells listeners what turned.
    fn note_check(&self, order: usize, check: Check) -> Taken {
        let taken = self.board.take(order, check, Timestamp::now());
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
                    tracing::info!(check = check.name, state = ?check.state, "A check turned");
                }
                _ => {}
            }
            self.hub.publish(&Event::Check(check.clone()));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_alike_are_one() {
        let given = ["sub.example.net.", "SUB.example.net", "sub.example.net", "."];
        assert_eq!(plausible(given.map(str::to_owned).to_vec()), ["sub.example.net"]);
    }

    #[test]
    fn what_the_bot_takes_for_a_name_need_not_be_one() {
        let given =
            ["sub.example.net", " Sub2.Example.net ", "a b", "203.0.113.7", "пример.рф", ""];
        let names = plausible(given.map(str::to_owned).to_vec());
        assert_eq!(names, ["sub.example.net", "sub2.example.net", "xn--e1afmkfd.xn--p1ai"]);
    }
}
