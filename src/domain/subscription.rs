//! What is a subscription, and what only looks like an answer.
//!
//! ```text
//! body ─▶ lines with share links? ─▶ Base64 of such lines? ─▶ JSON around such text? ─▶ not a subscription
//! ```
//!
//! Invariants:
//! - A body without any share link is no subscription, whatever its status was.
//! - Every share link of a body is in the result, in its order; nothing is dropped or merged.
//!
//! Deliberately absent: status codes, headers, de-duplication, and whose links these are.

use std::fmt;

use serde_json::Value;

use super::base64_text;
use super::share_link::ShareLink;

/// What a panel answered with instead of share links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// Nothing, or only blanks.
    Empty,
    /// A login page, an error page, a page for browsers.
    Html,
    /// An error object, or the answer of another endpoint.
    Json,
    /// Anything else, such as `Error!`.
    Text,
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty body",
            Self::Html => "an HTML page",
            Self::Json => "a JSON object",
            Self::Text => "text that is no share link",
        })
    }
}

/// A body has no share link in it; it is something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}, not a subscription")]
pub struct NotASubscription(pub BodyKind);

/// The share links of one answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// At least one, in the order of the answer, repetitions included.
    pub links: Vec<ShareLink>,
    /// Lines that are no share links, blank ones aside: some panels add routing rules.
    pub other: Vec<String>,
}

/// Prints how many, never which: the lines that we cannot read may hold secrets too.
impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({} links, {} other)", self.links.len(), self.other.len())
    }
}

impl Subscription {
    /// Reads the body of an answer. `is_json`: its content type says JSON.
    ///
    /// Panels mislabel their answers, so an object or a list is looked into without that as well.
    ///
    /// # Errors
    ///
    /// [`NotASubscription`], with what the body is instead.
    ///
    /// # Source
    ///
    /// Facts C7 and C14 of src/ARCHITECTURE.md.
    pub fn parse(body: &str, is_json: bool) -> Result<Self, NotASubscription> {
        let body = body.trim_start_matches('\u{FEFF}').trim();
        if body.is_empty() {
            return Err(NotASubscription(BodyKind::Empty));
        }
        // A page may show links of its own; they are escaped for HTML, and not ours to guess.
        if body.starts_with('<') {
            return Err(NotASubscription(BodyKind::Html));
        }
        let json: Option<Value> = (is_json || body.starts_with(['{', '[']))
            .then(|| serde_json::from_str(body).ok())
            .flatten();
        let found = match &json {
            Some(json) => text_in(json).and_then(|text| Self::read(&text)),
            None => Self::read(body),
        };
        let kind = if json.is_some() { BodyKind::Json } else { BodyKind::Text };
        found.ok_or(NotASubscription(kind))
    }

    fn read(text: &str) -> Option<Self> {
        Self::read_lines(text).or_else(|| Self::read_lines(&decoded(text)?))
    }

    fn read_lines(text: &str) -> Option<Self> {
        let mut found = Self { links: Vec::new(), other: Vec::new() };
        for line in text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()) {
            match ShareLink::parse(line) {
                Ok(link) => found.links.push(link),
                Err(_) => found.other.push(line.to_owned()),
            }
        }
        (!found.links.is_empty()).then_some(found)
    }
}

/// Decodes Base64. What follows a padding is a piece of its own: a list that was put together from
/// several answers loses nothing.
fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('=').filter(|piece| !piece.trim().is_empty());
    let mut whole = base64_text::decode(pieces.next()?)?;
    for piece in pieces.filter_map(base64_text::decode) {
        whole.push('\n');
        whole.push_str(&piece);
    }
    Some(whole)
}

/// The text that JSON is wrapped around: `{"data": "…"}`, `["…", "…"]` or `"…"`.
fn text_in(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            Some(lines?.join("\n"))
        }
        Value::Object(fields) => Some(fields.get("data")?.as_str()?.to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The one form of body that we serve: lines joined by `\n` without one at the end, in standard,
/// padded Base64 on one line.
#[must_use]
pub fn encode<'a>(links: impl Iterator<Item = &'a str>) -> String {
    base64_text::encode(&links.collect::<Vec<_>>().join("\n"))
}

