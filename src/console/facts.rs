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
use super::look::Tone;
use super::words;
use crate::api::panels::{BreakerState, Login, Panel, PanelState, Survey};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it is about; empty where it goes on with the line before.
    pub(crate) label: &'static str,
    /// One sentence.
    pub(crate) text: String,
    /// How much it matters.
    pub(crate) tone: Tone,
}

/// When something is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When<'a> {
    /// When it was heard.
    pub(crate) heard: Timestamp,
    /// What time it is.
    pub(crate) now: Timestamp,
    /// Where the operator is.
    pub(crate) zone: &'a TimeZone,
}

fn fact(label: &'static str, text: impl Into<String>) -> Fact {
    Fact { label, text: text.into(), tone: Tone::Plain }
}

impl Fact {
    fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// Everything that is known of `panel`.
pub(crate) fn of_panel(panel: &Panel, when: When<'_>) -> Vec<Fact> {
    let mut facts = vec![state(panel, when), what(panel), sold(panel, when)];
    for (index, address) in panel.addresses.iter().enumerate() {
        facts.push(fact(if index == 0 { "address" } else { "" }, address.clone()));
    }
    facts.extend(way(panel));
    let login = fact("login", words::login_in_full(panel.login));
    facts.push(if panel.login == Login::Refused { login.toned(Tone::Bad) } else { login });
    facts.extend([xray(panel), latency(panel), breaker(panel, when), certificate(panel)]);
    facts.push(lists(panel.survey.as_ref(), when));
    for (index, fallback) in panel.fallbacks.iter().enumerate() {
        let label = if index == 0 { "by client" } else { "" };
        facts.push(fact(label, words::fallback(fallback)).toned(Tone::Warn));
    }
    facts
}

fn state(panel: &Panel, when: When<'_>) -> Fact {
    let since = panel.since.filter(|_| panel.state != PanelState::Unknown).map(|since| {
        let at = format::moment(since, when.now, when.zone);
        format!(" since {at} ({})", format::age(format::between(since, when.now)))
    });
    let reason = words::reason(panel).map(|reason| format!(": {reason}"));
    let word = words::state(panel.state);
    let text = format!("{word}{}{}", since.unwrap_or_default(), reason.unwrap_or_default());
    fact("state", text).toned(match panel.state {
        PanelState::Reachable => Tone::Good,
        PanelState::Unknown => Tone::Plain,
        PanelState::Unreachable | PanelState::Failing | PanelState::Unusable => Tone::Bad,
    })
}

fn what(panel: &Panel) -> Fact {
    let make = Some(words::make(panel)).filter(|make| !make.is_empty());
    let make = make.unwrap_or_else(|| "make not known yet".to_owned());
    let clients = panel.clients.map(|clients| format::counted(clients, "client", "clients"));
    let clients = clients.map(|clients| format!(", {clients} in its list"));
    fact("panel", format!("{make}{}", clients.unwrap_or_default()))
}

fn sold(panel: &Panel, when: When<'_>) -> Fact {
    let purchases = format::counted(panel.purchases, "active purchase", "active purchases");
    let since = format::between(when.heard, when.now);
    let oldest = panel.oldest_ms.map(|age| format!(", the oldest {}", format::age(age + since)));
    let oldest = oldest.unwrap_or_default();
    if panel.kept == 0 {
        return fact("sold", format!("{purchases}{oldest}"));
    }
    let kept = format::count(panel.kept);
    fact("sold", format!("{purchases}, {kept} with older links{oldest}")).toned(Tone::Warn)
}

fn way(panel: &Panel) -> Vec<Fact> {
    let mut facts = vec![fact("way", words::way_in_full(&panel.way))];
    let why = panel.way_reason.as_ref().map(|why| format!("no cheaper way: {why}"));
    facts.extend(why.map(|why| fact("", why)));
    facts
}

fn xray(panel: &Panel) -> Fact {
    match (words::xray_trouble(panel), &panel.xray) {
        (Some(trouble), _) => fact("Xray", trouble).toned(Tone::Bad),
        (None, Some(xray)) => fact("Xray", words::xray(xray)),
        (None, None) => fact("Xray", "not known").toned(Tone::Dim),
    }
}

fn latency(panel: &Panel) -> Fact {
    match panel.latency_ms {
        Some(ms) => {
            fact("latency", format!("{}, the median of its last answers", format::took(ms)))
        }
        None => fact("latency", "it has not answered yet").toned(Tone::Dim),
    }
}

fn breaker(panel: &Panel, when: When<'_>) -> Fact {
    let until = panel.breaker.retry_at.map(|at| format::clock_seconds(at, when.zone));
    match panel.breaker.state {
        BreakerState::Closed => fact("breaker", "closed: it is asked"),
        BreakerState::HalfOpen => {
            fact("breaker", "half open: one question finds out").toned(Tone::Warn)
        }
        BreakerState::Open => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            fact("breaker", format!("open: it is not asked{until}")).toned(Tone::Warn)
        }
    }
}

fn certificate(panel: &Panel) -> Fact {
    let is_plain = panel.addresses.iter().all(|address| address.starts_with("http://"));
    if is_plain && !panel.addresses.is_empty() {
        return fact("TLS", "none: it is asked over plain HTTP");
    }
    if panel.tls_verified {
        return fact("TLS", "its certificate must be valid");
    }
    let text = "NOT verified (PANEL_TLS_INSECURE): whoever is between can hand out servers";
    fact("TLS", text).toned(Tone::Bad)
}

fn lists(survey: Option<&Survey>, when: When<'_>) -> Fact {
    let Some(survey) = survey else {
        return fact("lists", "not read yet: an update of four or more purchases reads them")
            .toned(Tone::Dim);
    };
    let at = format::moment(survey.at, when.now, when.zone);
    let requests = format::counted(survey.requests, "request", "requests");
    let took = format::took(survey.took_ms);
    fact("lists", format!("read {at} in {took} with {requests} beside the login"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{at, dead_panel, troubled_panel};

    fn text(panel: &Panel) -> String {
        let now = at("2026-11-24T14:03:12Z");
        let when = When { heard: now, now, zone: &TimeZone::UTC };
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
