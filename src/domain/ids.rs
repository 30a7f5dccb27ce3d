//! Names and numbers that must not be mixed up.

use std::fmt;

/// A row of the bot's `purchases`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurchaseId(pub i64);

/// A row of the bot's `servers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PanelId(pub i64);

/// A row of the bot's `profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileId(pub i64);

/// One of our jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

/// The id in a path is not a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANumber;

impl PurchaseId {
    /// Reads an id as the old server did: with a sign, blanks around it, `_` between digits, and
    /// the decimal digits of any script.
    ///
    /// `Ok(None)` is a whole number that no row can have.
    ///
    /// # Errors
    ///
    /// [`NotANumber`] if `raw` is no decimal whole number.
    ///
    /// # Source
    ///
    /// Python's `int()`; fact C2 of the architecture page.
    pub fn parse(raw: &str) -> Result<Option<Self>, NotANumber> {
        let text = raw.trim();
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if digits.is_empty()
            || digits.starts_with('_')
            || digits.ends_with('_')
            || digits.contains("__")
        {
            return Err(NotANumber);
        }
        let mut value: Option<i64> = Some(0);
        for digit in digits.chars().filter(|&digit| digit != '_') {
            let digit = decimal_digit(digit).ok_or(NotANumber)?;
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        Ok(value.filter(|&value| !negative && value > 0).map(Self))
    }
}

/// First digits of the decimal digit blocks that customers' keyboards produce.
///
/// # Source
///
/// Unicode 16, general category Nd: ASCII, Arabic-Indic, Extended Arabic-Indic (Persian),
/// Devanagari, Bengali, Thai, fullwidth.
const ZEROS: [char; 7] = ['0', '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{E50}', '\u{FF10}'];

fn decimal_digit(digit: char) -> Option<i64> {
    ZEROS.iter().find_map(|&zero| {
        let value = u32::from(digit).checked_sub(u32::from(zero))?;
        (value < 10).then_some(i64::from(value))
    })
}

/// The credential of a subscriber: whoever has it, has the links.
///
/// Never printed: `Debug` and `Display` show its ends only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubId(Box<str>);

impl SubId {
    /// `None` if the bot stored none: `NULL` or empty text.
    #[must_use]
    pub fn new(raw: Option<&str>) -> Option<Self> {
        raw.filter(|raw| !raw.is_empty()).map(|raw| Self(raw.into()))
    }

    /// The credential itself, for a request to a panel or an answer that may hold it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Two characters from each end; nothing of a short one.
    #[must_use]
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        match chars.as_slice() {
            [a, b, .., y, z] if chars.len() >= 8 => format!("{a}{b}…{y}{z}"),
            _ => "…".to_owned(),
        }
    }
}

impl fmt::Debug for SubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubId({})", self.masked())
    }
}

impl fmt::Display for SubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

macro_rules! shown_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
shown_as_number!(PurchaseId, PanelId, ProfileId, JobId);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Result<Option<i64>, NotANumber>) {
        assert_eq!(PurchaseId::parse(raw), expected.map(|id| id.map(PurchaseId)), "{raw:?}");
    }

    #[test]
    fn an_id_is_read_as_the_old_server_read_it() {
        check("7", Ok(Some(7)));
        check("+5", Ok(Some(5)));
        check(" 5 ", Ok(Some(5)));
        check("1_0", Ok(Some(10)));
        check("\u{661}", Ok(Some(1)));
        check("abc", Err(NotANumber));
        check("1.5", Err(NotANumber));
        check("0x1", Err(NotANumber));
        check("", Err(NotANumber));
        check("+", Err(NotANumber));
        check("_1", Err(NotANumber));
        check("1__0", Err(NotANumber));
        check("-1", Ok(None));
        check("0", Ok(None));
        check("99999999999999999999", Ok(None));
    }

    #[test]
    fn a_subscription_id_is_never_printed() {
        let id = SubId::new(Some("affb5d095b2d37f4")).unwrap();
        assert_eq!(format!("{id} {id:?}"), "af…f4 SubId(af…f4)");
        assert_eq!(SubId::new(Some("short")).unwrap().to_string(), "…");
    }
}
