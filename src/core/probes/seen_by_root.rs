//! What root saw: a unit that `alamor install` makes lets root look every few minutes, and keeps what
//! `alamor check --json` said, for a core that may not see it itself.
//!
//! Invariant: what is old, or was not seen by root either, counts for nothing.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::machine::aside::aside;
use super::{Found, Sight};
use crate::api::{Check, CheckState};

/// How long a look counts: three of them, as the unit's timer makes them.
const COUNTS_FOR: Duration = Duration::from_mins(15);

/// What was measured is told on by these names.
const FACTS: [&str; 3] = ["tool", "public", "core"];

/// What root found on a rung, if somebody lets root look.
pub(super) async fn find(sight: &Sight, rung: &'static str) -> Option<Found> {
    let file = sight.settings.probes.root_checks.clone()?;
    let check = aside(move || read(&file, rung, SystemTime::now())).await.ok()??;
    Some(told_on(check))
}

/// The check of a rung in a file of them, one a line.
fn read(file: &Path, rung: &str, now: SystemTime) -> Option<Check> {
    let written = fs::metadata(file).and_then(|file| file.modified()).ok()?;
    // One from the future is of a clock that was set back.
    let is_new = now.duration_since(written).is_ok_and(|age| age <= COUNTS_FOR);
    let text = is_new.then(|| fs::read_to_string(file).ok())??;
    let mut checks = text.lines().filter_map(|line| serde_json::from_str::<Check>(line).ok());
    let check = checks.find(|check| check.name == rung)?;
    let is_seen = !matches!(check.state, CheckState::Unknown | CheckState::NotTried);
    is_seen.then_some(check)
}

fn told_on(check: Check) -> Found {
    let Check { state, reason, fix, evidence, checked_at, by, details, mut facts, .. } = check;
    let at = checked_at.map(|at| at.to_string()).unwrap_or_default();
    let found = Found { state, reason, fix, ..Found::ok(evidence.unwrap_or_default()) };
    let found = FACTS.into_iter().fold(found, |found, name| match facts.remove(name) {
        Some(value) => found.with_fact(name, value),
        None => found,
    });
    found.with_details(details).asked(by.unwrap_or_default(), format!("seen at {at}"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::core::probes::{Looker, Probe, fixture};

    const CHECKS: &str = r#"{"name":"firewall","state":"crit","reason":"443 is closed","fix":"ufw allow 443","evidence":null,"by":"alamor check as root","checked_at":"2026-07-01T10:00:00Z","facts":{"tool":"ufw"}}
{"name":"dns","state":"unknown","reason":"no name","fix":null}
"#;

    fn write() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checks");
        fs::write(&file, CHECKS).unwrap();
        (folder, file)
    }

    #[test]
    fn what_root_saw_lately_counts_and_nothing_else() {
        let (_folder, file) = write();
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        let state = |rung, now| read(&file, rung, now).map(|check| check.state);
        assert_eq!(state("firewall", written), Some(CheckState::Crit));
        assert_eq!(state("firewall", written + COUNTS_FOR), Some(CheckState::Crit));
        assert_eq!(state("firewall", written + COUNTS_FOR + Duration::from_secs(1)), None);
        assert_eq!(state("firewall", written - Duration::from_secs(1)), None);
        assert_eq!(state("dns", written), None, "root did not see it either");
        assert_eq!(state("port", written), None);
        assert_eq!(read(Path::new("/gone"), "firewall", written), None);
    }

    #[tokio::test]
    async fn a_core_that_may_not_see_the_firewall_says_what_root_saw_and_when() {
        let (_folder, file) = write();
        let mut sight = fixture::sight("");
        sight.looker = Looker::Operator { root: false };
        let unseen = Probe::Firewall.look(&sight).await;
        assert_eq!(unseen.state, CheckState::Unknown);
        let mut settings = (*sight.settings).clone();
        settings.probes.root_checks = Some(file);
        sight.settings = Arc::new(settings);
        let seen = Probe::Firewall.look(&sight).await;
        assert_eq!(seen.state, CheckState::Crit);
        assert_eq!(seen.reason.as_deref(), Some("443 is closed"));
        assert_eq!(seen.details, ["alamor check as root: seen at 2026-07-01T10:00:00Z"]);
        assert_eq!(seen.facts["tool"], "ufw");
    }
}
