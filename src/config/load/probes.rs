//! Where the probes look for what stands around the core.
//!
//! Deliberately absent: whether a file or a server that is named exists.

use std::path::Path;

use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values;
use crate::config::settings::{ProbeSettings, TlsSettings};
use crate::config::source::Source;

pub(super) fn read_probes(
    read: &mut Reader<'_>,
    source: &Source,
    own: Option<&TlsSettings>,
) -> Result<ProbeSettings, Told> {
    let path = |text: &str| Ok(source.folder().join(text));
    let public_port = read.required(&keys::PUBLIC_PORT, values::port);
    let dns_server = read.optional(&keys::DNS_SERVER, values::name_server);
    let certificate = read.optional(&keys::TLS_CERT_FILE, path);
    let certificate_key = read.optional(&keys::TLS_KEY_FILE, path);
    let certbot = read.required(&keys::CERTBOT_DIR, path);
    let nginx = read.required(&keys::NGINX_CONF, path);
    Ok(ProbeSettings {
        public_port: public_port?,
        dns_server: dns_server?,
        certificate: own.map(|own| own.files.certificate.clone()).or(certificate?),
        certificate_key: own.map(|own| own.files.key.clone()).or(certificate_key?),
        certbot: certbot?,
        nginx: nginx?,
        bot_file: source.bot_file().to_owned(),
        root_checks: source.root_checks().map(Path::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn the_probes_look_where_debian_puts_things() {
        let probes = load("").unwrap().probes;
        assert_eq!(probes.public_port, 443);
        assert_eq!(probes.dns_server, None);
        assert_eq!(probes.certificate, None);
        assert_eq!(probes.certbot, Path::new("/etc/letsencrypt"));
        assert_eq!(probes.nginx, Path::new("/etc/nginx/nginx.conf"));
    }

    #[test]
    fn a_relative_certificate_stands_beside_the_file() {
        let probes = load("TLS_CERT_FILE=tls/chain.pem\nTLS_KEY_FILE=/k.pem").unwrap().probes;
        let folder = Path::new(FILE).parent().unwrap();
        assert_eq!(probes.certificate, Some(folder.join("tls/chain.pem")));
        assert_eq!(probes.certificate_key.as_deref(), Some(Path::new("/k.pem")));
    }

    #[test]
    fn a_name_server_is_an_address_and_its_port_is_that_of_dns() {
        let server = |text: &str| load(text).unwrap().probes.dns_server.unwrap().to_string();
        assert_eq!(server("DNS_SERVER=9.9.9.9"), "9.9.9.9:53");
        assert_eq!(server("DNS_SERVER=2620:fe::fe"), "[2620:fe::fe]:53");
        assert_eq!(server("DNS_SERVER=127.0.0.1:5353"), "127.0.0.1:5353");
        check(
            "DNS_SERVER=dns.example.net",
            &[&format!(
                "{FILE} line 1: DNS_SERVER is no address of a name server: write DNS_SERVER=9.9.9.9"
            )],
        );
    }
}
