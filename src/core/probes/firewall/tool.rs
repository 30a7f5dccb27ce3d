//! Which program the operator keeps the firewall with: its commands are the ones that last.

use std::time::Duration;

use crate::core::probes::machine::command::run;

/// Asking costs a Python interpreter each.
const WITHIN: Duration = Duration::from_millis(1500);

/// A program that keeps a firewall, and what it says is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tool {
    Ufw {
        status: String,
    },
    Firewalld {
        zones: String,
    },
    /// The rules themselves.
    Rules,
}

impl Tool {
    /// The one that is switched on.
    pub(super) async fn find() -> Self {
        let (ufw, firewalld) = tokio::join!(
            run("ufw", &["status"], WITHIN),
            run("firewall-cmd", &["--list-all"], WITHIN),
        );
        match (ufw, firewalld) {
            (Ok(ufw), _) if ufw.stdout.starts_with("Status: active") => {
                Self::Ufw { status: ufw.stdout }
            }
            // Where it does not run, it says so and ends with a code.
            (_, Ok(zones)) if zones.status.success() => Self::Firewalld { zones: zones.stdout },
            _ => Self::Rules,
        }
    }

    /// Whether it says itself that everybody may come in at a port.
    pub(super) fn lets_in(&self, port: u16) -> bool {
        match self {
            Self::Ufw { status } => ufw_lets_in(status, port),
            Self::Firewalld { zones } => firewalld_lets_in(zones, port),
            Self::Rules => false,
        }
    }

    /// How a port is opened; `open` is how rules themselves are written.
    pub(super) fn open(&self, port: u16, open: &str) -> String {
        match (self, port) {
            (Self::Ufw { .. }, port) => format!("ufw allow {port}/tcp"),
            (Self::Firewalld { .. }, 80 | 443) => {
                let service = if port == 80 { "http" } else { "https" };
                format!("firewall-cmd --add-service={service} --permanent && firewall-cmd --reload")
            }
            (Self::Firewalld { .. }, port) => {
                format!("firewall-cmd --add-port={port}/tcp --permanent && firewall-cmd --reload")
            }
            (Self::Rules, port) if open.starts_with("nft") => format!("{open} {port} accept"),
            (Self::Rules, port) => format!("{open} {port}"),
        }
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Ufw { .. } => Some("ufw"),
            Self::Firewalld { .. } => Some("firewalld"),
            Self::Rules => None,
        }
    }
}

/// Lines like `80,443/tcp  ALLOW  Anywhere`, before any that denies it.
fn ufw_lets_in(status: &str, port: u16) -> bool {
    for line in status.lines() {
        let Some((to, rest)) = line.split_once("  ") else { continue };
        let (to, rest) = (to.trim(), rest.trim());
        let fits = match to.split_once('/') {
            Some((ports, "tcp")) => ports.split(',').any(|one| is_in(one, port)),
            Some(_) => false,
            None => match to {
                "Nginx Full" | "Apache Full" | "WWW Full" => matches!(port, 80 | 443),
                "Nginx HTTPS" | "Apache Secure" | "WWW Secure" => port == 443,
                "Nginx HTTP" | "Apache" | "WWW" => port == 80,
                "Anywhere" => true,
                ports => ports.split(',').any(|one| is_in(one, port)),
            },
        };
        if fits && rest.ends_with("Anywhere") {
            return rest.starts_with("ALLOW") || rest.starts_with("LIMIT");
        }
    }
    false
}

/// `443`, or `8000:9000`.
fn is_in(ports: &str, port: u16) -> bool {
    let (low, high) = ports.split_once([':', '-']).unwrap_or((ports, ports));
    match (low.parse::<u16>(), high.parse::<u16>()) {
        (Ok(low), Ok(high)) => (low..=high).contains(&port),
        _ => false,
    }
}

/// Lines `services: http https` and `ports: 8443/tcp`.
fn firewalld_lets_in(zones: &str, port: u16) -> bool {
    let of = |name: &str| zones.lines().find_map(|line| line.trim().strip_prefix(name));
    let mut services = of("services:").unwrap_or_default().split_whitespace();
    let mut ports = of("ports:").unwrap_or_default().split_whitespace();
    let named = match port {
        80 => Some("http"),
        443 => Some("https"),
        _ => None,
    };
    services.any(|service| Some(service) == named)
        || ports.any(|one| one.strip_suffix("/tcp").is_some_and(|one| is_in(one, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ufw 0.36 prints it.
    const UFW: &str = "Status: active\n\n\
        To                         Action      From\n\
        --                         ------      ----\n\
        22/tcp                     LIMIT       Anywhere\n\
        80,443/tcp                 ALLOW       Anywhere\n\
        8080/tcp                   DENY        Anywhere\n\
        9000:9010/tcp              ALLOW       Anywhere\n\
        5432/tcp                   ALLOW       10.0.0.0/8\n\
        443/tcp (v6)               ALLOW       Anywhere (v6)\n";

    #[test]
    fn ufw_says_what_it_lets_in() {
        let check = |port, expected| assert_eq!(ufw_lets_in(UFW, port), expected, "{port}");
        check(22, true);
        check(80, true);
        check(443, true);
        check(8080, false);
        check(9005, true);
        check(5432, false);
        check(25, false);
        let full = "Status: active\nNginx Full                 ALLOW       Anywhere\n";
        assert!(ufw_lets_in(full, 443) && !ufw_lets_in(full, 8080));
    }

    #[test]
    fn firewalld_says_what_it_lets_in() {
        let zones = "public (active)\n  target: default\n  services: dhcpv6-client https ssh\n  \
                     ports: 8443/tcp 9000-9010/tcp 53/udp\n";
        let check = |port, expected| assert_eq!(firewalld_lets_in(zones, port), expected, "{port}");
        check(443, true);
        check(80, false);
        check(8443, true);
        check(9001, true);
        check(53, false);
    }

    #[test]
    fn a_port_is_opened_with_the_program_in_use() {
        let check = |tool: Tool, port, open: &str, expected: &str| {
            assert_eq!(tool.open(port, open), expected);
        };
        let ufw = || Tool::Ufw { status: String::new() };
        let firewalld = || Tool::Firewalld { zones: String::new() };
        let nft = "nft insert rule inet filter input tcp dport";
        check(ufw(), 443, nft, "ufw allow 443/tcp");
        let reload = "--permanent && firewall-cmd --reload";
        check(firewalld(), 443, nft, &format!("firewall-cmd --add-service=https {reload}"));
        check(firewalld(), 8443, nft, &format!("firewall-cmd --add-port=8443/tcp {reload}"));
        check(Tool::Rules, 443, nft, &format!("{nft} 443 accept"));
        let iptables = "iptables -t filter -I INPUT -j ACCEPT -p tcp --dport";
        check(Tool::Rules, 80, iptables, &format!("{iptables} 80"));
    }
}
