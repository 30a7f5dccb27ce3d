//! In which forms a text may stand in a link, and which of them fit what was seen.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::base64_text::Kind;

/// One way of writing a text into a link. `None` if it cannot write this one.
pub(super) trait Write: Copy + PartialEq {
    fn write(self, text: &str) -> Option<String>;

    /// Whether every form writes this text as it is: most secrets are such texts.
    fn all_leave(_text: &str) -> bool {
        false
    }

    /// What is written, without what a form puts around the whole of it.
    fn within(written: &str) -> &str {
        written
    }
}

/// The forms that fit all that was seen; at least one.
#[derive(Clone)]
pub(super) struct Forms<F>(Vec<F>);

impl<F: Write> Forms<F> {
    /// Those of `all` that write `text` as it is `written`. `None` if there is none.
    pub(super) fn learn(all: &[F], text: &str, written: &str) -> Option<Self> {
        Self(all.to_vec()).fitting(text, written)
    }

    pub(super) fn fitting(mut self, text: &str, written: &str) -> Option<Self> {
        self.0.retain(|form| form.write(text).as_deref() == Some(written));
        (!self.0.is_empty()).then_some(self)
    }

    /// The text as every form writes it. `None` if two write it differently.
    pub(super) fn write(&self, text: &str) -> Option<String> {
        let (first, others) = self.0.split_first()?;
        if F::all_leave(text) {
            return Some(text.to_owned());
        }
        let written = first.write(text)?;
        let agreed = others.iter().all(|form| form.write(text).as_ref() == Some(&written));
        agreed.then_some(written)
    }

    /// The forms that both have.
    pub(super) fn both(&self, other: &Self) -> Option<Self> {
        let both: Vec<F> = self.0.iter().copied().filter(|form| other.0.contains(form)).collect();
        (!both.is_empty()).then_some(Self(both))
    }

    /// This form alone, where it is one of them.
    pub(super) fn preferring(&self, form: F) -> Self {
        if self.0.contains(&form) { Self(vec![form]) } else { self.clone() }
    }
}

impl Forms<Kind> {
    /// Writes behind what there is. `None` if two forms write it differently.
    pub(super) fn write_to(&self, written: &mut String, text: &str) -> Option<()> {
        let (first, others) = self.0.split_first()?;
        let start = written.len();
        first.encode_to(written, text);
        others.iter().all(|other| first.is_also(*other, &written[start..])).then_some(())
    }
}

impl Write for Kind {
    fn write(self, text: &str) -> Option<String> {
        Some(self.encode(text))
    }
}

/// How a text is written into a user info or a fragment.
///
/// # Source
///
/// Go's `net/url`, JavaScript's `encodeURIComponent`, and the recorded links of five panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escaping {
    /// As it is.
    Raw,
    /// What becomes of a raw text when Go reads a whole link and writes it again.
    GoUserinfo,
    /// Go's `url.PathEscape`.
    GoSegment,
    /// Go's `url.QueryEscape`: a blank is a `+`.
    GoQuery,
    /// The same, with `%20`.
    Component,
    /// JavaScript's `encodeURIComponent`.
    Script,
    /// The fragment of Go's `url.URL`.
    GoFragment,
    /// The same with a literal `'`.
    QuotedFragment,
}

impl Escaping {
    /// What may stand before the `@`.
    pub(super) const OF_USERINFO: [Self; 6] = [
        Self::Raw,
        Self::GoUserinfo,
        Self::GoSegment,
        Self::GoQuery,
        Self::Component,
        Self::Script,
    ];

    /// What may stand after the `#`.
    pub(super) const OF_FRAGMENT: [Self; 7] = [
        Self::Raw,
        Self::GoFragment,
        Self::QuotedFragment,
        Self::GoSegment,
        Self::GoQuery,
        Self::Component,
        Self::Script,
    ];
}

/// All but the letters that RFC 3986 calls unreserved.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const SCRIPT: &AsciiSet =
    &COMPONENT.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

const USERINFO: &AsciiSet =
    &COMPONENT.remove(b'$').remove(b'&').remove(b'+').remove(b',').remove(b';').remove(b'=');

const SEGMENT: &AsciiSet =
    &COMPONENT.remove(b'$').remove(b'&').remove(b'+').remove(b'=').remove(b':').remove(b'@');

const FRAGMENT: &AsciiSet = &USERINFO
    .remove(b'/')
    .remove(b':')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

const QUOTED: &AsciiSet = &FRAGMENT.remove(b'\'');

impl Write for Escaping {
    fn write(self, text: &str) -> Option<String> {
        let escaped = |set| utf8_percent_encode(text, set).to_string();
        Some(match self {
            Self::Raw => text.to_owned(),
            Self::GoUserinfo => return go_userinfo(text),
            Self::GoSegment => escaped(SEGMENT),
            Self::GoQuery => escaped(COMPONENT).replace("%20", "+"),
            Self::Component => escaped(COMPONENT),
            Self::Script => escaped(SCRIPT),
            Self::GoFragment => escaped(FRAGMENT),
            Self::QuotedFragment => escaped(QUOTED),
        })
    }

