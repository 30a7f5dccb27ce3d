//! TLS of the core's own: from two files, or from an authority.
//!
//! Deliberately absent: whether the files are there, and what is in them.

use std::net::{Ipv4Addr, SocketAddr};

use url::Url;

use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values::{self, Parsed, wrong};
use crate::config::settings::{AcmeSettings, PairFiles, TlsSettings};
use crate::config::source::Source;

/// Where an authority asks for its proof (RFC 8555, 8.3).
const PROOF: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80);

pub(super) fn read_tls(
    read: &mut Reader<'_>,
    source: &Source,
    domain: &Result<Option<String>, Told>,
) -> Result<Option<TlsSettings>, Told> {
    let files = read_files(read, source);
    let redirect = read.optional(&keys::TLS_REDIRECT_BIND, values::address);
    let acme = read_acme(read, source, domain);
    let (files, redirect, acme) = (files?, redirect?, acme?);
    Ok(match (files, acme) {
        (Some(files), None) => Some(TlsSettings { files, redirect, acme: None }),
        (None, Some(acme)) => {
            let files = PairFiles::in_folder(&acme.folder);
            Some(TlsSettings { files, redirect: redirect.or(Some(PROOF)), acme: Some(acme) })
        }
        (Some(_), Some(_)) => {
            // Both were found a moment ago.
            let place = read.find(&keys::TLS_ACME).ok_or(Told)?.1;
            let what =
                "is set, and so is TLS_KEY_FILE: which certificate is meant? Leave one empty";
            return Err(read.tell(&keys::TLS_ACME, place, what, ""));
        }
        (None, None) => None,
    })
}

fn read_files(read: &mut Reader<'_>, source: &Source) -> Result<Option<PairFiles>, Told> {
    let path = |text: &str| Ok(source.folder().join(text));
    let certificate = read.optional(&keys::TLS_CERT_FILE, path)?;
    let key = read.optional(&keys::TLS_KEY_FILE, path)?;
    let Some((_, place)) = read.find(&keys::TLS_KEY_FILE) else { return Ok(None) };
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(match source.tls_copies() {
            Some(folder) => PairFiles::in_folder(folder),
            None => PairFiles { certificate, key },
        })),
        (None, _) => {
            let what = "is missing: TLS_KEY_FILE is set, and serves nothing without it";
            Err(read.tell(&keys::TLS_CERT_FILE, place, what, "fullchain.pem"))
        }
        (Some(_), None) => Ok(None),
    }
}

fn read_acme(
    read: &mut Reader<'_>,
    source: &Source,
    domain: &Result<Option<String>, Told>,
) -> Result<Option<AcmeSettings>, Told> {
    let contact = read.optional(&keys::TLS_ACME, mail);
    let others = read.optional(&keys::TLS_ACME_NAMES, |text| {
        values::names(text).iter().map(|name| values::host_name(name)).collect::<Parsed<Vec<_>>>()
    });
    let directory = read.required(&keys::TLS_ACME_DIRECTORY, directory);
    let folder = read.required(&keys::TLS_ACME_FOLDER, |text| Ok(source.folder().join(text)));
    let Some(contact) = contact? else { return Ok(None) };
    let Some(domain) = domain.as_ref().map_err(|told| *told)?.clone() else {
        let place = read.find(&keys::TLS_ACME).ok_or(Told)?.1;
        let what = "is missing: TLS_ACME orders a certificate for it";
        return Err(read.tell(&keys::WEBHOOK_DOMAIN, place, what, "sub.example.net"));
    };
    let mut names = vec![domain];
    for name in others?.unwrap_or_default() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Some(AcmeSettings { contact, directory: directory?, names, folder: folder? }))
}

/// Something before and after one `@`; who reads it there knows better.
fn mail(text: &str) -> Parsed<String> {
    let is_mail = text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && values::host_name(host).is_ok()
    });
    let is_plain = text.chars().all(|each| each.is_ascii_graphic() && !",<>?\"".contains(each));
    if is_mail && is_plain {
        return Ok(text.to_owned());
    }
    wrong("is no mail address", "mail@example.net")
}

