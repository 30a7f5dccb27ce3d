//! What panels, rungs and climbs are said to be, in the same words on a screen and on a command's output.
//!
//! Deliberately absent: signs (`look`), widths.

use super::lang::Lang;
use super::look::Tone;
use super::reasons;
use crate::api::checks::{Check, CheckState};
use crate::api::jobs::Outcome;
use crate::api::panels::{Fallback, Login, Panel, PanelState, Xray};
use crate::api::purchases::PurchaseState;

/// `reachable`, `unreachable`, …
pub(crate) fn state(lang: Lang, state: PanelState) -> String {
    let say = lang.say();
    match state {
        PanelState::Reachable => say.panel_reachable(),
        PanelState::Unreachable => say.panel_unreachable(),
        PanelState::Failing => say.panel_refuses(),
        PanelState::Unusable => say.panel_unusable(),
        PanelState::Unknown => say.panel_not_asked(),
    }
}

/// The word of the worst that is known of a panel.
pub(crate) fn standing(lang: Lang, panel: &Panel) -> String {
    let is_quiet = matches!(panel.state, PanelState::Reachable | PanelState::Unknown);
    match panel.state {
        _ if is_quiet && is_xray_down(panel) => lang.say().panel_xray_down(),
        _ if is_quiet && panel.login == Login::Refused => lang.say().panel_no_login(),
        other => state(lang, other),
    }
}

