//! An authority with an intermediate one, and what they sign, as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::RootCertStore;

/// The name that every certificate here is for.
pub const NAME: &str = "sub.example.net";

/// A root, and one between it and whatever is issued.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    between: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its chain, and its key, in PEM; and what tells it from others.
pub struct Issued {
    pub chain: String,
    pub key: String,
    pub der: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params
        };
        let root = KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority("Test Root"), root).unwrap();
        let between = KeyPair::generate().unwrap();
        let between = CertifiedIssuer::signed_by(authority("Test R1"), between, &root).unwrap();
        Self { root, between }
    }

    /// What trusts the root, and nothing between.
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der().clone()).unwrap();
        roots
    }

    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// One that is valid for 90 days from now on.
    pub fn issue(&self) -> Issued {
        self.issue_until(90)
    }

    /// One that ends so many days from now; it began 91 days ago.
    pub fn issue_until(&self, days: i64) -> Issued {
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        let at = |from_now: i64| {
            let seconds = jiff::Timestamp::now().as_second() + from_now * 24 * 3600;
            date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds.try_into().unwrap())
        };
        (params.not_before, params.not_after) = (at(-91), at(days));
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.between).unwrap();
        let chain = leaf.pem() + &self.between.pem();
        Issued { chain, key: key.serialize_pem(), der: leaf.der().to_vec() }
    }
}

/// Where a core finds its pair.
pub struct Files(pub PathBuf);

impl Files {
    /// The lines of the settings.
    pub fn settings(&self) -> String {
        let at = |name: &str| self.0.join(name).display().to_string();
        format!("TLS_CERT_FILE={}\nTLS_KEY_FILE={}", at("fullchain.pem"), at("privkey.pem"))
    }

    /// Puts a pair there, one file after the other, as certbot does.
    pub fn put(&self, issued: &Issued) {
        self.put_certificate(issued);
        replace(&self.0.join("privkey.pem"), &issued.key);
    }

    /// Puts the certificate there alone.
    pub fn put_certificate(&self, issued: &Issued) {
        replace(&self.0.join("fullchain.pem"), &issued.chain);
    }
}

/// Nobody sees half a file.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}
