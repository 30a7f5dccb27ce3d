//! The settings of an inbound: its clients with their secrets, and what its protocol needs.

use serde_json::{Map, Value, json};

use super::object;
use crate::demo::client::Client;
use crate::demo::inbounds::{Inbound, Shape};
use crate::demo::links;
use crate::demo::make::Make;
use crate::demo::seed;
use crate::demo::world::World;

/// When every client was made, in Unix milliseconds.
const MADE_AT: i64 = 1_795_509_724_000;

/// The settings of `inbound`, with its clients.
pub(super) fn write(world: &World, inbound: &Inbound, clients: &[&Client]) -> Value {
    let panel = &world.spec.name;
    let clients: Vec<Value> =
        clients.iter().map(|client| client_object(world, inbound, client)).collect();
    match inbound.shape {
        Shape::Reality { .. } | Shape::WebSocket => {
            json!({ "clients": clients, "decryption": "none", "fallbacks": [] })
        }
        Shape::VMess => json!({ "clients": clients }),
        Shape::Trojan => json!({ "clients": clients, "fallbacks": [] }),
        Shape::Shadowsocks2022 => json!({
            "clients": clients, "method": "2022-blake3-aes-256-gcm", "network": "tcp,udp",
            "password": links::server_password(panel),
        }),
        Shape::Shadowsocks => json!({
            "clients": clients, "method": links::OLD_METHOD, "network": "tcp,udp", "password": "",
        }),
        Shape::Hysteria2 => json!({ "clients": clients, "version": 2 }),
        Shape::WireGuard => json!({
            "clients": clients, "mtu": 1420, "noKernelTun": false,
            "secretKey": seed::hex(&["wireguard secret", panel], 44),
        }),
    }
}

/// A client in the settings of an inbound: older makes write every key, later ones what is needed.
fn client_object(world: &World, inbound: &Inbound, client: &Client) -> Value {
    match world.spec.make {
        Make::Alireza1120 => {
            let mut it = common(world.spec.make, inbound, client);
            it.extend(secrets(world, inbound, client));
            Value::Object(it)
        }
        make => {
            let mut it = secrets(world, inbound, client);
            it.extend(common(make, inbound, client));
            it.insert("created_at".to_owned(), json!(MADE_AT));
            it.insert("updated_at".to_owned(), json!(MADE_AT));
            Value::Object(it)
        }
    }
}

fn common(make: Make, inbound: &Inbound, client: &Client) -> Map<String, Value> {
    let telegram = if make == Make::Alireza1120 { json!("") } else { json!(0) };
    object(json!({
        "email": client.email_on(inbound.id), "limitIp": 0, "totalGB": client.limit_bytes,
        "expiryTime": expiry(client), "enable": client.enabled, "tgId": telegram,
        "subId": client.sub_id, "comment": "", "reset": 0,
    }))
}

fn secrets(world: &World, inbound: &Inbound, client: &Client) -> Map<String, Value> {
    let secret = client.secret(&world.spec.name, inbound);
    let has_flow = matches!(inbound.shape, Shape::Reality { .. });
    let flow = if has_flow { client.flow } else { "" };
    let is_vmess = inbound.shape == Shape::VMess;
    let security = if is_vmess { client.security } else { "" };
    let own = match inbound.shape {
        Shape::Reality { .. } | Shape::WebSocket | Shape::VMess => json!({ "id": secret }),
        Shape::Trojan | Shape::Shadowsocks2022 | Shape::Shadowsocks => {
            json!({ "password": secret })
        }
        Shape::Hysteria2 => json!({ "auth": secret }),
        Shape::WireGuard => json!({
            "privateKey": secret, "publicKey": seed::hex(&["public", &secret], 44),
            "allowedIPs": [client.tunnel_address()], "preSharedKey": "", "keepAlive": 0,
        }),
    };
    let own = object(own);
    match world.spec.make {
        Make::ThreeXui267 | Make::ThreeXui2811 => {
            let mut it =
                object(json!({ "id": "", "security": security, "password": "", "flow": flow }));
            it.extend(own);
            it
        }
        Make::Alireza1120 => {
            let more = match inbound.shape {
                Shape::Reality { .. } | Shape::WebSocket => json!({ "flow": flow }),
                Shape::VMess => json!({ "security": security }),
                Shape::Shadowsocks2022 | Shape::Shadowsocks => json!({ "method": "" }),
                _ => json!({}),
            };
            own.into_iter().chain(object(more)).collect()
        }
        _ => {
            let mut it = own;
            it.insert("security".to_owned(), json!(security));
            if !flow.is_empty() {
                it.insert("flow".to_owned(), json!(flow));
            }
            it
        }
    }
}

/// In Unix milliseconds; 0 is never.
pub(super) fn expiry(client: &Client) -> i64 {
    client.expires_at.map_or(0, jiff::Timestamp::as_millisecond)
}
