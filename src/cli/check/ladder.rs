//! The ladder: rungs from the settings down to the panels, each the cause of faults below it.
//!
//! ```text
//! settings ─▶ database ─▶ unit ─▶ process ─▶ port ─▶ firewall ─▶ dns ─▶ tcp ─▶ tls ─▶ key ─▶ endpoint ─▶ panels
//! ```
//!
//! Invariants:
//! - The first rung that is `crit` ends it; what is below is `not_tried`, and blamed for nothing.
//! - A warning goes on, and so does "unknown".
//! - The whole is over within [`LONGEST`], whatever hangs.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::api::checks::{Check, CheckState, RUNGS};
use crate::api::panels::Panel;
use crate::client::{Client, ClientError};
use crate::core::probes::{Found, Looker, Probe, Sight, named};
use crate::core::trouble;

/// The longest that a ladder takes.
const LONGEST: Duration = Duration::from_secs(10);

/// What a ladder stands on.
pub(super) struct Ladder {
    /// What the probes may know; none where the settings cannot be read.
    pub(super) sight: Option<Sight>,
    /// The core's own word, for what only it knows.
    pub(super) client: Option<Client>,
    /// Whether the core is on another machine: then its own checks stand for this one's.
    pub(super) is_remote: bool,
    /// The rungs that are wanted, in order.
    pub(super) rungs: Vec<&'static str>,
}

/// The rungs from `from` on, or from the top; only those of the way that customers come, if wanted.
pub(super) fn wanted(from: Option<&str>, is_public: bool) -> Vec<&'static str> {
    const PUBLIC: [&str; 4] = ["dns", "tcp", "tls", "endpoint"];
    let rungs = RUNGS.into_iter().skip_while(|rung| from.is_some_and(|from| *rung != from));
    rungs.filter(|rung| !is_public || PUBLIC.contains(rung)).collect()
}

impl Ladder {
    /// Climbs; tells each rung as soon as it is known. Returns the worst state.
    ///
    /// # Errors
    ///
    /// What `tell` says.
    pub(super) async fn climb<E>(
        &self,
        settings: Option<Check>,
        mut tell: impl FnMut(Check) -> Result<(), E>,
    ) -> Result<CheckState, E> {
        let deadline = Instant::now() + LONGEST;
        let mut worst = CheckState::Ok;
        let mut given = settings;
        if let Some(broken) = given.take_if(|given| !self.rungs.contains(&given.name.as_str())) {
            worst = broken.state;
            tell(broken)?;
        }
        let far = if self.is_remote { self.far_checks(deadline).await } else { Vec::new() };
        for &rung in &self.rungs {
            let check = match (worst, given.take_if(|given| given.name == rung)) {
                (CheckState::Crit, _) => not_tried(rung),
                (_, Some(given)) => given,
                _ if self.is_remote && rung == "key" => self.far_key().await,
                _ if self.is_remote && !is_local(rung) => far_rung(rung, &far),
                _ => self.look(rung, deadline).await,
            };
            if check.state.severity() > worst.severity() {
                worst = check.state;
            }
            tell(check)?;
        }
        Ok(worst)
    }

    async fn look(&self, rung: &'static str, deadline: Instant) -> Check {
        let began = Instant::now();
        let Some(sight) = &self.sight else { return not_tried(rung) };
        let looks = async {
            if rung == "panels" {
                return vec![self.panels(sight.looker).await];
            }
            join_all(probes(rung, sight).iter().map(|probe| probe.look(sight))).await
        };
        let checks = timeout_at(deadline, looks).await.unwrap_or_default();
        if checks.is_empty() {
            let why = if Instant::now() >= deadline {
                format!("not looked at: {} s were over", LONGEST.as_secs())
            } else {
                "WEBHOOK_DOMAIN is not set".to_owned()
            };
            let found = Found::unknown(why, None);
            return named(rung.to_owned(), found, began.elapsed(), sight.looker);
        }
        merged(rung, &checks)
    }

    async fn panels(&self, looker: Looker) -> Check {
        let began = Instant::now();
        let found = match &self.client {
            None => Found::unknown("without ADMIN_API_KEY no core tells of its panels", None),
            Some(client) => match client.list_panels().await {
                Ok(panels) => of_panels(&panels.items),
                Err(error) => Found::unknown(error.to_string(), None),
            },
        };
        named("panels".to_owned(), found, began.elapsed(), looker)
    }

    /// Whether our key opens the core on the other machine.
    async fn far_key(&self) -> Check {
        let began = Instant::now();
        let Some(client) = &self.client else { return not_tried("key") };
        let found = match client.get_health().await {
            Ok(health) => Found::ok(format!("the key opens the core at {}", client.url()))
                .asked("GET /api/v1/health", format!("200, alamor {}", health.version)),
            Err(error @ (ClientError::Unauthorized { .. } | ClientError::KeyNotSet { .. })) => {
                Found::crit(error.to_string(), "write that core's ADMIN_API_KEY into this .env")
            }
            Err(error) => {
                Found::crit(error.to_string(), "alamor check, on that machine; or correct CORE_URL")
            }
        };
        named("key".to_owned(), found, began.elapsed(), Looker::operator())
    }

