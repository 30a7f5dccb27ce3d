//! The words of the page that customers see, in the three languages of the bots' customers.
//!
//! A customer's browser says which; the console's messages are the operator's and stand elsewhere.

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// As HTML names the language.
    pub(super) lang: &'static str,
    pub(super) dir: &'static str,
    pub(super) title: &'static str,
    pub(super) scan: &'static str,
    pub(super) used: &'static str,
    pub(super) ends: &'static str,
    pub(super) never: &'static str,
    pub(super) unlimited: &'static str,
    pub(super) servers: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    dir: "ltr",
    title: "Subscription",
    scan: "Scan this in your app, or copy the address:",
    used: "Used",
    ends: "Ends",
    never: "never",
    unlimited: "unlimited",
    servers: "Servers",
};

const RUSSIAN: Words = Words {
    lang: "ru",
    dir: "ltr",
    title: "Подписка",
    scan: "Отсканируйте в приложении или скопируйте адрес:",
    used: "Израсходовано",
    ends: "Действует до",
    never: "бессрочно",
    unlimited: "без ограничений",
    servers: "Серверы",
};

const PERSIAN: Words = Words {
    lang: "fa",
    dir: "rtl",
    title: "اشتراک",
    scan: "این کد را در برنامه اسکن کنید یا نشانی را کپی کنید:",
    used: "مصرف شده",
    ends: "پایان",
    never: "بدون پایان",
    unlimited: "نامحدود",
    servers: "سرورها",
};

impl Words {
    /// Those of the first language in `Accept-Language` that there are any of.
    pub(super) fn choose(accepted: &str) -> Self {
        let languages = accepted.split(',').map(|entry| entry.trim().get(..2).unwrap_or_default());
        let known = languages.filter_map(|language| {
            [ENGLISH, RUSSIAN, PERSIAN]
                .into_iter()
                .find(|each| language.eq_ignore_ascii_case(each.lang))
        });
        known.into_iter().next().unwrap_or(ENGLISH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_there_is_counts() {
        assert_eq!(Words::choose("de-DE,de;q=0.9,fa-IR;q=0.8,en;q=0.7"), PERSIAN);
        assert_eq!(Words::choose("RU"), RUSSIAN);
        assert_eq!(Words::choose("*"), ENGLISH);
        assert_eq!(Words::choose("г"), ENGLISH);
    }
}
