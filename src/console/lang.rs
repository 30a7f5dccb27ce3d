//! The languages that are spoken, and what is said in them.
//!
//! ```text
//! --lang, ALAMOR_LANG, LC_ALL, LC_MESSAGES, LANG ─▶ Lang ─▶ say() ─▶ Messages ─▶ say.links(3, "3")
//! ```
//!
//! The messages stand in `assets/lang`, a folder for each language; `src/build.rs` makes a function
//! of each. Numbers come in twice: as `n`, which chooses the plural form, and written by `format`.
//!
//! Invariants:
//! - Every message exists in every language with the same variables, or nothing compiles.
//! - Text is in logical order; nothing here turns it round, since terminals differ in that.
//!
//! Deliberately absent: a global language. Whoever says something is told in which.

use std::sync::LazyLock;

#[expect(
    clippy::pedantic,
    clippy::derivable_impls,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "generated"
)]
mod messages {
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

/// Everything that can be said in one language.
pub(crate) use messages::L10nLanguage as Messages;

use messages::L10n;

/// A language of the console and of what commands print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
    /// Persian.
    Fa,
}

static ENGLISH: LazyLock<Messages> = LazyLock::new(|| L10n::En.load());
static RUSSIAN: LazyLock<Messages> = LazyLock::new(|| L10n::Ru.load());
static PERSIAN: LazyLock<Messages> = LazyLock::new(|| L10n::Fa.load());

impl Lang {
    /// What can be said in it. Read at the first call.
    pub(crate) fn say(self) -> &'static Messages {
        match self {
            Self::En => &ENGLISH,
            Self::Ru => &RUSSIAN,
            Self::Fa => &PERSIAN,
        }
    }

    /// The language of a locale's name: `ru`, `ru_RU.UTF-8`; `None` for others.
    #[must_use]
    pub fn parse(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ru" => Some(Self::Ru),
            "fa" => Some(Self::Fa),
            _ => None,
        }
    }

    /// What the environment says; `variable` reads one of its variables. English if it says nothing.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let chosen = set("ALAMOR_LANG").as_deref().and_then(Self::parse);
        let locale = || set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        chosen.or_else(|| Self::parse(&locale()?)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(environment: &[(&str, &str)], expected: Lang) {
        let found = Lang::detect(|name| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(found, expected, "{environment:?}");
    }

    #[test]
    fn the_environment_chooses_the_language() {
        check(&[], Lang::En);
        check(&[("LANG", "ru_RU.UTF-8")], Lang::Ru);
        check(&[("LANG", "ru_RU.UTF-8"), ("LC_MESSAGES", "fa_IR")], Lang::Fa);
        check(&[("LANG", "fa"), ("LC_ALL", "C.UTF-8")], Lang::En);
        check(&[("LANG", "fa"), ("ALAMOR_LANG", "ru")], Lang::Ru);
        check(&[("LANG", "de_DE.UTF-8")], Lang::En);
        check(&[("LANG", "run"), ("LC_ALL", "")], Lang::En);
    }

    #[test]
    fn nouns_agree_with_their_number() {
        let links = |lang: Lang| {
            [0_u64, 1, 2, 5, 11, 21, 22, 111].map(|n| lang.say().links(n, n.to_string()))
        };
        let russian = [
            "0 ссылок",
            "1 ссылка",
            "2 ссылки",
            "5 ссылок",
            "11 ссылок",
            "21 ссылка",
            "22 ссылки",
            "111 ссылок",
        ];
        assert_eq!(links(Lang::Ru), russian);
        assert_eq!(links(Lang::En)[..3], ["0 links", "1 link", "2 links"]);
        assert_eq!(links(Lang::Fa)[..2], ["0 لینک", "1 لینک"]);
    }

    /// The messages of a language: its files, one after the other.
    fn files(lang: &str) -> String {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lang").join(lang);
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    fn ids(text: &str) -> Vec<&str> {
        let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let lines = text.lines().filter(starts);
        let mut ids: Vec<_> = lines.filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn every_message_exists_in_every_language() {
        let english = files("en");
        for lang in ["ru", "fa"] {
            assert_eq!(ids(&files(lang)), ids(&english), "{lang}");
        }
    }

    #[test]
    fn every_message_is_said_somewhere() {
        let mut source = String::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![root.join("console"), root.join("cli")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    source += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        let english = files("en");
        let is_said = |id: &&str| {
            let name = id.replace('-', "_");
            [format!(".{name}("), format!("M::{name}"), format!("Messages::{name}")]
                .iter()
                .any(|call| source.contains(call))
        };
        let unsaid: Vec<_> = ids(&english).into_iter().filter(|id| !is_said(id)).collect();
        assert_eq!(unsaid, [] as [&str; 0]);
    }
}
