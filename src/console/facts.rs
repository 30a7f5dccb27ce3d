//! All that is known of one panel, as lines with a label: the same on its screen and in
//! `alamor panels NAME`.
//!
//! ```text
//! state     unreachable since 13:41 (22 min): refused the connection
//! way       learned: one client's links are the pattern; checked in every update
//! by client inbound 3 NL-VMess: one client only, 41 purchases one by one
//! ```
//!
//! Invariant: no path of an address, which may be a secret.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::format;
use super::lang::Lang;
use super::look::Tone;
use super::words;
use crate::api::panels::{BreakerState, Login, Panel, PanelState, Survey};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it is about; empty where it goes on with the line before.
    pub(crate) label: String,
    /// One sentence.
    pub(crate) text: String,
    /// How much it matters.
    pub(crate) tone: Tone,
}

/// When something is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When<'a> {
    /// In which language it is told.
    pub(crate) lang: Lang,
    /// When it was heard.
    pub(crate) heard: Timestamp,
    /// What time it is.
    pub(crate) now: Timestamp,
    /// Where the operator is.
    pub(crate) zone: &'a TimeZone,
}

fn fact(label: impl Into<String>, text: impl Into<String>) -> Fact {
    Fact { label: label.into(), text: text.into(), tone: Tone::Plain }
}