    /// What the core on the other machine found there.
    async fn far_checks(&self, deadline: Instant) -> Vec<Check> {
        let Some(client) = &self.client else { return Vec::new() };
        match timeout_at(deadline, client.list_checks()).await {
            Ok(Ok(checks)) => checks.items,
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }
}

/// What a rung looks at. A rung about the domain has nothing to look at where there is none.
fn probes(rung: &str, sight: &Sight) -> Vec<Probe> {
    let all = Probe::all(sight);
    all.into_iter().filter(|probe| rung_of(probe.kind()) == rung).collect()
}

/// The rung that a check of this kind belongs to.
fn rung_of(kind: &str) -> &str {
    match kind {
        "disk" => "database",
        "clock" | "certbot" => "tls",
        "nginx" => "endpoint",
        its_own => its_own,
    }
}

/// What is looked at here although the core is on another machine: our own settings, and what only
/// the core's word tells of anyway. All else is that machine's, and seen from there.
fn is_local(rung: &str) -> bool {
    matches!(rung, "settings" | "panels")
}

/// The core's own checks of one rung.
fn far_rung(rung: &'static str, far: &[Check]) -> Check {
    let checks: Vec<Check> =
        far.iter().filter(|check| rung_of(check.kind()) == rung).cloned().collect();
    if checks.is_empty() {
        return Check {
            name: rung.to_owned(),
            reason: Some("the core is on another machine, and does not tell".to_owned()),
            fix: Some("alamor check, on that machine".to_owned()),
            ..Check::default()
        };
    }
    merged(rung, &checks)
}

/// Several checks as one rung: the worst one's sentence, everyone's evidence.
fn merged(rung: &str, checks: &[Check]) -> Check {
    let took = checks.iter().filter_map(|check| check.took_ms).max();
    let is_alone = checks.len() == 1;
    let mut details = Vec::new();
    let mut facts = BTreeMap::new();
    for check in checks {
        let name = &check.name;
        let sentence = check.evidence.iter().chain(&check.reason);
        if !is_alone {
            details.extend(sentence.map(|sentence| format!("{name}: {sentence}")));
        }
        details.extend(
            check
                .details
                .iter()
                .map(|line| if is_alone { line.clone() } else { format!("  {line}") }),
        );
        facts.extend(check.facts.clone());
    }
    let worst = worst_of(rung, checks).cloned().unwrap_or_default();
    // Which of several is bad has to be said; that all are well is said by the first.
    let reason = worst.reason.map(|reason| match &worst.name {
        name if is_alone || name == rung => reason,
        name => format!("{name}: {reason}"),
    });
    Check { name: rung.to_owned(), reason, took_ms: took, details, facts, ..worst }
}

/// The first of the worst, since what comes later may follow from it.
///
/// Where nothing is wrong, only what the rung is named after speaks: that something beside it cannot
/// be seen is evidence, no verdict; that itself was not seen is never well.
fn worst_of<'a>(rung: &str, checks: &'a [Check]) -> Option<&'a Check> {
    let is_bad = |check: &&Check| check.state.severity() >= CheckState::Warn.severity();
    let is_its = |check: &&Check| check.kind() == rung;
    let worst = checks.iter().filter(is_bad).map(|check| check.state.severity()).max();
    let worst = worst.or(checks.iter().filter(is_its).map(|check| check.state.severity()).max());
    let is_worst = |check: &&Check| worst.is_none_or(|worst| check.state.severity() == worst);
    let mut speaking = checks.iter().filter(|check| is_bad(check) || is_its(check));
    speaking.find(is_worst).or(checks.first())
}

/// How the panels are, by the core's word.
fn of_panels(panels: &[Panel]) -> Found {
    if panels.is_empty() {
        return Found::unknown("no core has read any panel", None);
    }
    let found: Vec<(&Panel, Found)> =
        panels.iter().map(|panel| (panel, trouble::panel(panel))).collect();
    let count = |state| found.iter().filter(|(_, found)| found.state == state).count();
    let (well, unasked) = (count(CheckState::Ok), count(CheckState::Unknown));
    let waiting = if unasked == 0 { String::new() } else { format!(", {unasked} not asked yet") };
    let seen = format!("{well} of {} panels are well{waiting}", panels.len());
    let is_bad =
        |(_, found): &&(&Panel, Found)| found.state.severity() >= CheckState::Warn.severity();
    let bad: Vec<&(&Panel, Found)> = found.iter().filter(is_bad).collect();
    let Some((worst, why)) = bad.iter().max_by_key(|(_, found)| found.state.severity()) else {
        return if unasked == 0 { Found::ok(seen) } else { Found::unknown(seen, None) };
    };
    let names: Vec<&str> = bad.iter().map(|(panel, _)| panel.name.as_str()).collect();
    let (name, cause) = (&worst.name, why.reason.as_deref().unwrap_or_default());
    let reason = match names.as_slice() {
        [_] => format!("{name}: {cause}"),
        _ => format!("{} of {}: {}; {name}: {cause}", names.len(), panels.len(), names.join(", ")),
    };
    let fix = why.fix.clone().unwrap_or_default();
    Found { state: why.state, ..Found::crit(reason, fix) }.seeing(seen)
}

