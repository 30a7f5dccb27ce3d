//! `renewal/NAME.conf`: how certbot renews a certificate.

use std::collections::BTreeMap;

use crate::core::probes::machine::program::name;
use crate::core::probes::machine::quote::quote;

/// How a certificate is renewed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Renewal {
    /// How the domain is proved to be ours: `nginx`, `webroot`, `standalone`, `dns-…`.
    pub(super) authenticator: String,
    /// Who puts the certificate in place; none does where a hook does it.
    pub(super) installer: Option<String>,
    /// The host that signs.
    pub(super) server: Option<String>,
    /// The program of the hook that runs after a renewal. The rest of it may hold secrets.
    pub(super) hook: Option<String>,
    /// Whether `certbot renew` leaves it out.
    pub(super) is_off: bool,
}

impl Renewal {
    /// Whether it ends in nginx, whoever puts it there.
    pub(super) fn is_for_nginx(&self) -> bool {
        let of_nginx = |text: &String| text.contains("nginx");
        self.installer.as_ref().is_some_and(of_nginx)
            || self.hook.as_ref().is_some_and(of_nginx)
            || self.authenticator == "nginx"
    }
}

/// Reads the file.
///
/// # Source
///
/// certbot 2.1, `certbot/_internal/storage.py`: the options of a renewal, as ConfigObj writes them;
/// a deploy hook is kept as `renew_hook`.
pub(super) fn parse(text: &str) -> Renewal {
    let values = options(text);
    let some = |key: &str| {
        values.get(key).filter(|value| !value.is_empty() && value.as_str() != "None").cloned()
    };
    let hook = some("renew_hook").or_else(|| some("deploy_hook"));
    Renewal {
        authenticator: some("authenticator").map(|text| quote(&text)).unwrap_or_default(),
        installer: some("installer").map(|text| quote(&text)),
        server: some("server")
            .and_then(|text| url::Url::parse(&text).ok())
            .and_then(|url| url.host_str().map(str::to_owned)),
        hook: hook.map(|hook| told(&hook)),
        is_off: some("autorenew").is_some_and(|value| value.eq_ignore_ascii_case("false")),
    }
}

/// A hook without what may be secret in it: `systemctl reload nginx`, or the program alone.
fn told(hook: &str) -> String {
    let words: Vec<String> = hook.split_whitespace().map(str::to_owned).collect();
    let is_plain = |word: &String| word.len() < 20 && word.chars().all(|c| c.is_ascii_lowercase());
    let is_of_systemd = words.len() <= 4 && words.iter().all(is_plain);
    if is_of_systemd { quote(hook) } else { name(&words, "a hook") }
}

/// `KEY = VALUE` lines of an ini file, whatever section they stand in.
pub(super) fn options(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '[']));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(key, value)| {
            let value = value.trim().trim_matches(['"', '\'']);
            (key.trim().to_owned(), value.to_owned())
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As certbot 2.1 writes it.
    pub(in crate::core::probes::certbot) const FILE: &str = "\
# renew_before_expiry = 30 days
version = 2.1.0
archive_dir = /etc/letsencrypt/archive/paytest.example.net
cert = /etc/letsencrypt/live/paytest.example.net/cert.pem
privkey = /etc/letsencrypt/live/paytest.example.net/privkey.pem
chain = /etc/letsencrypt/live/paytest.example.net/chain.pem
fullchain = /etc/letsencrypt/live/paytest.example.net/fullchain.pem

# Options used in the renewal process
[renewalparams]
account = 0123456789abcdef0123456789abcdef
authenticator = nginx
installer = nginx
server = https://acme-v02.api.letsencrypt.org/directory
key_type = ecdsa
renew_hook = systemctl reload nginx
";

    #[test]
    fn a_file_of_certbot_is_read() {
        let renewal = parse(FILE);
        assert_eq!(renewal.authenticator, "nginx");
        assert_eq!(renewal.installer.as_deref(), Some("nginx"));
        assert_eq!(renewal.server.as_deref(), Some("acme-v02.api.letsencrypt.org"));
        assert_eq!(renewal.hook.as_deref(), Some("systemctl reload nginx"));
        assert!(renewal.is_for_nginx() && !renewal.is_off);
    }

    #[test]
    fn nothing_secret_of_a_hook_is_told() {
        let hook = |text: &str| parse(&format!("renew_hook = {text}")).hook.unwrap();
        assert_eq!(hook("/root/push.sh --token s3cret"), "push.sh");
        assert_eq!(hook("curl -H 'X-Key: s3cret' https://h/?k=s3cret"), "curl");
        assert_eq!(hook("\"systemctl restart alamorwebhook\""), "systemctl restart alamorwebhook");
    }

    #[test]
    fn a_renewal_that_was_switched_off_is_seen() {
        assert!(parse("[renewalparams]\nautorenew = False\ninstaller = None").is_off);
        assert_eq!(parse("installer = None").installer, None);
        assert_eq!(parse(""), Renewal::default());
    }
}
