//! Who did what, from where: noted in the audit.

use super::Core;
use super::update::now;
use crate::database::audit::Deed;
use crate::database::error::DbError;

/// Longer than any name of a user.
const MAX_BY: usize = 64;

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// A name, of whoever has the key: nobody checks it.
    pub(super) by: String,
    /// An address, or "here"; `None` for the core itself.
    pub(super) origin: Option<String>,
}

impl Who {
    /// The core, for one of its own tasks.
    pub(super) fn core(task: &str) -> Self {
        Self { by: task.to_owned(), origin: None }
    }

    /// Somebody who asks from there.
    pub(super) fn at(origin: String) -> Self {
        Self { by: String::new(), origin: Some(origin) }
    }

    /// As they say themselves.
    pub(super) fn named(self, by: &str) -> Self {
        Self { by: by.chars().filter(|c| !c.is_control()).take(MAX_BY).collect(), ..self }
    }
}

impl Core {
    /// Notes what was done. It is done: that it cannot be noted is no reason to call it failed.
    pub(super) async fn audit(&self, who: Who, action: &'static str, subject: String) {
        if let Err(error) = self.note(who, action, subject).await {
            tracing::warn!(%error, action, "What was done is not noted");
        }
    }

    /// Notes what is done only if it was noted.
    pub(super) async fn note(
        &self,
        who: Who,
        action: &'static str,
        subject: String,
    ) -> Result<(), DbError> {
        let Who { by, origin } = who;
        self.database.audit(now(), Deed { by, origin, action: action.into(), subject }).await
    }
}
