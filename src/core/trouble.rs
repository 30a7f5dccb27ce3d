//! What only a core knows of itself: its panels and its links, as checks.
//!
//! A panel that is away, and one whose Xray stands still, let nobody connect, whatever links their
//! customers keep; a refused password is not tried again by itself.

use std::net::SocketAddr;

use crate::api::health::PurchaseCounts;
use crate::api::panels::{Login, Panel, PanelState};
use crate::core::probes::Found;
use crate::core::probes::machine::quote::word;

/// From which share of active purchases without fresh links somebody should look.
const WARN_SHARE: f64 = 0.05;

/// From which share on most customers are concerned.
const CRIT_SHARE: f64 = 0.5;

/// How one panel is.
pub(crate) fn panel(panel: &Panel) -> Found {
    if let Some(xray) = panel.xray.as_ref().filter(|xray| !xray.is_running()) {
        let error = xray.error.as_ref().filter(|error| !error.trim().is_empty());
        let why = error.map_or_else(|| format!("it says {}", xray.state), Clone::clone);
        return Found::crit(
            format!("Xray does not run there: {why}"),
            "start Xray on the panel's own page; its log there says more",
        );
    }
    if panel.login == Login::Refused {
        return Found::crit(
            "it refused user and password, or the token: not tried again by itself",
            format!("correct them in the bot, or alamor panels {} --retry", word(&panel.name)),
        );
    }
    match panel.state {
        PanelState::Reachable => Found::ok("reachable"),
        PanelState::Unusable => Found::crit(
            "its row in the bot's database cannot be decrypted",
            "set ENCRYPTION_KEY_ALAMOR to the bot's key",
        ),
        PanelState::Unreachable | PanelState::Failing => {
            let reason =
                panel.reason.as_ref().map_or("it cannot be reached", |reason| &reason.text);
            Found::crit(reason, format!("alamor panels {} --probe", word(&panel.name)))
        }
        PanelState::Unknown => Found::unknown("it was not asked yet", None),
    }
}

/// Whether the socket that systemd passed is the one of the settings.
pub(super) fn socket(passed: SocketAddr, bind: SocketAddr) -> Found {
    if passed == bind {
        return Found::ok(format!("systemd holds {passed}: a restart refuses nobody"));
    }
    Found::crit(
        format!("systemd passed {passed}, the settings say WEBHOOK_BIND={bind}"),
        format!(
            "write WEBHOOK_BIND={passed} into the .env, or ListenStream={bind} into the unit: \
             systemctl edit alamorwebhook.socket"
        ),
    )
}

/// How fresh the links are that customers get.
pub(super) fn links(counts: &PurchaseCounts, expired: u64) -> Found {
    let stale = counts.partial + counts.kept + counts.failed;
    let seen = format!(
        "{} of {} active purchases fresh, {} kept, {} failed, {} never fetched, {expired} expired but active",
        counts.fresh + counts.off_there,
        counts.active,
        counts.partial + counts.kept,
        counts.failed,
        counts.never,
    );
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = if counts.active == 0 { 0.0 } else { stale as f64 / counts.active as f64 };
    let reason = format!("{stale} of {} active purchases have no fresh links", counts.active);
    let fix = "alamor retry";
    let found = if share >= CRIT_SHARE {
        Found::crit(reason, fix)
    } else if share >= WARN_SHARE {
        Found::warn(reason, fix)
    } else {
        Found::ok("")
    };
    let found = found
        .seeing(seen)
        .with_fact("active", counts.active)
        .with_fact("fresh", counts.fresh)
        .with_fact("kept", counts.partial + counts.kept)
        .with_fact("failed", counts.failed)
        .with_fact("never", counts.never)
        .with_fact("expired", expired);
    match counts.oldest_ms {
        Some(oldest) => found.with_fact("oldest_ms", oldest),
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::panels::{Breaker, Fallback, Xray};
    use crate::api::{CheckState, Reason};

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

    fn check(panel: &Panel, state: CheckState, reason: Option<&str>) {
        let found = super::panel(panel);
        assert_eq!((found.state, found.reason.as_deref()), (state, reason));
    }

    #[test]
    fn a_socket_of_systemds_that_is_not_the_one_of_the_settings_is_crit() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(socket(at("127.0.0.1:8080"), at("127.0.0.1:8080")).state, CheckState::Ok);
        let found = socket(at("0.0.0.0:8080"), at("127.0.0.1:8080"));
        assert_eq!(found.state, CheckState::Crit);
        assert_eq!(
            found.reason.as_deref(),
            Some("systemd passed 0.0.0.0:8080, the settings say WEBHOOK_BIND=127.0.0.1:8080")
        );
    }

    #[test]
    fn what_stands_still_is_crit_and_says_why() {
        let stopped = with_xray("nl-1", "error", Some("port 443 is taken"));
        check(&stopped, CheckState::Crit, Some("Xray does not run there: port 443 is taken"));
        let silent = with_xray("se-1", "stop", Some(""));
        check(&silent, CheckState::Crit, Some("Xray does not run there: it says stop"));
        let refused = Panel { login: Login::Refused, ..panel("de-1") };
        let why = "it refused user and password, or the token: not tried again by itself";
        check(&refused, CheckState::Crit, Some(why));
    }

    #[test]
    fn what_is_away_is_crit_and_what_costs_only_time_is_well() {
        let away = Panel {
            state: PanelState::Unreachable,
            reason: Some(Reason { code: "refused".into(), text: "fr-2 refused".into() }),
            ..panel("fr-2")
        };
        check(&away, CheckState::Crit, Some("fr-2 refused"));
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
        check(&slow, CheckState::Ok, None);
    }

    #[test]
    fn a_name_from_the_bots_database_is_one_word_of_the_command() {
        let away = Panel { state: PanelState::Unreachable, ..panel("x'; touch y; '") };
        let fix = super::panel(&away).fix.unwrap();
        assert_eq!(fix, r"alamor panels 'x'\''; touch y; '\''' --probe");
    }

    #[test]
    fn a_few_stale_links_are_no_news_and_most_of_them_are_crit() {
        let state = |active, kept| {
            let counts =
                PurchaseCounts { active, kept, fresh: active - kept, ..Default::default() };
            links(&counts, 0).state
        };
        assert_eq!(state(0, 0), CheckState::Ok);
        assert_eq!(state(1_200, 22), CheckState::Ok);
        assert_eq!(state(1_200, 60), CheckState::Warn);
        assert_eq!(state(1_200, 600), CheckState::Crit);
    }
}