/// The text of a header that is `base64:` and its text; `None` for any other.
#[must_use]
pub fn decode_header(value: &str) -> Option<String> {
    base64_text::decode(value.strip_prefix("base64:")?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const L1: &str = "vless://11111111-1111-4111-8111-111111111111@de.example.net:443?type=tcp&security=reality#DE-in5.u42.abc";
    const L2: &str = "vless://22222222-2222-4222-8222-222222222222@nl.example.net:8443?type=ws&security=tls#Netherlands%20WS";
    const RECORDINGS: [&str; 5] = [
        include_str!("../../tests/fixtures/panels/3x-ui-2.6.7.json"),
        include_str!("../../tests/fixtures/panels/3x-ui-2.8.11.json"),
        include_str!("../../tests/fixtures/panels/3x-ui-3.0.2.json"),
        include_str!("../../tests/fixtures/panels/3x-ui-3.6.0.json"),
        include_str!("../../tests/fixtures/panels/x-ui-alireza-1.12.0.json"),
    ];

    fn links(body: &str, is_json: bool) -> Vec<String> {
        let subscription = Subscription::parse(body, is_json).unwrap();
        subscription.links.iter().map(|link| link.as_str().to_owned()).collect()
    }

    fn check(body: &str) {
        assert_eq!(links(body, false), [L1, L2], "{body:?}");
    }

    fn check_none(body: &str, is_json: bool, kind: BodyKind) {
        assert_eq!(Subscription::parse(body, is_json), Err(NotASubscription(kind)), "{body:?}");
    }

    #[test]
    fn base64_of_every_kind_is_read() {
        let padded = base64_text::encode(&format!("{L1}\n{L2}\n"));
        check(&padded);
        check(&format!("\u{FEFF}{padded}\n"));
        check(padded.trim_end_matches('='));
        check(&padded.replace('+', "-").replace('/', "_"));
        let wrapped: Vec<&str> =
            padded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        check(&wrapped.join("\r\n"));
    }

    #[test]
    fn the_answers_of_two_panels_put_together_lose_nothing() {
        let (one, two) =
            (base64_text::encode(&format!("{L1}\r\n")), base64_text::encode(&format!("{L2}\n")));
        assert!(one.ends_with('='), "{one}");
        check(&format!("{one}\n{two}\n"));
    }

    #[test]
    fn plain_lines_are_read() {
        check(&format!("{L1}\n\n{L2}\n   \n"));
        check(&format!("{L1}\r\n{L2}\r\n"));
        check(&format!("  {L1}  \r{L2}"));
    }

    #[test]
    fn text_inside_json_is_read() {
        let data = base64_text::encode(&format!("{L1}\n{L2}"));
        for is_json in [true, false] {
            assert_eq!(links(&format!(r#"{{"data":"{data}"}}"#), is_json), [L1, L2]);
            assert_eq!(links(&format!(r#"["{L1}", "{L2}"]"#), is_json), [L1, L2]);
            assert_eq!(links(&format!(r#"{{"data":"{L1}\n{L2}"}}"#), is_json), [L1, L2]);
        }
        assert_eq!(links(&format!(r#""{data}""#), true), [L1, L2]);
        assert_eq!(links(&data, true), [L1, L2], "it says JSON and is none");
    }

    #[test]
    fn lines_that_are_no_links_stand_aside() {
        let body = base64_text::encode(&format!("{L1}\nincy://routing/add/eyJhIjoxfQ\n{L1}\n"));
        let subscription = Subscription::parse(&body, false).unwrap();
        assert_eq!(subscription.links.len(), 2, "repetitions are kept");
        assert_eq!(subscription.other, ["incy://routing/add/eyJhIjoxfQ"]);
        assert_eq!(format!("{subscription:?}"), "Subscription(2 links, 1 other)");
    }

    #[test]
    fn what_only_looks_like_an_answer_is_no_subscription() {
        for body in ["", "\n \n", " ", "\u{FEFF}"] {
            check_none(body, false, BodyKind::Empty);
        }
        check_none("<!DOCTYPE html>\n<html><body>Login</body></html>", false, BodyKind::Html);
        check_none(&format!("<pre>\n{L1}\n</pre>"), false, BodyKind::Html);
        for body in ["{}", "[]", r#"{"success":false,"msg":"no"}"#, r#"{"data":7}"#, r#"[{"a":1}]"#]
        {
            check_none(body, true, BodyKind::Json);
            check_none(body, false, BodyKind::Json);
        }
        check_none("1", true, BodyKind::Json);
        for body in
            ["Error!", "404 page not found", "1", "{oops", "====", "aGVsbG8=", "https://h:1/x"]
        {
            check_none(body, false, BodyKind::Text);
        }
    }

    #[test]
    fn the_body_that_we_serve_is_one_line_of_padded_base64() {
        let cached = ["vless://cached1@h:1#c1", "vless://cached2@h:2#c2"];
        let body = "dmxlc3M6Ly9jYWNoZWQxQGg6MSNjMQp2bGVzczovL2NhY2hlZDJAaDoyI2My";
        assert_eq!(encode(cached.into_iter()), body);
        assert_eq!(links(body, false), cached);
    }

    /// Calls `f` with the recording, and each answer of its subscription port but those to HEAD.
    fn each_recorded_answer(mut f: impl FnMut(&Value, &Value)) {
        for recording in RECORDINGS {
            let recording: Value = serde_json::from_str(recording).unwrap();
            let exchanges = recording["exchanges"].as_array().unwrap();
            let subscriptions = exchanges.iter().filter(|exchange| {
                exchange["server"] == "subscription" && exchange["request"]["method"] == "GET"
            });
            subscriptions.for_each(|exchange| f(&recording, exchange));
        }
    }

    fn content_type(exchange: &Value) -> &str {
        let headers = exchange["response"]["headers"].as_array().unwrap();
        let found = headers.iter().find(|header| header[0] == "Content-Type");
        found.map_or("", |header| header[1].as_str().unwrap())
    }

    fn parse_recorded(exchange: &Value) -> Result<Subscription, NotASubscription> {
        let body = exchange["response"]["body"].as_str().unwrap();
        Subscription::parse(body, content_type(exchange).starts_with("application/json"))
    }

    /// How many links the customer has whom the request asks for; one less where it says so.
    fn expected_links(recording: &Value, exchange: &Value) -> u64 {
        let path = exchange["request"]["path"].as_str().unwrap();
        let customers = recording["customers"].as_array().unwrap();
        let customer = customers
            .iter()
            .find(|customer| path.contains(customer["panel_sub_id"].as_str().unwrap()));
        let all = customer.unwrap()["links"].as_u64().unwrap();
        all - u64::from(exchange["name"] == "sub-one-inbound-disabled")
    }

    #[test]
    fn every_recorded_subscription_is_read_in_full() {
        let mut seen = 0;
        each_recorded_answer(|recording, exchange| {
            if exchange["response"]["status"] == 200
                && content_type(exchange).starts_with("text/plain")
            {
                let subscription = parse_recorded(exchange).unwrap();
                assert_eq!(subscription.links.len() as u64, expected_links(recording, exchange));
                assert!(subscription.other.is_empty());
                seen += 1;
            }
        });
        assert_eq!(seen, 52);
    }

    #[test]
    fn no_other_recorded_answer_is_a_subscription() {
        let mut kinds = Vec::new();
        each_recorded_answer(|_, exchange| {
            if exchange["response"]["status"] != 200
                || !content_type(exchange).starts_with("text/plain")
            {
                kinds.push(parse_recorded(exchange).unwrap_err().0);
            }
        });
        let count = |kind| kinds.iter().filter(|&&found| found == kind).count();
        assert_eq!(
            [BodyKind::Empty, BodyKind::Html, BodyKind::Json, BodyKind::Text].map(count),
            [6, 3, 1, 13]
        );
    }

    #[test]
    fn recorded_links_hold_the_secrets_of_their_customer() {
        each_recorded_answer(|recording, exchange| {
            let Ok(subscription) = parse_recorded(exchange) else { return };
            let path = exchange["request"]["path"].as_str().unwrap();
            let customers = recording["customers"].as_array().unwrap();
            let customer = customers
                .iter()
                .find(|customer| path.contains(customer["panel_sub_id"].as_str().unwrap()))
                .unwrap();
            for link in &subscription.links {
                let secrets = customer["client_uuid"].as_array().unwrap();
                assert!(secrets.iter().any(|secret| secret == link.secret()), "{link:?}");
            }
        });
    }

    #[test]
    fn two_recorded_answers_differ_only_in_what_identities_leave_out() {
        for recording in RECORDINGS {
            let recording: Value = serde_json::from_str(recording).unwrap();
            let [first, again] = ["sub-known", "sub-known-again"].map(|name| {
                let exchanges = recording["exchanges"].as_array().unwrap();
                parse_recorded(exchanges.iter().find(|exchange| exchange["name"] == name).unwrap())
                    .unwrap()
            });
            assert_ne!(first, again);
            let identities =
                |of: &Subscription| of.links.iter().map(ShareLink::identity).collect::<Vec<_>>();
            assert_eq!(identities(&first), identities(&again));
        }
    }

    #[test]
    fn recorded_remarks_lose_their_usage_text_and_nothing_else() {
        each_recorded_answer(|_, exchange| {
            let Ok(subscription) = parse_recorded(exchange) else { return };
            for remark in subscription.links.iter().map(ShareLink::remark) {
                let cut = crate::domain::remark::without_usage(remark);
                let (_, email) = cut.rsplit_once("-in").unwrap();
                assert!(email.ends_with(|one: char| one.is_ascii_hexdigit()), "{remark} {cut}");
                assert!(!cut.contains(['📊', '⏳']), "{remark} {cut}");
            }
        });
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_again(
            lines in prop::collection::vec("(vless|trojan|anytls)://[a-z0-9]{1,12}@[a-z]{1,9}:[1-9][0-9]{0,3}(#[a-zA-Z0-9%]{0,9})?", 1..9),
        ) {
            let body = encode(lines.iter().map(String::as_str));
            prop_assert_eq!(links(&body, false), lines.clone());
            prop_assert_eq!(links(&lines.join("\n"), false), lines);
        }

        #[test]
        fn no_text_panics(body: String, is_json: bool) {
            let _ = Subscription::parse(&body, is_json);
            let _ = Subscription::parse(&encode(std::iter::once(body.as_str())), is_json);
        }

        #[test]
        fn no_bytes_in_base64_panic(bytes: Vec<u8>) {
            use base64::Engine as _;
            let body = base64::engine::general_purpose::STANDARD.encode(bytes);
            let _ = Subscription::parse(&body, false);
            let _ = ShareLink::parse(&format!("vmess://{body}"));
            let _ = ShareLink::parse(&format!("ss://{body}"));
            let _ = ShareLink::parse(&format!("ss://{body}@h:1"));
        }
    }
}