impl Fact {
    fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// Everything that is known of `panel`.
pub(crate) fn of_panel(panel: &Panel, when: When<'_>) -> Vec<Fact> {
    let (lang, say) = (when.lang, when.lang.say());
    let mut facts = vec![state(panel, when), what(panel, when), sold(panel, when)];
    for (index, address) in panel.addresses.iter().enumerate() {
        let label = if index == 0 { say.fact_address() } else { String::new() };
        facts.push(fact(label, address.clone()));
    }
    facts.extend(way(panel, lang));
    let login = fact(say.fact_login(), words::login_in_full(lang, panel.login));
    facts.push(if panel.login == Login::Refused { login.toned(Tone::Bad) } else { login });
    facts.extend([xray(panel, lang), latency(panel, lang)]);
    facts.extend([breaker(panel, when), certificate(panel, lang)]);
    facts.push(lists(panel.survey.as_ref(), when));
    for (index, fallback) in panel.fallbacks.iter().enumerate() {
        let label = if index == 0 { say.fact_by_client() } else { String::new() };
        facts.push(fact(label, words::fallback(lang, fallback)).toned(Tone::Warn));
    }
    facts
}

fn state(panel: &Panel, when: When<'_>) -> Fact {
    let (lang, say) = (when.lang, when.lang.say());
    let since = panel.since.filter(|_| panel.state != PanelState::Unknown).map(|since| {
        let at = format::moment(lang, since, when.now, when.zone);
        let age = format::age(lang, format::between(since, when.now));
        format!(" {}", say.since(at, age))
    });
    let reason = words::reason(lang, panel).map(|reason| format!(": {reason}"));
    let word = words::state(lang, panel.state);
    let text = format!("{word}{}{}", since.unwrap_or_default(), reason.unwrap_or_default());
    fact(say.fact_state(), text).toned(match panel.state {
        PanelState::Reachable => Tone::Good,
        PanelState::Unknown => Tone::Plain,
        PanelState::Unreachable | PanelState::Failing | PanelState::Unusable => Tone::Bad,
    })
}

fn what(panel: &Panel, when: When<'_>) -> Fact {
    let (lang, say) = (when.lang, when.lang.say());
    let make = Some(words::make(panel)).filter(|make| !make.is_empty());
    let make = make.unwrap_or_else(|| say.make_unknown());
    let clients = panel
        .clients
        .map(|clients| format!(", {}", say.clients_listed(clients, format::count(lang, clients))));
    fact(say.fact_panel(), format!("{make}{}", clients.unwrap_or_default()))
}

fn sold(panel: &Panel, when: When<'_>) -> Fact {
    let (lang, say) = (when.lang, when.lang.say());
    let purchases = say.active_purchases(panel.purchases, format::count(lang, panel.purchases));
    let since = format::between(when.heard, when.now);
    let oldest = panel
        .oldest_ms
        .map(|age| format!(", {}", say.oldest_purchase(format::age(lang, age + since))));
    let oldest = oldest.unwrap_or_default();
    if panel.kept == 0 {
        return fact(say.fact_sold(), format!("{purchases}{oldest}"));
    }
    let kept = say.with_older_links(format::count(lang, panel.kept));
    fact(say.fact_sold(), format!("{purchases}, {kept}{oldest}")).toned(Tone::Warn)
}

fn way(panel: &Panel, lang: Lang) -> Vec<Fact> {
    let mut facts = vec![fact(lang.say().fact_way(), words::way_in_full(lang, &panel.way))];
    let why = panel.way_reason.as_ref().map(|why| lang.say().no_cheaper_way(why));
    facts.extend(why.map(|why| fact("", why)));
    facts
}

fn xray(panel: &Panel, lang: Lang) -> Fact {
    let label = lang.say().fact_xray();
    match (words::xray_trouble(lang, panel), &panel.xray) {
        (Some(trouble), _) => fact(label, trouble).toned(Tone::Bad),
        (None, Some(xray)) => fact(label, words::xray(lang, xray)),
        (None, None) => fact(label, lang.say().xray_unknown()).toned(Tone::Dim),
    }
}

fn latency(panel: &Panel, lang: Lang) -> Fact {
    let say = lang.say();
    match panel.latency_ms {
        Some(ms) => fact(say.fact_latency(), say.latency_median(format::took(lang, ms))),
        None => fact(say.fact_latency(), say.latency_none()).toned(Tone::Dim),
    }
}

fn breaker(panel: &Panel, when: When<'_>) -> Fact {
    let say = when.lang.say();
    let until = panel.breaker.retry_at.map(|at| format::clock_seconds(when.lang, at, when.zone));
    let label = say.fact_breaker();
    match (panel.breaker.state, until) {
        (BreakerState::Closed, _) => fact(label, say.breaker_closed()),
        (BreakerState::HalfOpen, _) => fact(label, say.breaker_half_open()).toned(Tone::Warn),
        (BreakerState::Open, Some(at)) => fact(label, say.breaker_open_until(at)).toned(Tone::Warn),
        (BreakerState::Open, None) => fact(label, say.breaker_open()).toned(Tone::Warn),
    }
}

fn certificate(panel: &Panel, lang: Lang) -> Fact {
    let say = lang.say();
    let is_plain = panel.addresses.iter().all(|address| address.starts_with("http://"));
    if is_plain && !panel.addresses.is_empty() {
        return fact(say.fact_tls(), say.tls_none());
    }
    if panel.tls_verified {
        return fact(say.fact_tls(), say.tls_verified());
    }
    fact(say.fact_tls(), say.tls_not_verified_in_full()).toned(Tone::Bad)
}

fn lists(survey: Option<&Survey>, when: When<'_>) -> Fact {
    let (lang, say) = (when.lang, when.lang.say());
    let Some(survey) = survey else {
        return fact(say.fact_lists(), say.lists_not_read()).toned(Tone::Dim);
    };
    let at = format::moment(lang, survey.at, when.now, when.zone);
    let took = format::took(lang, survey.took_ms);
    let requests = format::count(lang, survey.requests);
    fact(say.fact_lists(), say.lists_read(survey.requests, at, took, requests))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{at, dead_panel, troubled_panel};

    fn text(panel: &Panel) -> String {
        let now = at("2026-11-24T14:03:12Z");
        let when = When { lang: Lang::En, heard: now, now, zone: &TimeZone::UTC };
        let lines = of_panel(panel, when);
        let lines = lines.iter().map(|fact| format!("{}|{}", fact.label, fact.text));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_dead_panel_says_since_when_why_and_until_when_it_is_left_alone() {
        let text = text(&dead_panel());
        assert!(text.starts_with("state|unreachable since 13:41 (22 min): refused the connection"));
        assert!(text.contains("sold|22 active purchases, 22 with older links"), "{text}");
        assert!(text.contains("breaker|open: it is not asked until 14:03:24"), "{text}");
    }

    #[test]
    fn what_falls_back_says_which_inbound_and_why() {
        let text = text(&troubled_panel());
        assert!(text.contains("|no cheaper way: "), "{text}");
        assert!(text.contains("by client|inbound 3 NL-VMess: one client only, 41 purchases"));
        assert!(text.contains("Xray|Xray stopped: "), "{text}");
        assert!(text.contains("lists|read 13:20 in 165 ms with 5 requests"), "{text}");
    }
}
