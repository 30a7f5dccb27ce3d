//! What a customer sees who opens the address in a browser.
//!
//! Invariants:
//! - No scripts, nothing from elsewhere, and the browser is told to load neither.
//! - What stands in links and addresses is text: it never becomes part of the page.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::svg;
use sha2::{Digest, Sha256};

use super::words::Words;
use crate::core::memory::Unpacked;
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{USAGE_HEADER, usage_number};

/// How the page looks: readable on a telephone, in light and in darkness.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem}ol{padding-inline-start:1.5rem}\
svg{display:block;width:min(16rem,100%);height:auto;margin:1rem auto;background:#fff}\
code{display:block;direction:ltr;text-align:left;user-select:all;\
padding:.5rem;border:1px solid #8888;border-radius:.3rem;font-size:.8rem}\
li{margin:.7rem 0}dt{font-weight:bold}dd{margin:0 0 .5rem}";

/// What the browser may do with the page: show it in this style.
pub(super) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) words: Words,
    /// What apps fetch.
    pub(super) address: &'a str,
    pub(super) subscription: &'a Unpacked,
    /// When the bot says that the purchase ends, in Unix milliseconds.
    pub(super) ends_at: Option<i64>,
}

/// Draws the page.
pub(super) fn draw(shown: &Shown<'_>) -> String {
    let words = shown.words;
    let Words { lang, dir, title, .. } = words;
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
    );
    let usage = Usage::of(shown.subscription);
    let ends = usage.ends_s.or(shown.ends_at.map(|ms| ms / 1000));
    let ends = match ends.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        Some(at) => at.strftime("%Y-%m-%d").to_string(),
        None => words.never.to_owned(),
    };
    page += "<dl>";
    if let Some(used) = usage.used(words) {
        let _ = write!(page, "<dt>{}</dt><dd><bdi>{used}</bdi></dd>", words.used);
    }
    let _ =
        write!(page, "<dt>{}</dt><dd><bdi>{ends}</bdi></dd></dl><p>{}</p>", words.ends, words.scan);
    page += &code(shown.address);
    let _ = write!(page, "<code>{}</code><h2>{}</h2><ol>", Text(shown.address), words.servers);
    for line in shown.subscription.links() {
        let name = ShareLink::parse(line).map(|link| link.remark().to_owned()).unwrap_or_default();
        let _ = write!(page, "<li><bdi>{}</bdi><code>{}</code></li>", Text(&name), Text(line));
    }
    page + "</ol></body></html>"
}

/// The address as a QR code; nothing if it is too long for one.
fn code(address: &str) -> String {
    let Ok(code) = QrCode::new(address) else { return String::new() };
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    // What stands before it is for files of their own.
    drawn.find("<svg").and_then(|at| drawn.get(at..)).unwrap_or_default().to_owned()
}

/// What was used, as the panels say (fact C14).
#[derive(Debug, Default, PartialEq, Eq)]
struct Usage {
    used: Option<u64>,
    /// 0 is unlimited.
    total: u64,
    ends_s: Option<i64>,
}

impl Usage {
    fn of(subscription: &Unpacked) -> Self {
        let said = subscription.headers().find(|(name, _)| *name == USAGE_HEADER);
        said.map(|(_, value)| Self::parse(value)).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let number = |name| usage_number(text, name);
        let used = number("upload").zip(number("download"));
        Self {
            used: used.map(|(up, down)| up.saturating_add(down)),
            total: number("total").unwrap_or(0),
            ends_s: number("expire").filter(|end| *end > 0).and_then(|end| end.try_into().ok()),
        }
    }

    fn used(&self, words: Words) -> Option<String> {
        let of = match self.total {
            0 => words.unlimited.to_owned(),
            total => gigabytes(total),
        };
        self.used.map(|used| format!("{} / {of}", gigabytes(used)))
    }
}

/// With one digit, as the panels and the bot count: 1 GB is 1 024 MB.
fn gigabytes(bytes: u64) -> String {
    const GIGABYTE: u64 = 1 << 30;
    let tenths = u128::from(bytes) * 10 / u128::from(GIGABYTE);
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// Text inside HTML, without signs that nobody sees.
struct Text<'a>(&'a str);

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for each in self.0.chars() {
            match each {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                each if each.is_control() => {}
                each => f.write_char(each)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_as_panels_say_it() {
        let usage = Usage::parse("upload=1073741824; download=536870912; total=0; expire=0");
        assert_eq!(usage, Usage { used: Some(1_610_612_736), total: 0, ends_s: None });
        let words = Words::choose("en");
        assert_eq!(usage.used(words).as_deref(), Some("1.5 GB / unlimited"));
        let usage = Usage::parse("upload=0; download=0; total=107374182400; expire=1800000000");
        assert_eq!(usage.used(words).as_deref(), Some("0.0 GB / 100.0 GB"));
        assert_eq!(usage.ends_s, Some(1_800_000_000));
        assert_eq!(Usage::parse("nonsense"), Usage::default());
    }

    #[test]
    fn text_is_no_part_of_the_page() {
        let text = Text("<script>alert('1')</script>&\"\u{7}").to_string();
        assert_eq!(text, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;");
    }

    #[test]
    fn a_code_is_a_picture_without_anything_else() {
        let code = code("https://sub.example.net/sub/abc");
        assert!(code.starts_with("<svg ") && code.ends_with("</svg>"), "{code}");
        assert!(!code.contains("style"));
        assert_eq!(super::code(&"x".repeat(10_000)), "");
    }
}
