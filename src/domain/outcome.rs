//! How an item ended, and which of the operator's three counters it is in.

/// How one item, or one panel's part of it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Every panel answered, links differ.
    Updated,
    /// Every panel answered, links are the same.
    Unchanged,
    /// Some panels gave their links; of the others the last good slices were kept.
    Partial,
    /// No panel could be reached, or the purchase is held; the last good slices were kept.
    Kept,
    /// A panel answered and refused or made no sense, or the purchase cannot be updated.
    Failed,
}

/// The three counters of the bot's button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CountAs {
    /// Links are what the panels say now.
    Success,
    /// Somebody has to look.
    Failed,
    /// A panel that could not be reached is missing.
    ConnectionError,
}

macro_rules! words {
    ($name:ident: $($variant:ident = $text:literal),*) => {
        impl $name {
            /// The word on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Reads the word back.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words!(Outcome: Updated = "updated", Unchanged = "unchanged", Partial = "partial", Kept = "kept", Failed = "failed");
words!(CountAs: Success = "success", Failed = "failed", ConnectionError = "connection_error");

/// The running totals of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Items that count as success.
    pub success: u64,
    /// Items that count as failed.
    pub failed: u64,
    /// Items that count as a connection error.
    pub connection_error: u64,
}

impl Tally {
    /// Counts one item more.
    pub fn add(&mut self, count_as: CountAs) {
        match count_as {
            CountAs::Success => self.success += 1,
            CountAs::Failed => self.failed += 1,
            CountAs::ConnectionError => self.connection_error += 1,
        }
    }

    /// How many items have ended.
    #[must_use]
    pub fn done(self) -> u64 {
        self.success + self.failed + self.connection_error
    }
}
