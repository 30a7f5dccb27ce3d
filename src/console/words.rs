//! What panels are said to be, in the same words on a screen and on a command's output.
//!
//! Deliberately absent: signs and tones (`look`), widths.

use crate::api::checks::{Check, CheckState};
use crate::api::panels::{Fallback, Login, Panel, PanelState, Xray};

/// `reachable`, `unreachable`, …
pub(crate) fn state(state: PanelState) -> &'static str {
    match state {
        PanelState::Reachable => "reachable",
        PanelState::Unreachable => "unreachable",
        PanelState::Failing => "refuses",
        PanelState::Unusable => "unusable",
        PanelState::Unknown => "not asked yet",
    }
}

/// The word of the worst that is known of a panel.
pub(crate) fn standing(panel: &Panel) -> &'static str {
    match panel.state {
        PanelState::Reachable | PanelState::Unknown if xray_trouble(panel).is_some() => "Xray down",
        PanelState::Reachable | PanelState::Unknown if panel.login == Login::Refused => "no login",
        other => state(other),
    }
}

/// `3x-ui 2.8.11`; empty as long as nobody knows.
pub(crate) fn make(panel: &Panel) -> String {
    let parts = [panel.make.as_deref(), panel.version.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// How a panel is read: `links`, `learned`, `per client`, `own id`.
pub(crate) fn way(way: &str) -> &str {
    match way {
        "per_client" => "per client",
        "subscription" => "own id",
        other => other,
    }
}

/// The same in seven cells.
pub(crate) fn short_way(way: &str) -> &str {
    match way {
        "per_client" => "client",
        other => self::way(other),
    }
}

/// The same in one sentence.
pub(crate) fn way_in_full(way: &str) -> &str {
    match way {
        "links" => "links: one call gives every link; checked in every update of many",
        "learned" => "learned: one client's links are the pattern for all; checked in every update",
        "per_client" => "per client: its list says who is who, then each subscription is read",
        "subscription" => "own id: each purchase's own subscription is read, by the bot's id",
        other => other,
    }
}

/// `password`, `refused`, …
pub(crate) fn login(login: Login) -> &'static str {
    match login {
        Login::Unknown => "not tried",
        Login::Password => "password",
        Login::Token => "token",
        Login::Refused => "refused",
        Login::NoApi => "no API",
    }
}

/// The same in one sentence.
pub(crate) fn login_in_full(login: Login) -> &'static str {
    match login {
        Login::Unknown => "nobody has tried yet",
        Login::Password => "user and password are taken",
        Login::Token => "the API token is taken",
        Login::Refused => {
            "refused: wrong user or password, or token; not tried again until they change or you say so"
        }
        Login::NoApi => "it has no API that we know: a panel of another make, or a file",
    }
}

/// `running`, `stopped`, …
pub(crate) fn xray(xray: &Xray) -> &str {
    match xray.state.as_str() {
        "running" => "running",
        "stop" | "error" => "stopped",
        other => other,
    }
}

/// `Xray stopped: port 443 is taken`; `None` while it runs, and as long as nobody knows.
pub(crate) fn xray_trouble(panel: &Panel) -> Option<String> {
    let stopped = panel.xray.as_ref().filter(|xray| !xray.is_running())?;
    let error = stopped.error.as_deref().map(str::trim).filter(|error| !error.is_empty());
    let error = error.map(|error| format!(": {error}")).unwrap_or_default();
    Some(format!("Xray {}{error}", xray(stopped)))
}

/// The reason of its state, without the panel's own name, which stands before it.
pub(crate) fn reason(panel: &Panel) -> Option<String> {
    let text = &panel.reason.as_ref()?.text;
    let rest = text.strip_prefix(panel.name.as_str()).unwrap_or(text);
    Some(rest.trim_start_matches([':', ' ']).to_owned())
}

/// `inbound 3 NL-VMess: one client only, 41 purchases one by one`.
pub(crate) fn fallback(fallback: &Fallback) -> String {
    let Fallback { inbound, remark, why, purchases } = fallback;
    let name = if remark.is_empty() { String::new() } else { format!(" {remark}") };
    let count = super::format::counted(*purchases, "purchase", "purchases");
    format!("inbound {inbound}{name}: {why}, {count} one by one")
}

