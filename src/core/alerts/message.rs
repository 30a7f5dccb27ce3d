//! What is told at once, as JSON and as text.
//!
//! The top of the JSON object is the worst of its news, for receivers that want one; `items` are all.
//! `text` is the whole as a person reads it, in the field in which most chats look for it.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::api::{Check, CheckState};
use crate::core::probes::machine::quote::quote;

/// Longest text. Telegram takes 4 096 units of UTF-16.
const MAX_TEXT: usize = 3_500;

/// Why something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Checks turned.
    Turned,
    /// Quiet hours are over: what turned, and what is still crit.
    Summary,
    /// Somebody tries whether it arrives.
    Test,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct News {
    pub(super) check: String,
    pub(super) state: CheckState,
    pub(super) was: Option<CheckState>,
    pub(super) reason: Option<String>,
    pub(super) fix: Option<String>,
    pub(super) at: Timestamp,
}

impl News {
    pub(super) fn of(check: &Check, was: Option<CheckState>, at: Timestamp) -> Self {
        Self {
            check: quote(&check.name),
            state: check.state,
            was,
            reason: check.reason.as_deref().map(quote),
            fix: check.fix.as_deref().map(quote),
            at,
        }
    }
}

/// What is told at once; the worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
    /// Never empty.
    pub(super) news: Vec<News>,
}

/// Who tells it.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) domain: Option<String>,
    pub(super) instance: String,
}

#[derive(Serialize)]
struct Body<'a> {
    kind: Kind,
    #[serde(flatten)]
    first: &'a News,
    domain: Option<&'a str>,
    instance: &'a str,
    text: String,
    items: &'a [News],
}

impl Message {
    /// `None` of nothing.
    pub(super) fn new(kind: Kind, at: Timestamp, mut news: Vec<News>) -> Option<Self> {
        news.sort_by(|a, b| {
            b.state.severity().cmp(&a.state.severity()).then_with(|| a.check.cmp(&b.check))
        });
        (!news.is_empty()).then_some(Self { kind, at, news })
    }

    pub(super) fn test(at: Timestamp) -> Self {
        let news = News {
            check: "test".to_owned(),
            state: CheckState::Ok,
            was: None,
            reason: Some("this is a test: alerts arrive".to_owned()),
            fix: None,
            at,
        };
        Self { kind: Kind::Test, at, news: vec![news] }
    }

    pub(super) fn json(&self, sender: &Sender) -> String {
        let body = Body {
            kind: self.kind,
            first: &self.news[0],
            domain: sender.domain.as_deref(),
            instance: &sender.instance,
            text: self.text(sender),
            items: &self.news,
        };
        // Strings and times alone: nothing of it can fail to become JSON.
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// ```text
    /// alamor, sub.example.net
    /// CRIT port: nothing listens at 127.0.0.1:8080
    ///   do: systemctl start alamorwebhook
    /// ok database: well again
    /// ```
    pub(super) fn text(&self, sender: &Sender) -> String {
        let mut text = "alamor".to_owned();
        if let Some(domain) = &sender.domain {
            let _ = write!(text, ", {domain}");
        }
        if self.kind == Kind::Summary {
            text.push_str(": after the quiet hours");
        }
        for (index, news) in self.news.iter().enumerate() {
            let line = line(news);
            if text.len() + line.len() > MAX_TEXT {
                let _ = write!(text, "\n… and {} more", self.news.len() - index);
                break;
            }
            text.push_str(&line);
        }
        text
    }

    /// The parts as a program finds them in its environment.
    pub(super) fn environment(&self, sender: &Sender) -> Vec<(&'static str, String)> {
        let first = &self.news[0];
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            ("ALAMOR_CHECK", first.check.clone()),
            ("ALAMOR_STATE", first.state.as_str().to_owned()),
            ("ALAMOR_WAS", first.was.map(CheckState::as_str).unwrap_or_default().to_owned()),
            ("ALAMOR_REASON", text(&first.reason)),
            ("ALAMOR_FIX", text(&first.fix)),
            ("ALAMOR_AT", first.at.to_string()),
            ("ALAMOR_DOMAIN", text(&sender.domain)),
            ("ALAMOR_INSTANCE", sender.instance.clone()),
            ("ALAMOR_COUNT", self.news.len().to_string()),
            ("ALAMOR_TEXT", self.text(sender)),
        ]
    }
}

fn line(news: &News) -> String {
    let state = if news.state == CheckState::Crit { "CRIT" } else { news.state.as_str() };
    let well = || if news.state == CheckState::Ok { "well again" } else { "not well" }.to_owned();
    let mut line =
        format!("\n{state} {}: {}", news.check, news.reason.clone().unwrap_or_else(well));
    if let Some(fix) = &news.fix {
        let _ = write!(line, "\n  do: {fix}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(check: &str, state: CheckState, reason: Option<&str>) -> News {
        let check = Check {
            name: check.to_owned(),
            state,
            reason: reason.map(str::to_owned),
            fix: reason.map(|_| "systemctl start alamorwebhook".to_owned()),
            ..Check::default()
        };
        News::of(&check, Some(CheckState::Ok), Timestamp::UNIX_EPOCH)
    }

    fn sender() -> Sender {
        Sender { domain: Some("sub.example.net".to_owned()), instance: "1f".to_owned() }
    }

    fn message(news: Vec<News>) -> Message {
        Message::new(Kind::Turned, Timestamp::UNIX_EPOCH, news).unwrap()
    }

    #[test]
    fn the_worst_stands_on_top_and_all_are_items() {
        let message = message(vec![
            news("database", CheckState::Ok, None),
            news("port", CheckState::Crit, Some("nothing listens")),
        ]);
        let json: serde_json::Value = serde_json::from_str(&message.json(&sender())).unwrap();
        assert_eq!(json["check"], "port");
        assert_eq!((&json["state"], &json["was"]), (&"crit".into(), &"ok".into()));
        assert_eq!(json["at"], "1970-01-01T00:00:00Z");
        assert_eq!((&json["domain"], &json["instance"]), (&"sub.example.net".into(), &"1f".into()));
        assert_eq!(json["items"].as_array().unwrap().len(), 2);
        assert_eq!(
            json["text"],
            "alamor, sub.example.net\nCRIT port: nothing listens\n  \
             do: systemctl start alamorwebhook\nok database: well again"
        );
    }

    #[test]
    fn what_others_worded_is_one_bounded_line() {
        let long = format!("a\u{1b}[2J\nb{}", "x".repeat(10_000));
        let message = message(vec![news("panel\r nl-1", CheckState::Crit, Some(&long))]);
        let text = message.text(&sender());
        assert_eq!(text.lines().count(), 3);
        assert!(text.len() < 600 && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_text_of_very_many_says_how_many_it_leaves_out() {
        let many =
            (0..100).map(|each| news(&format!("panel {each:02}"), CheckState::Crit, Some("x")));
        let text = message(many.collect()).text(&sender());
        assert!(text.len() < 4_096);
        assert!(text.ends_with(" more"), "{text}");
    }

    #[test]
    fn nothing_is_no_message() {
        assert_eq!(Message::new(Kind::Turned, Timestamp::UNIX_EPOCH, Vec::new()), None);
    }
}
