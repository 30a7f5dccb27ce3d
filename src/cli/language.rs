//! Which language results are in, and its plural forms.

use super::args::Lang;

/// The language that was asked for, else the locale's, else English.
pub(super) fn choose(asked: Option<Lang>) -> Lang {
    asked.unwrap_or_else(|| match sys_locale::get_locale() {
        Some(locale) if locale.starts_with("ru") => Lang::Ru,
        _ => Lang::En,
    })
}

/// `12 ссылок`, `1 link`.
pub(super) fn links(lang: Lang, count: u64) -> String {
    let noun = match lang {
        Lang::Ru => russian(count, "ссылка", "ссылки", "ссылок"),
        Lang::En if count == 1 => "link",
        Lang::En => "links",
    };
    format!("{count} {noun}")
}

/// The Russian form of a noun after a whole number.
///
/// # Source
///
/// Unicode CLDR, plural rules for `ru`: one, few, many.
fn russian(count: u64, one: &'static str, few: &'static str, many: &'static str) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_counts_links() {
        let counted = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111].map(|n| links(Lang::Ru, n));
        assert_eq!(
            counted,
            [
                "0 ссылок",
                "1 ссылка",
                "2 ссылки",
                "4 ссылки",
                "5 ссылок",
                "11 ссылок",
                "12 ссылок",
                "14 ссылок",
                "21 ссылка",
                "22 ссылки",
                "25 ссылок",
                "101 ссылка",
                "111 ссылок",
            ]
        );
    }

    #[test]
    fn english_has_two_forms() {
        assert_eq!([0, 1, 2].map(|n| links(Lang::En, n)), ["0 links", "1 link", "2 links"]);
    }
}
