//! Where the old server is, and what is passed on to it.
//!
//! Invariants:
//! - What is passed on does not come back to us, as far as names and addresses tell.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::config::here::is_loopback;
use crate::config::keys;
use crate::config::legacy::{LegacyPath, LegacySettings, PAYMENTS};
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values::{self, Parsed, wrong};

/// `bind` is where we listen and `domain` what we are called, as far as these are known.
pub(super) fn read_legacy(
    read: &mut Reader<'_>,
    bind: Option<SocketAddr>,
    domain: &Result<Option<String>, Told>,
) -> Result<LegacySettings, Told> {
    let allowed = read.find(&keys::ALLOW_PLAINTEXT).is_some_and(|(text, _)| text.trim() == "yes");
    let domain = domain.as_ref().ok().and_then(Option::as_deref);
    let upstream = read.optional(&keys::LEGACY_UPSTREAM, |text| {
        let url = values::origin(text, OLD_SERVER)?;
        if bind.is_some_and(|bind| is_at(&url, bind)) || is_called(&url, domain) {
            return wrong("is alamor itself: it would ask itself for ever", OLD_SERVER);
        }
        if !allowed && values::crosses_network(&url) {
            return wrong(OPEN_PLAINTEXT, url.as_str().replacen("http:", "https:", 1));
        }
        Ok(url)
    });
    let more = read.optional(&keys::LEGACY_PATHS, paths);
    let mut paths = paths(PAYMENTS).unwrap_or_default();
    paths.extend(more?.unwrap_or_default());
    Ok(LegacySettings { upstream: upstream?, paths })
}

/// Where the guide of moving in starts it.
const OLD_SERVER: &str = "http://127.0.0.1:8081";

const OPEN_PLAINTEXT: &str =
    "would send payments over the network in plain HTTP; ALLOW_PLAINTEXT=yes allows it";

fn paths(text: &str) -> Parsed<Vec<LegacyPath>> {
    let parse = |path: &String| {
        LegacyPath::parse(path).or_else(|why| wrong(why.to_string(), "/payment/verify"))
    };
    values::names(text).iter().map(parse).collect()
}

/// Whether a request to `url` comes to who listens at `bind`.
fn is_at(url: &Url, bind: SocketAddr) -> bool {
    if url.port_or_known_default() != Some(bind.port()) {
        return false;
    }
    let ip: IpAddr = match url.host() {
        Some(Host::Ipv4(ip)) => ip.into(),
        Some(Host::Ipv6(ip)) => ip.into(),
        Some(Host::Domain(name)) => {
            let is_here = is_loopback(bind.ip()) || bind.ip().is_unspecified();
            return name == "localhost" && is_here;
        }
        None => return false,
    };
    let (ip, bound) = (ip.to_canonical(), bind.ip().to_canonical());
    // Who listens everywhere is reached at every address of this machine; of these we know some.
    ip == bound
        || (bound.is_unspecified() && is_loopback(ip))
        || (ip.is_unspecified() && (is_loopback(bound) || bound.is_unspecified()))
}

/// Whether `url` names the domain whose requests come to us.
fn is_called(url: &Url, domain: Option<&str>) -> bool {
    let is_public = matches!(url.port_or_known_default(), Some(80 | 443));
    is_public && domain.is_some_and(|domain| url.host_str() == Some(domain))
}

#[cfg(test)]
mod tests {
    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn the_old_server_is_never_alamor_itself() {
        let itself = |line: usize| {
            format!(
                "{FILE} line {line}: LEGACY_UPSTREAM is alamor itself: it would ask itself for ever: \
                 write LEGACY_UPSTREAM=http://127.0.0.1:8081"
            )
        };
        for upstream in ["127.0.0.1:8080", "localhost:8080", "0.0.0.0:8080", "[::ffff:7f00:1]:8080"]
        {
            check(&format!("LEGACY_UPSTREAM=http://{upstream}"), &[&itself(1)]);
        }
        check(
            "ALLOW_PLAINTEXT=yes\nWEBHOOK_BIND=0.0.0.0:81\nLEGACY_UPSTREAM=http://127.0.0.9:81",
            &[&itself(3)],
        );
        check(
            "WEBHOOK_DOMAIN=sub.example.net\nLEGACY_UPSTREAM=https://sub.example.net",
            &[&itself(2)],
        );
        for other in ["127.0.0.1:8081", "127.0.0.2:8080", "[::1]:8080"] {
            check(&format!("LEGACY_UPSTREAM=http://{other}"), &[]);
        }
    }

    #[test]
    fn the_old_server_is_scheme_host_and_port() {
        let wrong = |what: &str, example: &str| {
            format!("{FILE} line 1: LEGACY_UPSTREAM {what}: write LEGACY_UPSTREAM={example}")
        };
        check(
            "LEGACY_UPSTREAM=http://127.0.0.1:8081/zarinpal",
            &[&wrong("has something after its host and port", "http://127.0.0.1:8081")],
        );
        check("LEGACY_UPSTREAM=8081", &[&wrong("is no URL", "http://127.0.0.1:8081")]);
        let open =
            "would send payments over the network in plain HTTP; ALLOW_PLAINTEXT=yes allows it";
        check("LEGACY_UPSTREAM=http://10.0.0.7:81", &[&wrong(open, "https://10.0.0.7:81/")]);
    }

    #[test]
    fn payments_are_always_the_old_servers_and_our_paths_never() {
        let legacy = load("LEGACY_PATHS=/payment/verify, /shop/").unwrap().legacy;
        let held = |path: &str| legacy.paths.iter().any(|each| each.holds(path));
        assert!(held("/zarinpal/verify") && held("/payment/verify") && held("/shop/a/b"));
        assert!(!held("/payment/") && !held("/zarinpal"));
        check(
            "LEGACY_PATHS=/shop/,/admin/test/",
            &[&format!(
                "{FILE} line 1: LEGACY_PATHS names a path that is alamor's own: write LEGACY_PATHS=/payment/verify"
            )],
        );
    }
}
