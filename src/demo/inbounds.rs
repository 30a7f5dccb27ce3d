//! The inbounds of simulated panels: what each has at first, and those that can be added.
//!
//! ```text
//! 1  VLESS REALITY     name and id are drawn anew for every request
//! 2  VLESS WebSocket   Persian remark with a flag
//! 3  VMess
//! 4  Trojan gRPC       behind an external proxy: another host, another port
//! 5  Shadowsocks 2022  two passwords
//! 6  Hysteria2         3x-ui 2.9 and later, only where it was added
//! 7  WireGuard         3x-ui 3.4.2 and later, only where it was added
//! 8  Shadowsocks       of old: one password; only where it was added
//! ```

/// An inbound of a simulated panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inbound {
    /// The panel's id for it, from 1.
    pub id: u8,
    /// Its name on the panel.
    pub remark: &'static str,
    /// Where it listens.
    pub port: u16,
    /// As the panel writes it.
    pub protocol: &'static str,
    /// What its links look like.
    pub shape: Shape,
    /// Whether it is switched on: one that is not is in the list, and in no links.
    pub enabled: bool,
    /// Where its customers connect instead, one link each; none: to the inbound itself.
    pub proxies: &'static [Proxy],
}

/// What the links of an inbound look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// VLESS over TCP with REALITY.
    Reality {
        /// Drawn from for `sni`.
        names: &'static [&'static str],
        /// Drawn from for `sid`.
        ids: &'static [&'static str],
    },
    /// VLESS over WebSocket.
    WebSocket,
    /// VMess over TCP.
    VMess,
    /// Trojan over gRPC with TLS.
    Trojan,
    /// Shadowsocks with a method of 2022.
    Shadowsocks2022,
    /// Shadowsocks with an older method.
    Shadowsocks,
    /// Hysteria2 with TLS.
    Hysteria2,
    /// WireGuard: each customer has an address of its own.
    WireGuard,
}

/// An external proxy of an inbound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy {
    /// It stands at `NAME.PANEL.example.org`, and is named so in older panels' remarks.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
}

const REALITY: Shape = Shape::Reality {
    names: &["www.example.org", "example.org", "m.example.org"],
    ids: &["c3", "7f1a", "90e2b4", "fedcba9876543210"],
};

/// The inbounds that every simulated panel has at first.
pub const INBOUNDS: [Inbound; 5] = [
    listens(1, "Direct Reality", 31443, "vless", REALITY),
    listens(2, "🇩🇪 وب‌سوکت WS", 31080, "vless", Shape::WebSocket),
    listens(3, "Plain VMess", 31500, "vmess", Shape::VMess),
    Inbound {
        proxies: &[Proxy { name: "edge", port: 443 }],
        ..listens(4, "Edge/Trojan gRPC", 31600, "trojan", Shape::Trojan)
    },
    listens(5, "SS 2022", 31700, "shadowsocks", Shape::Shadowsocks2022),
];

/// To be added to a panel that knows it.
pub const HYSTERIA2: Inbound = listens(6, "Fast UDP", 31800, "hysteria", Shape::Hysteria2);

/// To be added to a panel that knows it.
pub const WIREGUARD: Inbound = listens(7, "Tunnel", 31900, "wireguard", Shape::WireGuard);

/// To be added to any panel.
pub const SHADOWSOCKS: Inbound = listens(8, "SS", 31750, "shadowsocks", Shape::Shadowsocks);

const fn listens(
    id: u8,
    remark: &'static str,
    port: u16,
    protocol: &'static str,
    shape: Shape,
) -> Inbound {
    Inbound { id, remark, port, protocol, shape, enabled: true, proxies: &[] }
}

/// The inbound `id` among those of this file.
pub(super) fn find(id: u8) -> Option<&'static Inbound> {
    static MORE: [Inbound; 3] = [HYSTERIA2, WIREGUARD, SHADOWSOCKS];
    static FIRST: [Inbound; 5] = INBOUNDS;
    FIRST.iter().chain(&MORE).find(|inbound| inbound.id == id)
}