    fn all_leave(text: &str) -> bool {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    }
}

/// Up to the first `/` Go takes a raw password for a host and leaves it as it is; without one it
/// takes what stands before the first `:` for a user, and escapes both. Other texts it refuses.
fn go_userinfo(text: &str) -> Option<String> {
    let plain = |one: char| one.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=@/".contains(one);
    if !text.chars().all(plain) {
        return None;
    }
    if text.contains('/') {
        return Some(text.to_owned());
    }
    let parts = text.splitn(2, ':').map(|part| utf8_percent_encode(part, USERINFO).to_string());
    Some(parts.collect::<Vec<_>>().join(":"))
}

/// How a text is written into JSON, with its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonText {
    /// Go's `encoding/json`: safe inside HTML.
    Go,
    /// Nothing but what must be escaped.
    Plain,
    /// Everything outside of ASCII as `\uXXXX`.
    Ascii,
}

impl JsonText {
    pub(super) const ALL: [Self; 3] = [Self::Go, Self::Plain, Self::Ascii];

    fn escapes(self, one: char) -> bool {
        match self {
            Self::Go => matches!(one, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
            Self::Plain => false,
            Self::Ascii => !one.is_ascii(),
        }
    }
}

impl Write for JsonText {
    fn write(self, text: &str) -> Option<String> {
        let plain = serde_json::to_string(text).ok()?;
        if !plain.chars().any(|one| self.escapes(one)) {
            return Some(plain);
        }
        let mut written = String::with_capacity(plain.len());
        for one in plain.chars() {
            if self.escapes(one) {
                let mut units = [0; 2];
                for unit in one.encode_utf16(&mut units) {
                    write!(written, "\\u{unit:04x}").ok()?;
                }
            } else {
                written.push(one);
            }
        }
        Some(written)
    }

    fn within(written: &str) -> &str {
        written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(escaping: Escaping, text: &str, expected: Option<&str>) {
        assert_eq!(escaping.write(text).as_deref(), expected, "{escaping:?} of {text:?}");
    }

    #[test]
    fn a_text_is_written_as_the_panels_write_it() {
        check(Escaping::GoUserinfo, "9f9ec9a0f4/+=", Some("9f9ec9a0f4/+="));
        check(Escaping::GoUserinfo, "a+b=!c", Some("a+b=%21c"));
        check(Escaping::GoUserinfo, "a@b:c:d", Some("a%40b:c%3Ad"));
        check(Escaping::GoUserinfo, "a b", None);
        check(Escaping::GoQuery, "9f9 c/+=", Some("9f9+c%2F%2B%3D"));
        check(Escaping::Component, "9f9 c/+=", Some("9f9%20c%2F%2B%3D"));
        check(Escaping::GoSegment, "a/b+c=d:e@f", Some("a%2Fb+c=d:e@f"));
        check(Escaping::GoFragment, "FR/Trojan gRPC,'", Some("FR/Trojan%20gRPC,%27"));
        check(Escaping::QuotedFragment, "FR/Trojan gRPC,'", Some("FR/Trojan%20gRPC,'"));
        check(Escaping::Script, "a!/", Some("a!%2F"));
    }

    #[test]
    fn json_is_written_as_go_and_others_write_it() {
        let check = |form: JsonText, expected: &str| {
            assert_eq!(form.write("a<&\"آ🇩").as_deref(), Some(expected));
        };
        check(JsonText::Go, r#""a\u003c\u0026\"آ🇩""#);
        check(JsonText::Plain, r#""a<&\"آ🇩""#);
        check(JsonText::Ascii, r#""a<&\"\u0622\ud83c\udde9""#);
    }

    #[test]
    fn what_all_leave_every_form_writes_as_it_is() {
        let text = "301b134f-402c.414e_ac57~dC";
        assert!(Escaping::all_leave(text) && !Escaping::all_leave("a:b"));
        for form in Escaping::OF_USERINFO.into_iter().chain(Escaping::OF_FRAGMENT) {
            check(form, text, Some(text));
        }
    }

    #[test]
    fn what_two_forms_write_differently_is_not_written() {
        let forms = Forms::learn(&Escaping::OF_USERINFO, "a+", "a+").unwrap();
        assert_eq!(forms.write("b+c").as_deref(), Some("b+c"));
        assert_eq!(forms.write("b/c"), None, "raw, or a segment?");
        let forms = forms.fitting("a/", "a/").unwrap();
        assert_eq!(forms.write("b/c").as_deref(), Some("b/c"));
        assert!(forms.fitting("a/", "a%2F").is_none());
    }
}
