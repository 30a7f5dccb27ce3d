//! Whatever comes from elsewhere as text, in every shape: nothing panics, and what is read and written
//! again is the same.
//!
//! Each target is a test: it takes everything that lies in `__fuzz__/TARGET/corpus`, then so many
//! texts that are made up of the words of its own language. With `cargo install cargo-bolero` the same
//! targets are searched by coverage, for as long as one likes: `cargo bolero test --test fuzz
//! share_links`. What it finds goes into the corpus, and stays there.
//!
//! Requests and their headers are in `promises/wild_headers.rs`, against a real core.

use std::path::Path;
use std::sync::LazyLock;

use alamor::config::{Dotenv, Environment, KEYS, Settings, Source, Variable, rewrite};
use alamor::database::cipher::Cipher;
use alamor::domain::share_link::ShareLink;
use alamor::domain::subscription::{self, Subscription};
use secrecy::ExposeSecret as _;

/// Texts that are made up for each target.
const MADE_UP: usize = 3_000;

/// The text of some bytes; and what they spell, if each is a word or a letter.
fn texts(bytes: &[u8], words: &[&str]) -> [String; 2] {
    let spelled = bytes.iter().map(|&byte| match words.get(usize::from(byte)) {
        Some(word) => (*word).to_owned(),
        None => char::from(byte).to_string(),
    });
    [String::from_utf8_lossy(bytes).into_owned(), spelled.collect()]
}

const OF_LINKS: &[&str] = &[
    "vless://",
    "vmess://",
    "ss://",
    "trojan://",
    "hysteria2://",
    "hy2://",
    "tuic://",
    "tg://proxy?",
    "wireguard://",
    "@",
    ":",
    "443",
    "?",
    "&",
    "=",
    "#",
    "%",
    "%20",
    "[::1]",
    "h.example",
    "1-2,3",
    "security=reality",
    "sni=a",
    "sid=",
    "spx=",
    "port=1",
    "server=h",
    "secret=ee",
    "YWVzOnB3",
    "eyJhZGQiOiJoIiwicG9ydCI6MSwiaWQiOiJ1In0=",
    "\u{202E}",
    "é",
    "/",
];

#[test]
fn share_links() {
    bolero::check!().with_iterations(MADE_UP).for_each(|bytes: &[u8]| {
        for text in texts(bytes, OF_LINKS) {
            let Ok(link) = ShareLink::parse(&text) else { continue };
            assert_eq!(link.as_str(), text.trim());
            assert!(!link.secret().is_empty() && !link.as_str().contains(char::is_control));
            assert_eq!(ShareLink::parse(link.as_str()).unwrap(), link);
            for remark in [link.remark(), "", "سرور #%&\u{202E}\n"] {
                let renamed = link.with_remark(remark);
                assert_eq!(renamed.identity(), link.identity(), "{text:?} as {remark:?}");
                assert_eq!(renamed.endpoint(), link.endpoint(), "{text:?} as {remark:?}");
                assert_eq!(ShareLink::parse(renamed.as_str()).unwrap(), renamed);
            }
        }
    });
}

const OF_SUBSCRIPTIONS: &[&str] = &[
    "vless://u@h:1#r\n",
    "dmxlc3M6Ly91QGg6MSNy",
    "=",
    "==",
    "\n",
    "\r\n",
    " ",
    "{\"data\":\"",
    "\"}",
    "[\"",
    "\"]",
    "\",\"",
    "\u{FEFF}",
    "<",
    "-",
    "_",
    "+",
    "/",
    "base64:",
    "w6k=",
];

#[test]
fn subscriptions() {
    bolero::check!().with_iterations(MADE_UP).for_each(|bytes: &[u8]| {
        for text in texts(bytes, OF_SUBSCRIPTIONS) {
            let _ = subscription::decode_header(&text);
            for is_json in [false, true] {
                let Ok(read) = Subscription::parse(&text, is_json) else { continue };
                let links: Vec<&str> = read.links.iter().map(ShareLink::as_str).collect();
                assert!(!links.is_empty());
                let served = subscription::encode(links.iter().copied());
                let again = Subscription::parse(&served, false).unwrap();
                assert!(again.links.iter().map(ShareLink::as_str).eq(links), "{text:?}");
            }
        }
    });
}

/// Every setting's name, and what stands around names and values.
static OF_SETTINGS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let around = ["=", "\n", "'", "\"", "#", " ", "\\", "$", "${", "}", "export ", "\r", ",", ":"];
    let values = ["yes", "0", "7d", "http://", "127.0.0.1:8080", "sqlite:", "/a", "::1", "text"];
    KEYS.iter().map(|key| key.name).chain(around).chain(values).collect()
});

/// What is written in the place of the old one.
const FRESH: &str = "fresh-key-0123456789";

#[test]
fn settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    let key = KEYS.iter().find(|key| key.name == "ADMIN_API_KEY").unwrap();
    bolero::check!().with_iterations(MADE_UP / 10).for_each(|bytes: &[u8]| {
        for text in texts(bytes, &OF_SETTINGS) {
            let source = Source::of_text(Path::new("/nowhere/.env"), &text, Environment::default());
            // Settings or violations: both can be shown.
            let _ = format!("{:?}", Settings::load(&source));
            std::fs::write(&file, &text).unwrap();
            let rewritten = rewrite::rewrite(&file, &[(key, FRESH.into())]);
            let now = std::fs::read_to_string(&file).unwrap();
            if rewritten.is_err() {
                assert_eq!(now, text, "what was refused was written");
                continue;
            }
            let now = Dotenv::parse(&now, &Environment::default());
            assert_eq!(now.find(key.name).map(value), Some(FRESH.to_owned()), "{text:?}");
            // A value that names another one changes with it.
            let before = Dotenv::parse(&text, &Environment::default());
            let others = before.keys().filter(|name| *name != key.name && !text.contains('$'));
            for name in others {
                assert_eq!(now.find(name).map(value), before.find(name).map(value), "{text:?}");
            }
        }
    });
}

fn value(variable: &Variable) -> String {
    variable.value.expose_secret().to_owned()
}

/// The bot's key of the tests.
const FERNET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn fernet_tokens() {
    let cipher = Cipher::new(&FERNET.into()).unwrap();
    bolero::check!().with_iterations(MADE_UP).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let _ = Cipher::new(&text.as_str().into());
        if let Some(opened) = cipher.decrypt(&text) {
            // Nobody makes a token up: only those of the corpus open.
            assert!(["", "https://panel.example.net:2053/base"].contains(&&*opened), "{text:?}");
        }
        let token = cipher.encrypt(&text);
        assert_eq!(cipher.decrypt(&token).as_deref(), Some(&*text));
        let place = bytes.first().map_or(0, |&byte| usize::from(byte) % token.len());
        let mut other = token.clone().into_bytes();
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).unwrap();
        // The last letter has bits that say nothing.
        let is_meant = !token[place + 1..].trim_end_matches('=').is_empty();
        assert!(!is_meant || cipher.decrypt(&other).is_none(), "{place} of {token}");
    });
}
