//! Who stands in front of the core.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values::{self, Parsed, wrong};

pub(super) fn read_proxies(read: &mut Reader<'_>) -> Result<Vec<IpNet>, Told> {
    read.optional(&keys::TRUSTED_PROXIES, proxies).map(Option::unwrap_or_default)
}

/// Addresses and networks. One that holds every address would let everybody say who they are.
fn proxies(text: &str) -> Parsed<Vec<IpNet>> {
    const EXAMPLE: &str = "10.0.0.2, 172.16.0.0/12";
    let network = |name: &String| -> Parsed<IpNet> {
        let address = || name.parse::<IpAddr>().map(IpNet::from);
        match name.parse::<IpNet>().or_else(|_| address()) {
            Ok(network) if network.prefix_len() == 0 => wrong("trusts everybody", EXAMPLE),
            Ok(network) => Ok(network.trunc()),
            Err(_) => wrong("has a part that is no address and no network", EXAMPLE),
        }
    };
    values::names(text).iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let proxies = load("TRUSTED_PROXIES=10.0.0.2, 172.16.1.1/12,fd00::/8").unwrap();
        let shown: Vec<String> = proxies.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.2/32", "172.16.0.0/12", "fd00::/8"]);
        assert_eq!(load("TRUSTED_PROXIES=").unwrap().trusted_proxies, Vec::<IpNet>::new());
    }

    #[test]
    fn nobody_can_trust_everybody() {
        let told = |what: &str| {
            format!(
                "{FILE} line 1: TRUSTED_PROXIES {what}: write TRUSTED_PROXIES=10.0.0.2, 172.16.0.0/12"
            )
        };
        check("TRUSTED_PROXIES=0.0.0.0/0", &[&told("trusts everybody")]);
        check("TRUSTED_PROXIES=nginx", &[&told("has a part that is no address and no network")]);
    }
}
