//! The makes of panels that are simulated, and in what they differ.
//!
//! Every difference was read off recorded answers of the real panel (facts C14 and
//! C19 of src/ARCHITECTURE.md for the answers, C15 for the links, C16 for the usage text);
//! Marzban's off its documentation.

/// A make and version of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Make {
    /// 3x-ui 2.6.7: answers 200 with an empty body on web paths that it does not know.
    ThreeXui267,
    /// 3x-ui 2.8.11: the last line before CSRF; shows a page to browsers.
    ThreeXui2811,
    /// 3x-ui 3.0.2: an unknown subscription id is still 400.
    ThreeXui302,
    /// 3x-ui 3.6.0: an unknown subscription id is 404; other remarks, other escaping.
    ThreeXui360,
    /// Alireza's x-ui 1.12.0: its title is the subscription id.
    Alireza1120,
    /// Marzban 0.8: knows each customer by one id, has nothing of X-UI's API.
    Marzban,
}

impl Make {
    /// All of them, in the order of their age.
    pub const ALL: [Self; 6] = [
        Self::ThreeXui267,
        Self::ThreeXui2811,
        Self::ThreeXui302,
        Self::ThreeXui360,
        Self::Alireza1120,
        Self::Marzban,
    ];

    /// What the panel calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alireza1120 => "x-ui",
            Self::Marzban => "Marzban",
            _ => "3x-ui",
        }
    }

    /// The version that was recorded.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::ThreeXui267 => "2.6.7",
            Self::ThreeXui2811 => "2.8.11",
            Self::ThreeXui302 => "3.0.2",
            Self::ThreeXui360 => "3.6.0",
            Self::Alireza1120 => "1.12.0",
            Self::Marzban => "0.8.4",
        }
    }

    /// The status for a subscription id that it does not know: 400 with `Error!`, or 404, empty.
    #[must_use]
    pub fn unknown_status(self) -> u16 {
        if self.is_modern() { 404 } else { 400 }
    }

    /// Whether a client that is switched off on the panel still gets its links.
    #[must_use]
    pub fn lists_disabled(self) -> bool {
        matches!(self, Self::ThreeXui302 | Self::ThreeXui360 | Self::Marzban)
    }

    /// Whether `Accept: text/html` gets a page instead of the links.
    #[must_use]
    pub fn shows_page(self) -> bool {
        matches!(self, Self::ThreeXui2811 | Self::ThreeXui302 | Self::ThreeXui360 | Self::Marzban)
    }

    /// Whether it says `Profile-Web-Page-Url`, which names the panel and the subscription id.
    pub(super) fn names_itself(self) -> bool {
        self.shows_page() && self.has_api()
    }

    /// Whether it says `Routing-Enable`.
    pub(super) fn says_routing(self) -> bool {
        matches!(self, Self::ThreeXui2811 | Self::ThreeXui302)
    }

    /// Whether it is of the line with `allLinks`, or writes links as that one does: 404 for unknown
    /// ids, HEAD, remark templates, secrets percent-encoded in links, forwarded headers not trusted.
    pub(super) fn is_modern(self) -> bool {
        matches!(self, Self::ThreeXui360 | Self::Marzban)
    }

    /// Whether it has an admin API of the X-UI kind.
    #[must_use]
    pub fn has_api(self) -> bool {
        self != Self::Marzban
    }

    /// Whether one call gives every link.
    #[must_use]
    pub fn has_all_links(self) -> bool {
        self == Self::ThreeXui360
    }

    /// Whether it is of the 3.x line: a login needs a CSRF token, an API token opens the API, and
    /// five wrong passwords in five minutes lock out for fifteen.
    #[must_use]
    pub fn is_third(self) -> bool {
        matches!(self, Self::ThreeXui302 | Self::ThreeXui360)
    }

    /// Where the list of inbounds is, below the base path.
    #[must_use]
    pub fn list_path(self) -> &'static str {
        if self == Self::Alireza1120 { "/xui/API/inbounds/" } else { "/panel/api/inbounds/list" }
    }

    /// Whether its health is asked for by POST under `/server/status`.
    pub(super) fn posts_status(self) -> bool {
        matches!(self, Self::ThreeXui267 | Self::Alireza1120)
    }

    /// Whether the list holds settings as text with JSON in it, not as objects.
    pub(super) fn writes_settings_as_text(self) -> bool {
        self != Self::ThreeXui360
    }
}
