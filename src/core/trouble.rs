//! What is wrong with panels, as checks of the core's own health.
//!
//! Only what somebody has to act on: a panel that is away comes back by itself, and its customers
//! keep their links; one whose Xray stands still lets nobody connect, and a refused password is not
//! tried again by itself.

use crate::api::checks::{Check, CheckState};
use crate::api::panels::{Login, Panel};

/// A check for each thing that is wrong, none where all is well.
pub(super) fn checks(panels: &[Panel]) -> Vec<Check> {
    panels.iter().flat_map(|panel| [xray(panel), login(panel)]).flatten().collect()
}

fn xray(panel: &Panel) -> Option<Check> {
    let xray = panel.xray.as_ref().filter(|xray| !xray.is_running())?;
    let error = xray.error.as_ref().filter(|error| !error.trim().is_empty());
    let why = error.map_or_else(|| format!("it says {}", xray.state), Clone::clone);
    let reason = format!("Xray does not run there: {why}");
    let fix = "start Xray on the panel's own page; its log there says more".to_owned();
    Some(crit(panel, reason, fix))
}

fn login(panel: &Panel) -> Option<Check> {
    if panel.login != Login::Refused {
        return None;
    }
    let reason = "it refused user and password, or the token: not tried again by itself".to_owned();
    let fix = format!("correct them in the bot, or alamor panels '{}' --retry", panel.name);
    Some(crit(panel, reason, fix))
}

fn crit(panel: &Panel, reason: String, fix: String) -> Check {
    Check {
        name: format!("panel {}", panel.name),
        state: CheckState::Crit,
        reason: Some(reason),
        fix: Some(fix),
        ..Check::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Reason;
    use crate::api::panels::{Breaker, Fallback, PanelState, Xray};

    fn panel(name: &str) -> Panel {
        Panel {
            name: name.to_owned(),
            addresses: Vec::new(),
            make: None,
            version: None,
            way: "learned".to_owned(),
            state: PanelState::Reachable,
            reason: None,
            since: None,
            latency_ms: None,
            clients: None,
            purchases: 0,
            kept: 0,
            oldest_ms: None,
            breaker: Breaker::default(),
            xray: None,
            tls_verified: true,
            login: Login::Password,
            way_reason: None,
            fallbacks: Vec::new(),
            survey: None,
        }
    }

    fn with_xray(name: &str, state: &str, error: Option<&str>) -> Panel {
        let xray = Xray { state: state.to_owned(), error: error.map(str::to_owned) };
        Panel { xray: Some(xray), ..panel(name) }
    }

    #[test]
    fn what_stands_still_is_crit_and_says_why() {
        let stopped = with_xray("nl-1", "error", Some("port 443 is taken"));
        let refused = Panel { login: Login::Refused, ..panel("de-1") };
        let silent = with_xray("se-1", "stop", Some(""));
        let checks = checks(&[stopped, refused, silent]);
        assert!(checks.iter().all(|check| check.state == CheckState::Crit));
        let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["panel nl-1", "panel de-1", "panel se-1"]);
        let reason = |index: usize| checks[index].reason.as_deref().unwrap();
        assert_eq!(reason(0), "Xray does not run there: port 443 is taken");
        assert_eq!(reason(2), "Xray does not run there: it says stop");
    }

    #[test]
    fn what_passes_or_costs_only_time_is_no_check() {
        let away = Panel {
            state: PanelState::Unreachable,
            reason: Some(Reason { code: "refused".into(), text: "fr-2 refused".into() }),
            ..panel("fr-2")
        };
        let slow = Panel {
            fallbacks: vec![Fallback {
                inbound: 3,
                remark: "NL".into(),
                why: "one client only".into(),
                purchases: 41,
            }],
            login: Login::NoApi,
            ..with_xray("nl-1", "running", None)
        };
        assert_eq!(checks(&[away, slow]), []);
    }
}
