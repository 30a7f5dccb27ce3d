//! The packet that is followed, and how conditions of a firewall fit it.

use std::net::Ipv4Addr;

use super::rules::Fit;

/// The first packet of a connection, from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) port: u16,
    /// The interfaces that lead outside; none if that is not known.
    pub(super) interfaces: Vec<String>,
}

impl Packet {
    pub(super) fn with_port(&self, port: u16) -> Self {
        Self { port, interfaces: self.interfaces.clone() }
    }

    /// Whether it comes in by an interface; `*` and `+` at the end of a name stand for any rest.
    pub(super) fn comes_by(&self, name: &str) -> Fit {
        let (begin, is_pattern) = match name.strip_suffix(['*', '+']) {
            Some(begin) => (begin, true),
            None => (name, false),
        };
        if name == "lo" {
            return Fit::No;
        }
        if is_pattern && begin.is_empty() {
            return Fit::Yes;
        }
        if self.interfaces.is_empty() {
            return Fit::Unclear;
        }
        let fits =
            |interface: &String| interface == name || (is_pattern && interface.starts_with(begin));
        Fit::of(self.interfaces.iter().any(fits))
    }
}

/// Whether a customer may come from an address of `low` to `high`.
pub(super) fn comes_from(low: Ipv4Addr, high: Ipv4Addr) -> Fit {
    if low.is_unspecified() && high.is_broadcast() {
        Fit::Yes
    } else if INSIDE.iter().any(|block| is_within(low, high, *block)) {
        Fit::No
    } else {
        Fit::Named
    }
}

/// Whether a packet for this machine goes to an address of `low` to `high`.
pub(super) fn goes_to(low: Ipv4Addr, high: Ipv4Addr) -> Fit {
    if low.is_unspecified() && high.is_broadcast() {
        Fit::Yes
    } else if ELSEWHERE.iter().any(|block| is_within(low, high, *block)) {
        Fit::No
    } else {
        Fit::Unclear
    }
}

/// A block of addresses, by its first and its last.
type Block = (Ipv4Addr, Ipv4Addr);

const LOOPBACK: Block = (Ipv4Addr::new(127, 0, 0, 0), Ipv4Addr::new(127, 255, 255, 255));

/// Groups, what is reserved, and "all of this network".
const ABOVE: Block = (Ipv4Addr::new(224, 0, 0, 0), Ipv4Addr::BROADCAST);

/// Blocks that no packet from the Internet comes from.
///
/// # Source
///
/// RFC 6890, "not globally reachable", without what providers share (100.64.0.0/10).
const INSIDE: [Block; 7] = [
    (Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(0, 255, 255, 255)),
    (Ipv4Addr::new(10, 0, 0, 0), Ipv4Addr::new(10, 255, 255, 255)),
    LOOPBACK,
    (Ipv4Addr::new(169, 254, 0, 0), Ipv4Addr::new(169, 254, 255, 255)),
    (Ipv4Addr::new(172, 16, 0, 0), Ipv4Addr::new(172, 31, 255, 255)),
    (Ipv4Addr::new(192, 168, 0, 0), Ipv4Addr::new(192, 168, 255, 255)),
    ABOVE,
];

/// Blocks to which no packet from outside is for this machine.
const ELSEWHERE: [Block; 2] = [LOOPBACK, ABOVE];

/// Whether all of `low` to `high` is in one block: that both ends are inside says nothing of what
/// lies between.
fn is_within(low: Ipv4Addr, high: Ipv4Addr, (first, last): Block) -> bool {
    first <= low && high <= last
}

/// The first and the last address of `192.0.2.0/24` or `192.0.2.1`.
pub(super) fn span(address: &str, length: Option<u32>) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (address, length) = match (address.split_once('/'), length) {
        (_, Some(length)) => (address, length),
        (Some((address, length)), None) => (address, length.parse().ok()?),
        (None, None) => (address, 32),
    };
    let low = u32::from(address.parse::<Ipv4Addr>().ok()?);
    let rest = u32::MAX.checked_shr(length).unwrap_or(0);
    (length <= 32).then(|| (Ipv4Addr::from(low & !rest), Ipv4Addr::from(low | rest)))
}