fn not_tried(rung: &'static str) -> Check {
    Check { name: rung.to_owned(), state: CheckState::NotTried, ..Check::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, state: CheckState, sentence: &str) -> Check {
        let (evidence, reason) = match state {
            CheckState::Ok => (Some(sentence.to_owned()), None),
            _ => (None, Some(sentence.to_owned())),
        };
        Check {
            name: name.to_owned(),
            state,
            evidence,
            reason,
            took_ms: Some(3),
            ..Check::default()
        }
    }

    #[test]
    fn a_ladder_begins_where_one_wants_it_to() {
        assert_eq!(wanted(None, false), RUNGS);
        assert_eq!(wanted(Some("tls"), false), ["tls", "key", "endpoint", "panels"]);
        assert_eq!(wanted(None, true), ["dns", "tcp", "tls", "endpoint"]);
        assert_eq!(wanted(Some("tcp"), true), ["tcp", "tls", "endpoint"]);
    }

    #[test]
    fn a_rung_tells_the_worst_of_what_it_looked_at() {
        let tls = check("tls a.example", CheckState::Ok, "valid for 61 days");
        let other = check("tls b.example", CheckState::Crit, "expired yesterday");
        let clock = check("clock", CheckState::Unknown, "no daemon tells");
        let rung = merged("tls", &[tls.clone(), other, clock]);
        assert_eq!((rung.name.as_str(), rung.state), ("tls", CheckState::Crit));
        assert_eq!(rung.reason.as_deref(), Some("tls b.example: expired yesterday"));
        assert_eq!(rung.details.len(), 3);
        let unseen = check("clock", CheckState::Unknown, "no daemon tells");
        let rung = merged("tls", &[tls.clone(), unseen]);
        assert_eq!(rung.evidence.as_deref(), Some("valid for 61 days"));
        assert_eq!((rung.state, rung.details.len()), (CheckState::Ok, 2));
        let rung = merged("tls", &[tls]);
        assert_eq!(rung.evidence.as_deref(), Some("valid for 61 days"));
        assert!(rung.details.is_empty());
    }

    #[test]
    fn what_was_not_seen_is_never_well_whatever_stands_beside_it() {
        let nginx = check("nginx", CheckState::Ok, "passes everything on");
        let endpoint = check("endpoint", CheckState::Unknown, "was not asked");
        let rung = merged("endpoint", &[nginx.clone(), endpoint]);
        assert_eq!(rung.state, CheckState::Unknown);
        let names = [
            check("tls a.example", CheckState::Ok, "valid"),
            check("tls b.example", CheckState::Unknown, "was not asked"),
        ];
        assert_eq!(merged("tls", &names).state, CheckState::Unknown);
        let seen = check("endpoint", CheckState::Ok, "200 in 43 ms");
        let unseen = check("nginx", CheckState::Unknown, "no right to look");
        let rung = merged("endpoint", &[unseen, seen]);
        assert_eq!(rung.evidence.as_deref(), Some("200 in 43 ms"));
    }

    #[tokio::test]
    async fn settings_that_cannot_be_read_are_told_wherever_the_ladder_begins() {
        let rungs = wanted(Some("port"), false);
        let ladder = Ladder { sight: None, client: None, is_remote: false, rungs };
        let settings = check("settings", CheckState::Crit, "WEBHOOK_BIND is no address");
        let mut told = Vec::new();
        let tell = |check: Check| {
            told.push(check.name);
            Ok::<(), ()>(())
        };
        assert_eq!(ladder.climb(Some(settings), tell).await, Ok(CheckState::Crit));
        assert_eq!(told[..2], ["settings", "port"]);
    }

    #[tokio::test]
    async fn what_is_below_the_first_fault_is_not_tried() {
        let ladder = Ladder { sight: None, client: None, is_remote: false, rungs: RUNGS.to_vec() };
        let settings = check("settings", CheckState::Crit, "WEBHOOK_BIND is no address");
        let mut told = Vec::new();
        let tell = |check: Check| {
            told.push((check.name, check.state));
            Ok::<(), ()>(())
        };
        assert_eq!(ladder.climb(Some(settings), tell).await, Ok(CheckState::Crit));
        assert_eq!(told.len(), RUNGS.len());
        assert_eq!(told[0], ("settings".to_owned(), CheckState::Crit));
        assert!(told[1..].iter().all(|(_, state)| *state == CheckState::NotTried));
    }
}