/// `3x-ui 2.8.11`; empty as long as nobody knows.
pub(crate) fn make(panel: &Panel) -> String {
    let parts = [panel.make.as_deref(), panel.version.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// How a panel is read: `links`, `learned`, `per client`, `own id`.
pub(crate) fn way(lang: Lang, way: &str) -> String {
    let say = lang.say();
    match way {
        "links" => say.way_links(),
        "learned" => say.way_learned(),
        "per_client" => say.way_per_client(),
        "subscription" => say.way_subscription(),
        other => other.to_owned(),
    }
}

/// The same in seven cells.
pub(crate) fn short_way(lang: Lang, way: &str) -> String {
    match way {
        "per_client" => lang.say().way_client(),
        other => self::way(lang, other),
    }
}

/// The same in one sentence.
pub(crate) fn way_in_full(lang: Lang, way: &str) -> String {
    let say = lang.say();
    match way {
        "links" => say.way_links_in_full(),
        "learned" => say.way_learned_in_full(),
        "per_client" => say.way_per_client_in_full(),
        "subscription" => say.way_subscription_in_full(),
        other => other.to_owned(),
    }
}

/// `password`, `refused`, …
pub(crate) fn login(lang: Lang, login: Login) -> String {
    let say = lang.say();
    match login {
        Login::Unknown => say.login_not_tried(),
        Login::Password => say.login_password(),
        Login::Token => say.login_token(),
        Login::Refused => say.login_refused(),
        Login::NoApi => say.login_no_api(),
    }
}

/// The same in one sentence.
pub(crate) fn login_in_full(lang: Lang, login: Login) -> String {
    let say = lang.say();
    match login {
        Login::Unknown => say.login_not_tried_in_full(),
        Login::Password => say.login_password_in_full(),
        Login::Token => say.login_token_in_full(),
        Login::Refused => say.login_refused_in_full(),
        Login::NoApi => say.login_no_api_in_full(),
    }
}

/// `fresh`, `kept`, …
pub(crate) fn purchase(lang: Lang, state: PurchaseState) -> String {
    let say = lang.say();
    match state {
        PurchaseState::Fresh => say.state_fresh(),
        PurchaseState::Partial => say.state_partial(),
        PurchaseState::Kept => say.state_kept(),
        PurchaseState::Failed => say.state_failed(),
        PurchaseState::Never => say.state_never(),
        PurchaseState::Disabled => say.state_disabled(),
        PurchaseState::OffThere => say.state_off_there(),
    }
}

/// `updated`, `partial`, …
pub(crate) fn outcome(lang: Lang, outcome: Outcome) -> String {
    let say = lang.say();
    match outcome {
        Outcome::Updated => say.outcome_updated(),
        Outcome::Unchanged => say.outcome_unchanged(),
        Outcome::Partial => say.outcome_partial(),
        Outcome::Kept => say.outcome_kept(),
        Outcome::Failed => say.outcome_failed(),
    }
}

/// `running`, `stopped`, …
pub(crate) fn xray(lang: Lang, xray: &Xray) -> String {
    match xray.state.as_str() {
        "running" => lang.say().xray_running(),
        "stop" | "error" => lang.say().xray_stopped(),
        other => other.to_owned(),
    }
}

fn is_xray_down(panel: &Panel) -> bool {
    panel.xray.as_ref().is_some_and(|xray| !xray.is_running())
}

/// `Xray stopped: port 443 is taken`; `None` while it runs, and as long as nobody knows.
pub(crate) fn xray_trouble(lang: Lang, panel: &Panel) -> Option<String> {
    let stopped = panel.xray.as_ref().filter(|xray| !xray.is_running())?;
    let error = stopped.error.as_deref().map(str::trim).filter(|error| !error.is_empty());
    let error = error.map(|error| format!(": {error}")).unwrap_or_default();
    Some(format!("{}{error}", lang.say().xray_trouble(xray(lang, stopped))))
}

/// The reason of its state, without the panel's own name, which stands before it.
pub(crate) fn reason(lang: Lang, panel: &Panel) -> Option<String> {
    let text = reasons::sentence(lang, panel.reason.as_ref()?, Some(&panel.name));
    let rest = text.strip_prefix(panel.name.as_str()).unwrap_or(&text);
    Some(rest.trim_start_matches([':', ' ']).to_owned())
}

/// `inbound 3 NL-VMess: one client only, 41 purchases one by one`.
pub(crate) fn fallback(lang: Lang, fallback: &Fallback) -> String {
    let Fallback { inbound, remark, why, purchases } = fallback;
    let name = if remark.is_empty() { String::new() } else { format!(" {remark}") };
    let inbound = format!("{inbound}{name}");
    lang.say().fallback(*purchases, inbound, why, super::format::count(lang, *purchases))
}

/// `settings`, `DNS`: a rung of the ladder to what customers reach. What is not known stays as it is.
pub(crate) fn rung_name(lang: Lang, name: &str) -> String {
    let say = lang.say();
    match name {
        "settings" => say.rung_settings(),
        "database" => say.rung_database(),
        "unit" => say.rung_unit(),
        "process" => say.rung_process(),
        "port" => say.rung_port(),
        "firewall" => say.rung_firewall(),
        "dns" => "DNS".to_owned(),
        "tcp" => "TCP".to_owned(),
        "tls" => "TLS".to_owned(),
        "key" => say.rung_key(),
        "endpoint" => say.rung_endpoint(),
        "panels" => say.rung_panels(),
        "panel" => say.fact_panel(),
        "links" => say.links_title(),
        "disk" => say.rung_disk(),
        "clock" => say.rung_clock(),
        other => other.to_owned(),
    }
}

/// `port`, `TLS paytest.example.net`: a check by what was looked at, and which.
pub(crate) fn check_name(lang: Lang, check: &Check) -> String {
    let kind = rung_name(lang, check.kind());
    check.subject().map_or_else(|| kind.clone(), |subject| format!("{kind} {subject}"))
}

/// `ok`, `WARN`, `CRIT`, …
pub(crate) fn check(lang: Lang, state: CheckState) -> String {
    let say = lang.say();
    match state {
        CheckState::Ok => say.check_ok(),
        CheckState::Warn => say.check_warn(),
        CheckState::Crit => say.check_crit(),
        CheckState::Unknown => say.check_unknown(),
        CheckState::NotTried => say.check_not_tried(),
    }
}

/// The sentence of a rung: what was seen, else why it is not well.
pub(crate) fn rung(lang: Lang, check: &Check) -> String {
    let say = lang.say();
    let said = check.evidence.as_ref().or(check.reason.as_ref());
    said.cloned().unwrap_or_else(|| match check.state {
        CheckState::Ok => say.rung_well(),
        CheckState::Warn => say.rung_look(),
        CheckState::Crit => say.rung_broken(),
        CheckState::Unknown => say.rung_unmeasured(),
        CheckState::NotTried => say.check_not_tried(),
    })
}

/// What stands below a rung that is not well: `why` and `do`, each with its sentence.
pub(crate) fn below(lang: Lang, check: &Check) -> Vec<(String, Tone, &str)> {
    let why = check.reason.as_deref().filter(|_| check.evidence.is_some());
    let say = lang.say();
    let rows =
        [(say.below_why(), Tone::Plain, why), (say.below_do(), Tone::Key, check.fix.as_deref())];
    rows.into_iter().filter_map(|(label, tone, text)| Some((label, tone, text?))).collect()
}

/// How well a panel is: the worst of its answers, its login, its Xray and its certificate.
pub(crate) fn verdict(panel: &Panel) -> CheckState {
    let is_down = is_xray_down(panel) || panel.login == Login::Refused;
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
            xray_trouble(Lang::En, &Panel { xray, ..panel("de-1", 41, 402) })
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
        assert_eq!(
            fallback(Lang::En, &one),
            "inbound 3 NL-VMess: one client only, 1 purchase one by one"
        );
    }
}