/// Whether TCP's flags fit a mask and what must be set in it: the packet has SYN alone.
pub(super) fn has_flags(mask: &[String], set: &[String]) -> Fit {
    let has = |flags: &[String]| {
        flags.iter().any(|flag| flag.eq_ignore_ascii_case("syn") || flag == "ALL")
    };
    let others = set.iter().any(|flag| {
        !flag.eq_ignore_ascii_case("syn") && !flag.eq_ignore_ascii_case("none") && !flag.is_empty()
    });
    Fit::of(has(mask) == has(set) && !others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn a_span_is_its_first_and_last_address() {
        let check = |text: &str, low: &str, high: &str| {
            let expected = Some((low.parse().unwrap(), high.parse().unwrap()));
            assert_eq!(span(text, None), expected, "{text}");
        };
        check("192.0.2.1", "192.0.2.1", "192.0.2.1");
        check("192.0.2.77/24", "192.0.2.0", "192.0.2.255");
        check("0.0.0.0/0", "0.0.0.0", "255.255.255.255");
        for wrong in ["192.0.2.1/33", "2001:db8::/32", "x", "192.0.2.1/x"] {
            assert_eq!(span(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn customers_come_from_anywhere_but_from_inside() {
        let check = |text: &str, expected| {
            let (low, high) = span(text, None).unwrap();
            assert_eq!(comes_from(low, high), expected, "{text}");
        };
        check("0.0.0.0/0", Fit::Yes);
        check("198.51.100.0/24", Fit::Named);
        check("10.0.0.0/8", Fit::No);
        check("127.0.0.0/8", Fit::No);
        // Both ends are inside, and half of the Internet lies between them.
        check("0.0.0.0/1", Fit::Named);
        check("8.0.0.0/6", Fit::Named);
        assert_eq!(comes_from([10, 0, 0, 1].into(), [192, 168, 0, 1].into()), Fit::Named);
    }

    #[test]
    fn packets_for_this_machine_may_go_to_any_address_that_is_not_reserved() {
        let check = |low: [u8; 4], high: [u8; 4], expected| {
            assert_eq!(goes_to(low.into(), high.into()), expected, "{low:?}");
        };
        check([0, 0, 0, 0], [255, 255, 255, 255], Fit::Yes);
        check([127, 0, 0, 0], [127, 255, 255, 255], Fit::No);
        check([224, 0, 0, 251], [224, 0, 0, 251], Fit::No);
        check([127, 0, 0, 1], [203, 0, 113, 7], Fit::Unclear);
    }

    #[test]
    fn the_first_packet_has_syn_alone() {
        let check = |mask: &str, set: &str, expected| {
            assert_eq!(has_flags(&words(mask), &words(set)), expected, "{mask} {set}");
        };
        check("FIN,SYN,RST,ACK", "SYN", Fit::Yes);
        check("FIN,SYN", "FIN,SYN", Fit::No);
        check("FIN,SYN,RST,PSH,ACK,URG", "NONE", Fit::No);
        check("RST", "RST", Fit::No);
        check("SYN", "", Fit::No);
    }

    #[test]
    fn interfaces_that_lead_outside_are_those_of_the_default_route() {
        let packet = Packet { port: 443, interfaces: vec!["eth0".to_owned()] };
        let check = |name: &str, expected| assert_eq!(packet.comes_by(name), expected, "{name}");
        check("eth0", Fit::Yes);
        check("eth*", Fit::Yes);
        check("eth+", Fit::Yes);
        check("docker0", Fit::No);
        check("lo", Fit::No);
        let unknown = Packet { port: 443, interfaces: Vec::new() };
        assert_eq!((unknown.comes_by("lo"), unknown.comes_by("eth0")), (Fit::No, Fit::Unclear));
    }
}