/// The sentence of a rung: what was seen, else why it is not well.
pub(crate) fn rung(check: &Check) -> &str {
    let said = check.evidence.as_deref().or(check.reason.as_deref());
    said.unwrap_or(match check.state {
        CheckState::Ok => "well",
        CheckState::Warn => "somebody should look",
        CheckState::Crit => "does not work",
        CheckState::Unknown => "not measured",
        CheckState::NotTried => "not tried",
    })
}

/// What stands below a rung that is not well: `why` and `do`, each with its sentence.
pub(crate) fn below(check: &Check) -> Vec<(&'static str, &str)> {
    let why = check.reason.as_deref().filter(|_| check.evidence.is_some());
    [("why", why), ("do", check.fix.as_deref())]
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .collect()
}

/// How well a panel is: the worst of its answers, its login, its Xray and its certificate.
pub(crate) fn verdict(panel: &Panel) -> CheckState {
    let is_down = xray_trouble(panel).is_some() || panel.login == Login::Refused;
    match panel.state {
        _ if is_down => CheckState::Crit,
        PanelState::Unreachable | PanelState::Failing | PanelState::Unusable => CheckState::Crit,
        _ if !panel.tls_verified || panel.kept > 0 => CheckState::Warn,
        PanelState::Unknown => CheckState::Unknown,
        PanelState::Reachable => CheckState::Ok,
    }
}

/// The worst of several verdicts: what is not known changes none.
pub(crate) fn worst(states: impl IntoIterator<Item = CheckState>) -> CheckState {
    let severity = |state: &CheckState| match state {
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => 0,
        CheckState::Warn => 1,
        CheckState::Crit => 2,
    };
    states.into_iter().max_by_key(severity).unwrap_or(CheckState::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{dead_panel, panel};

    #[test]
    fn a_panel_is_as_well_as_its_worst_part() {
        let well = panel("de-1", 41, 402);
        let stopped = Xray { state: "error".into(), error: Some("port 443 is taken".into()) };
        let table = [
            (well.clone(), CheckState::Ok),
            (dead_panel(), CheckState::Crit),
            (Panel { xray: Some(stopped), ..well.clone() }, CheckState::Crit),
            (Panel { login: Login::Refused, ..well.clone() }, CheckState::Crit),
            (Panel { login: Login::NoApi, ..well.clone() }, CheckState::Ok),
            (Panel { kept: 3, ..well.clone() }, CheckState::Warn),
            (Panel { tls_verified: false, ..well.clone() }, CheckState::Warn),
            (Panel { state: PanelState::Unknown, ..well }, CheckState::Unknown),
        ];
        for (panel, expected) in table {
            assert_eq!(verdict(&panel), expected, "{panel:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_never_worse_than_what_is() {
        use CheckState::{Crit, NotTried, Ok, Unknown, Warn};
        assert_eq!(worst([Ok, Unknown, Warn, NotTried]), Warn);
        assert_eq!(worst([Warn, Crit, NotTried]), Crit);
        assert_eq!(worst([]), Ok);
    }

    #[test]
    fn xray_is_named_only_where_it_stands_still() {
        let of = |state: &str, error: Option<&str>| {
            let xray = Some(Xray { state: state.into(), error: error.map(str::to_owned) });
            xray_trouble(&Panel { xray, ..panel("de-1", 41, 402) })
        };
        assert_eq!(of("running", None), None);
        assert_eq!(of("stop", Some(" ")).as_deref(), Some("Xray stopped"));
        let said = of("error", Some("bind: in use"));
        assert_eq!(said.as_deref(), Some("Xray stopped: bind: in use"));
    }

    #[test]
    fn a_fallback_is_one_line() {
        let one = Fallback {
            inbound: 3,
            remark: "NL-VMess".into(),
            why: "one client only".into(),
            purchases: 1,
        };
        assert_eq!(fallback(&one), "inbound 3 NL-VMess: one client only, 1 purchase one by one");
    }
}
