//! A panel's health, as it tells it.

use serde_json::{Value, json};

use super::success;
use crate::demo::behaviour::Behaviour;
use crate::demo::make::Make;
use crate::demo::seed;
use crate::demo::world::World;

/// The answer to the question how the panel is.
pub(super) fn write(world: &World) -> String {
    let make = world.spec.make;
    let mut status = json!({
        "cpu": 20.5, "cpuCores": 2, "logicalPro": 2, "cpuSpeedMhz": 2596.134,
        "mem": { "current": 961_097_728, "total": 25_276_514_304_u64 },
        "swap": { "current": 0, "total": 0 },
        "disk": { "current": 16_485_953_536_u64, "total": 270_553_174_016_u64 },
    });
    if make.is_third() {
        status["diskIO"] = json!({ "read": 0, "write": 1_136_912 });
        status["diskTraffic"] = json!({ "read": 2_369_553_408_u64, "write": 7_366_426_624_u64 });
    }
    status["xray"] = xray(world.behaviour());
    if make.is_third() {
        status["panelVersion"] = json!(make.version());
        status["panelGuid"] = json!(seed::uuid(&["panel", &world.spec.name]));
    }
    status["uptime"] = json!(2335);
    status["loads"] = json!([0.26, 0.88, 0.92]);
    status["tcpCount"] = json!(27);
    status["udpCount"] = json!(2);
    let net = |more: &[(&str, u64)], mut net: Value| {
        for (name, number) in more.iter().filter(|_| make == Make::ThreeXui360) {
            net[*name] = json!(number);
        }
        net
    };
    status["netIO"] = net(&[("pktUp", 0), ("pktDown", 0)], json!({ "up": 199, "down": 199 }));
    status["netTraffic"] = net(
        &[("pktSent", 20_580), ("pktRecv", 31_483)],
        json!({ "sent": 15_418_028, "recv": 522_234_348 }),
    );
    status["publicIP"] = json!({ "ipv4": "N/A", "ipv6": "N/A" });
    status["appStats"] = json!({ "threads": 9, "mem": 44_738_840, "uptime": 0 });
    success(&status)
}

fn xray(behaviour: Behaviour) -> Value {
    match behaviour {
        Behaviour::XrayStopped => json!({
            "state": "error",
            "errorMsg": "fork/exec /usr/local/x-ui/bin/xray-linux-amd64: no such file or directory",
            "version": "Unknown",
        }),
        _ => json!({ "state": "running", "errorMsg": "", "version": "25.10.15" }),
    }
}
