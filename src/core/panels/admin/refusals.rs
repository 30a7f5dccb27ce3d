//! What panels refused, remembered across restarts.
//!
//! Kept as a digest of address, user and password: whoever changes one of them may try again.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};

use crate::database::Database;
use crate::database::error::DbError;
use crate::database::panels::PanelAddress;
use crate::domain::ids::PanelId;

/// See the head of this file. Without a database nothing is remembered.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    database: Option<Arc<Database>>,
    known: Mutex<Option<HashMap<PanelId, String>>>,
    /// Of whom the database does not know it yet.
    unwritten: Mutex<BTreeSet<PanelId>>,
    /// One writer, so that the last thing that happened is the last that is written.
    writing: tokio::sync::Mutex<()>,
}

impl Refusals {
    /// Remembers in `database`.
    pub(crate) fn kept_in(database: Arc<Database>) -> Self {
        Self { database: Some(database), ..Self::default() }
    }

    /// Reads what earlier cores were refused; does nothing the second time.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub(crate) async fn load(&self) -> Result<(), DbError> {
        if let Some(database) = &self.database
            && self.known().is_none()
        {
            let loaded = database.load_refused().await?;
            self.known().get_or_insert(loaded);
        }
        Ok(())
    }

    /// Whether this is what the panel refused.
    pub(crate) fn has(&self, panel: PanelId, digest: &str) -> bool {
        let known = self.known();
        known.as_ref().and_then(|known| known.get(&panel)).is_some_and(|refused| refused == digest)
    }

    /// Remembers what the panel refused, or that it is forgiven (`None`).
    ///
    /// What cannot be written is remembered, and written by [`Refusals::write_left`].
    pub(crate) async fn note(&self, panel: PanelId, digest: Option<String>) {
        let is_known = {
            let mut known = self.known();
            let known = known.get_or_insert_default();
            let before = match &digest {
                Some(digest) => known.insert(panel, digest.clone()),
                None => known.remove(&panel),
            };
            before == digest
        };
        if !is_known {
            self.unwritten().insert(panel);
            self.write_left().await;
        }
    }

    /// Writes what could not be written so far.
    pub(crate) async fn write_left(&self) {
        let Some(database) = &self.database else { return };
        let _writing = self.writing.lock().await;
        let left: Vec<PanelId> = self.unwritten().iter().copied().collect();
        for panel in left {
            // Taken out before: what happens while it is written is written once more.
            self.unwritten().remove(&panel);
            let now = self.known().as_ref().and_then(|known| known.get(&panel).cloned());
            if let Err(error) = database.note_refused(panel, now).await {
                self.unwritten().insert(panel);
                tracing::debug!(%error, "What the panel refused is written later");
            }
        }
    }

    fn unwritten(&self) -> MutexGuard<'_, BTreeSet<PanelId>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Option<HashMap<PanelId, String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells one address, user, password and token from others, without holding them.
pub(crate) fn digest(address: &PanelAddress, token: Option<&str>) -> String {
    let mut hash = Sha256::new();
    let (user, password) = (address.username.expose_secret(), address.password.expose_secret());
    for field in [address.panel_url.as_str(), user, password, token.unwrap_or_default()] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    hash.finalize().iter().take(8).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::cipher::Cipher;
    use crate::database::lock::Owner;
    use crate::database::new::create;
    use crate::database::place::Place;

    fn address(password: &str) -> PanelAddress {
        PanelAddress {
            panel_url: "http://h/base".to_owned(),
            username: "admin".into(),
            password: password.into(),
            subscription_base_url: String::new(),
            subscription_path_prefix: String::new(),
        }
    }

    #[tokio::test]
    async fn what_was_refused_is_known_until_it_changes_or_is_forgiven() {
        let refusals = Refusals::default();
        let (one, other) = (digest(&address("a"), None), digest(&address("b"), None));
        assert_ne!(one, other);
        assert_ne!(one, digest(&address("a"), Some("token")));
        refusals.note(PanelId(1), Some(one.clone())).await;
        assert!(refusals.has(PanelId(1), &one));
        assert!(!refusals.has(PanelId(1), &other) && !refusals.has(PanelId(2), &one));
        refusals.note(PanelId(1), None).await;
        assert!(!refusals.has(PanelId(1), &one));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        create(&path).await.unwrap();
        let open = async || {
            let cipher = Cipher::new(&"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into());
            let owner = Owner { pid: 1, role: "serve".to_owned(), url: String::new() };
            Arc::new(Database::open(Place::file(&path), cipher, &owner).await.unwrap())
        };
        let closed = open().await;
        closed.close().await;
        let mut refusals = Refusals::kept_in(closed);
        refusals.note(PanelId(1), Some("digest".to_owned())).await;
        let database = open().await;
        refusals.database = Some(Arc::clone(&database));
        refusals.write_left().await;
        assert_eq!(database.load_refused().await.unwrap()[&PanelId(1)], "digest");
        assert!(refusals.unwritten().is_empty());
    }
}
