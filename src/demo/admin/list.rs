//! The list of inbounds with their clients, with the keys that each make writes.

use serde_json::{Value, json};

use super::{settings, stream, success};
use crate::demo::client::Client;
use crate::demo::inbounds::{Inbound, Shape};
use crate::demo::make::Make;
use crate::demo::seed;
use crate::demo::world::{Listed, World};

/// The whole answer.
pub(super) fn write(world: &World, listed: &Listed) -> String {
    let mut row = 0_u64;
    let one = |inbound: &Inbound| inbound_object(world, inbound, &listed.clients, &mut row);
    success(&Value::Array(listed.inbounds.iter().map(one).collect()))
}

fn inbound_object(world: &World, inbound: &Inbound, clients: &[Client], row: &mut u64) -> Value {
    let make = world.spec.make;
    let clients: Vec<&Client> =
        clients.iter().filter(|client| client.inbounds.contains(&inbound.id)).collect();
    let stats = clients.iter().map(|client| {
        *row += 1;
        stats(world, inbound, client, *row)
    });
    let stats: Vec<Value> = stats.collect();
    let mut it = json!({ "id": inbound.id, "up": 0, "down": 0, "total": 0 });
    if has_all_time(make) {
        it["allTime"] = json!(0);
    }
    it["remark"] = json!(inbound.remark);
    if make == Make::ThreeXui360 {
        it["subSortIndex"] = json!(1);
    }
    it["enable"] = json!(inbound.enabled);
    it["expiryTime"] = json!(0);
    if counts_anew(make) {
        it["trafficReset"] = json!("never");
    }
    if make == Make::ThreeXui360 {
        it["trafficResetDay"] = json!(1);
    }
    if counts_anew(make) {
        it["lastTrafficResetTime"] = json!(0);
    }
    it["clientStats"] = Value::Array(stats);
    it["listen"] = json!("");
    it["port"] = json!(inbound.port);
    it["protocol"] = json!(inbound.protocol);
    it["tag"] = json!(format!("inbound-{}", inbound.port));
    if make == Make::ThreeXui360 {
        it["shareAddrStrategy"] = json!("node");
        it["shareAddr"] = json!("");
        it["originNodeGuid"] = json!(seed::uuid(&["node", &world.spec.name]));
    }
    let sniffing = json!({ "enabled": false, "destOverride": ["http", "tls"] });
    it["settings"] = written(make, settings::write(world, inbound, &clients));
    it["streamSettings"] = written(make, stream::write(world, inbound));
    it["sniffing"] = written(make, sniffing);
    it
}

/// An object as it is, or as text with indented JSON in it.
fn written(make: Make, object: Value) -> Value {
    if make.writes_settings_as_text() { Value::String(format!("{object:#}")) } else { object }
}

fn has_all_time(make: Make) -> bool {
    matches!(make, Make::ThreeXui267 | Make::ThreeXui2811 | Make::ThreeXui302)
}

fn counts_anew(make: Make) -> bool {
    matches!(make, Make::ThreeXui2811 | Make::ThreeXui302 | Make::ThreeXui360)
}

/// What the client used of what it may use on this inbound.
fn stats(world: &World, inbound: &Inbound, client: &Client, row: u64) -> Value {
    let make = world.spec.make;
    let mut it = json!({
        "id": row, "inboundId": inbound.id,
        "enable": client.is_on(world.spec.now),
        "email": client.email_on(inbound.id),
    });
    if counts_anew(make) {
        let is_uuid =
            matches!(inbound.shape, Shape::Reality { .. } | Shape::WebSocket | Shape::VMess);
        let uuid = is_uuid.then(|| client.secret(&world.spec.name, inbound));
        it["uuid"] = json!(uuid.unwrap_or_default());
        it["subId"] = json!(client.sub_id);
    }
    let up = client.used_bytes / 4;
    it["up"] = json!(up);
    it["down"] = json!(client.used_bytes - up);
    if has_all_time(make) {
        it["allTime"] = json!(client.used_bytes);
    }
    it["expiryTime"] = json!(settings::expiry(client));
    it["total"] = json!(client.limit_bytes);
    it["reset"] = json!(0);
    if counts_anew(make) {
        it["lastOnline"] = json!(0);
    }
    it
}
