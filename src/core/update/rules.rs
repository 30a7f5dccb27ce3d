//! How a purchase is judged: what the settings and the job want.

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// What to do with a purchase that would lose most of its links.
    pub(crate) on_loss: OnLoss,
    /// Whether anything is written.
    pub(crate) write: Writing,
    /// Whose name a link bears.
    pub(crate) name: Name,
    /// Whether usage text stays in names.
    pub(crate) usage: Usage,
}

/// What to do with a purchase that would lose most of its links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnLoss {
    /// Leave the item open: a job decides at its end.
    Hold,
    /// Keep the links; written when the same fewer links come again, ten minutes later or more.
    KeepUntilSeenAgain,
    /// Keep the links.
    Keep,
    /// Write all the same.
    Write,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    Real,
    DryRun,
}

/// Whose name a link bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    /// The one that customers see now.
    Kept,
    /// The panel's.
    Panels,
}

/// Whether usage text stays in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Cut,
    Shown,
}
