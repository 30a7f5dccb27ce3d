//! A moment, or none, in eight bytes: a hundred thousand purchases hold several of them each.

/// Unix milliseconds, or nothing; nothing is before every moment.
///
/// As large as the number: an `Option<i64>` is twice that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When(i64);

impl When {
    /// No moment. The earliest number stands for it: 292 million years ago nothing was fetched.
    pub const NEVER: Self = Self(i64::MIN);

    /// The moment, if there is one.
    #[must_use]
    pub const fn get(self) -> Option<i64> {
        match self.0 {
            i64::MIN => None,
            at => Some(at),
        }
    }
}

impl Default for When {
    fn default() -> Self {
        Self::NEVER
    }
}

impl From<Option<i64>> for When {
    fn from(at: Option<i64>) -> Self {
        at.map_or(Self::NEVER, Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_or_none_comes_out_as_it_went_in_and_in_the_same_order() {
        let moments = [None, Some(-1), Some(0), Some(i64::MAX)];
        assert!(moments.map(When::from).is_sorted());
        assert_eq!(moments.map(|at| When::from(at).get()), moments);
        assert_eq!(When::default().get(), None);
    }
}
