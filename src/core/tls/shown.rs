//! The certificate that handshakes show.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// One pair at a time, the same for whatever name is asked; none while the first one is ordered.
pub(super) struct Shown(RwLock<Option<Arc<CertifiedKey>>>);

impl Shown {
    pub(super) fn new(pair: Option<Arc<CertifiedKey>>) -> Self {
        Self(RwLock::new(pair))
    }

    /// Shows another one from the next handshake on.
    pub(super) fn put(&self, pair: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(pair);
    }

    /// Whether this is the certificate, with its chain, that is shown.
    pub(super) fn is(&self, pair: &CertifiedKey) -> bool {
        self.get().is_some_and(|shown| shown.cert == pair.cert)
    }

    fn get(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get()
    }
}

/// The key stays where it is.
impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}
