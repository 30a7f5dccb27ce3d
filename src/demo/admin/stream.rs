//! How an inbound is reached: network, TLS or REALITY, external proxies.

use serde_json::{Value, json};

use super::object;
use crate::demo::inbounds::{Inbound, Shape};
use crate::demo::links;
use crate::demo::seed;
use crate::demo::world::World;

/// The `streamSettings` of `inbound`.
pub(super) fn write(world: &World, inbound: &Inbound) -> Value {
    let panel = &world.spec.name;
    let proxies: Vec<Value> = inbound
        .proxies
        .iter()
        .map(|proxy| {
            json!({
                "forceTls": "same", "dest": format!("{}.{panel}.example.org", proxy.name),
                "port": proxy.port, "remark": proxy.name,
            })
        })
        .collect();
    let (network, security) = match inbound.shape {
        Shape::Reality { .. } => ("tcp", "reality"),
        Shape::WebSocket => ("ws", "none"),
        Shape::Trojan => ("grpc", "tls"),
        Shape::Hysteria2 => ("hysteria", "tls"),
        Shape::VMess | Shape::Shadowsocks2022 | Shape::Shadowsocks | Shape::WireGuard => {
            ("tcp", "none")
        }
    };
    let mut it =
        object(json!({ "network": network, "security": security, "externalProxy": proxies }));
    it.extend(object(transport(world, inbound)));
    Value::Object(it)
}

fn transport(world: &World, inbound: &Inbound) -> Value {
    let tcp = json!({ "acceptProxyProtocol": false, "header": { "type": "none" } });
    let tls = |server: &str, alpn: &str| {
        json!({
            "serverName": server, "alpn": [alpn],
            "certificates": [{ "certificateFile": "/c.pem", "keyFile": "/k.pem" }],
            "settings": { "allowInsecure": false, "fingerprint": "chrome" },
        })
    };
    match inbound.shape {
        Shape::Reality { names, ids } => json!({
            "realitySettings": reality(&world.spec.name, names, ids),
            "tcpSettings": tcp,
        }),
        Shape::WebSocket => json!({ "wsSettings": {
            "acceptProxyProtocol": false, "path": "/chat path", "host": "cdn.example.org", "headers": {},
        }}),
        Shape::Trojan => json!({
            "tlsSettings": tls("g.example.org", "h2"),
            "grpcSettings": { "serviceName": "grpc-svc", "authority": "", "multiMode": false },
        }),
        Shape::Hysteria2 => json!({
            "tlsSettings": tls("h.example.org", "h3"),
            "hysteriaSettings": { "version": 2, "udpIdleTimeout": 60 },
        }),
        Shape::VMess | Shape::Shadowsocks2022 | Shape::Shadowsocks | Shape::WireGuard => {
            json!({ "tcpSettings": tcp })
        }
    }
}

fn reality(panel: &str, names: &[&str], ids: &[&str]) -> Value {
    json!({
        "show": false, "xver": 0, "dest": "www.example.org:443", "target": "www.example.org:443",
        "serverNames": names, "privateKey": seed::hex(&["reality secret", panel], 43),
        "minClientVer": "", "maxClientVer": "", "maxTimediff": 0, "shortIds": ids,
        "settings": {
            "publicKey": links::reality_key(panel), "fingerprint": "chrome",
            "serverName": "", "spiderX": "/",
        },
    })
}
