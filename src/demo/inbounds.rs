//! The inbounds of every simulated panel.

/// An inbound of every simulated panel.
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
}

/// The inbounds of every simulated panel.
pub const INBOUNDS: [Inbound; 5] = [
    Inbound { id: 1, remark: "Direct Reality", port: 31443, protocol: "vless" },
    Inbound { id: 2, remark: "🇩🇪 وب‌سوکت WS", port: 31080, protocol: "vless" },
    Inbound { id: 3, remark: "Plain VMess", port: 31500, protocol: "vmess" },
    Inbound { id: 4, remark: "Edge/Trojan gRPC", port: 31600, protocol: "trojan" },
    Inbound { id: 5, remark: "SS 2022", port: 31700, protocol: "shadowsocks" },
];
