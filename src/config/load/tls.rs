//! TLS of the core's own.
//!
//! Deliberately absent: whether the files are there, and what is in them.

use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::settings::PairFiles;
use crate::config::source::Source;

pub(super) fn read_tls(read: &mut Reader<'_>, source: &Source) -> Result<Option<PairFiles>, Told> {
    let path = |text: &str| Ok(source.folder().join(text));
    let certificate = read.optional(&keys::TLS_CERT_FILE, path)?;
    let Some((_, place)) = read.find(&keys::TLS_KEY_FILE) else { return Ok(None) };
    let key = read.optional(&keys::TLS_KEY_FILE, path)?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(PairFiles { certificate, key })),
        (None, _) => {
            let what = "is missing: TLS_KEY_FILE is set, and serves nothing without it";
            Err(read.tell(&keys::TLS_CERT_FILE, place, what, "fullchain.pem"))
        }
        (Some(_), None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn tls_of_the_cores_own_needs_both_files() {
        let tls = |text: &str| load(text).unwrap().tls;
        assert_eq!(tls(""), None);
        assert_eq!(tls("TLS_CERT_FILE=a.pem"), None, "nginx's");
        let own = tls("TLS_CERT_FILE=tls/a.pem\nTLS_KEY_FILE=/k.pem").unwrap();
        let folder = Path::new(FILE).parent().unwrap();
        assert_eq!(own.certificate, folder.join("tls/a.pem"));
        assert_eq!(own.key, Path::new("/k.pem"));
    }

    #[test]
    fn a_key_alone_is_told() {
        check(
            "WEBHOOK_DOMAIN=a.net\nTLS_KEY_FILE=k.pem",
            &[&format!(
                "{FILE} line 2: TLS_CERT_FILE is missing: TLS_KEY_FILE is set, and serves nothing \
                 without it: write TLS_CERT_FILE=fullchain.pem"
            )],
        );
    }
}