fn directory(text: &str) -> Parsed<Url> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.host().is_some() => Ok(url),
        _ => wrong("is no https:// address", keys::TLS_ACME_DIRECTORY.default),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::load::tests::{FILE, check, load};
    use crate::config::{Environment, Settings, Source};

    #[test]
    fn tls_of_the_cores_own_needs_both_files() {
        let tls = |text: &str| load(text).unwrap().tls;
        assert_eq!(tls(""), None);
        assert_eq!(tls("TLS_CERT_FILE=a.pem"), None, "nginx's");
        let own = tls("TLS_CERT_FILE=tls/a.pem\nTLS_KEY_FILE=/k.pem").unwrap();
        let folder = Path::new(FILE).parent().unwrap();
        assert_eq!(own.files.certificate, folder.join("tls/a.pem"));
        assert_eq!(own.files.key, Path::new("/k.pem"));
        assert_eq!((own.redirect, own.acme), (None, None));
        check(
            "WEBHOOK_DOMAIN=a.net\nTLS_KEY_FILE=k.pem",
            &[&format!(
                "{FILE} line 2: TLS_CERT_FILE is missing: TLS_KEY_FILE is set, and serves nothing \
                 without it: write TLS_CERT_FILE=fullchain.pem"
            )],
        );
    }

    #[test]
    fn copies_stand_for_the_files_only_where_these_are_named() {
        let tls = |text: &str| {
            let copies = Environment::from([("ALAMOR_TLS_COPIES", "/run/a")]);
            let source = Source::of_text(Path::new(FILE), text, copies);
            Settings::load(&source).unwrap().tls
        };
        let own = tls("TLS_CERT_FILE=/etc/a.pem\nTLS_KEY_FILE=/etc/b.pem").unwrap();
        assert_eq!(own.files.key, Path::new("/run/a/privkey.pem"));
        assert_eq!(tls(""), None);
    }

    #[test]
    fn an_authority_makes_the_files_and_asks_for_its_proof_at_port_80() {
        let text = "WEBHOOK_DOMAIN=a.net\nTLS_ACME=me@example.net\nTLS_ACME_NAMES=b.net, a.net";
        let settings = load(&format!("{text}\nWEBHOOK_BIND=0.0.0.0:443")).unwrap();
        let own = settings.tls.unwrap();
        assert_eq!(own.files.key, Path::new("/srv/bot/alamor-tls/privkey.pem"));
        assert_eq!(settings.probes.certificate.as_ref(), Some(&own.files.certificate));
        assert_eq!(own.redirect.unwrap().to_string(), "0.0.0.0:80");
        let acme = own.acme.unwrap();
        assert_eq!(acme.names, ["a.net", "b.net"]);
        assert_eq!(acme.directory.host_str(), Some("acme-v02.api.letsencrypt.org"));
    }

    #[test]
    fn an_authority_needs_a_name_a_mail_and_nobody_beside_it() {
        let told =
            |line: usize, what: &str, fix: &str| format!("{FILE} line {line}: {what}: write {fix}");
        check(
            "TLS_ACME=me@example.net",
            &[&told(
                1,
                "WEBHOOK_DOMAIN is missing: TLS_ACME orders a certificate for it",
                "WEBHOOK_DOMAIN=sub.example.net",
            )],
        );
        for wrong in ["yes", "@a.net", "a@", "a@b@c.net", "a b@c.net", "a@c.net,d@c.net"] {
            check(
                &format!("WEBHOOK_DOMAIN=a.net\nTLS_ACME={wrong}"),
                &[&told(2, "TLS_ACME is no mail address", "TLS_ACME=mail@example.net")],
            );
        }
        check(
            "WEBHOOK_DOMAIN=a.net\nTLS_ACME=me@example.net\nTLS_CERT_FILE=a\nTLS_KEY_FILE=b",
            &[&told(
                2,
                "TLS_ACME is set, and so is TLS_KEY_FILE: which certificate is meant? Leave one \
                 empty",
                "TLS_ACME=",
            )],
        );
    }
}
