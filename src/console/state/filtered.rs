//! Which list a filter is written for.

use super::filter::{Filter, Mistake};
use super::item_filter::ItemFilter;
use super::panel_table::PanelFilter;
use crate::console::keymap::Screen;
use crate::console::lang::Messages;

/// A list that can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filtered {
    /// Narrows with every key.
    Purchases,
    /// Narrows with every key; all of it is here.
    Panels,
    /// Narrows with every key.
    Items,
    /// Opens another stream: counts from `enter` on.
    Log,
}

impl Filtered {
    /// The list of a screen; `None` where there is none.
    pub(crate) fn on(screen: Screen) -> Option<Self> {
        match screen {
            Screen::Purchases => Some(Self::Purchases),
            Screen::Panels => Some(Self::Panels),
            Screen::Job => Some(Self::Items),
            Screen::Logs => Some(Self::Log),
            _ => None,
        }
    }

    /// Whether a text is a filter of this list.
    ///
    /// # Errors
    ///
    /// [`Mistake`], the first one.
    pub(crate) fn check(self, text: &str) -> Result<(), Mistake> {
        match self {
            Self::Purchases => Filter::parse(text).map(drop),
            Self::Panels => PanelFilter::parse(text).map(drop),
            Self::Items => ItemFilter::parse(text).map(drop),
            Self::Log => Ok(()),
        }
    }

    /// What can be written, as long as nothing is.
    pub(crate) fn hint(self, say: &Messages) -> String {
        match self {
            Self::Purchases => say.filter_fields(),
            Self::Panels => say.filter_panel_fields(),
            Self::Items => say.filter_item_fields(),
            Self::Log => say.filter_log_fields(),
        }
    }
}
