//! The bot's own caller against the real core, directly and through nginx: it needs no change, and
//! counts what it always counted.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use alamor::demo::behaviour::Behaviour;

use crate::python::python;
use crate::rows::sql;
use crate::run::Process;
use crate::site::{Made, Site};

/// Sells four purchases, two on each panel, on days that are in no order of their numbers.
fn sell(site: &Site) -> [alamor::demo::panel::SimulatedPanel; 2] {
    let panels = [site.world.panel("de-1"), site.world.panel("fr-2")];
    for (user, panel) in [(1, &panels[0]), (2, &panels[1]), (3, &panels[0]), (4, &panels[1])] {
        site.world.sell(panel, user);
    }
    let days =
        "UPDATE purchases SET purchase_date = '2026-01-0' || (1 + (id * 3) % 5) || ' 12:00:00'";
    sql(&site.world.folder().join(DATABASE), days);
    panels
}

/// Where `alamor init` makes it.
const DATABASE: &str = "database/alamor_vpn.db";

/// In which order the bot asks for these.
const NEWEST_FIRST: [u64; 4] = [3, 1, 4, 2];

/// Presses the button; what the bot counted, and what it was answered.
#[track_caller]
fn press(site: &Site, base: &str, key: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bot/update_all.py");
    let mut command = python("python", site.world.folder());
    command.env("REQUESTS_CA_BUNDLE", site.world.folder().join("root.pem"));
    command.arg(script).args([DATABASE, base, key]);
    let done = Process::start(command, "").done().expect(0);
    serde_json::from_str(&done.out).unwrap()
}

/// Success, failed, connection errors, total.
fn counted(pressed: &Value) -> [u64; 4] {
    ["success", "failed", "connection", "total"].map(|name| pressed[name].as_u64().unwrap())
}

#[test]
fn the_bot_updates_all_directly_and_through_nginx() {
    let mut site = Site::new();
    let panels = sell(&site);
    site.start_nginx();
    let core = site.serve();
    let key = site.world.setting("ADMIN_API_KEY");
    let direct = format!("http://{}", site.world.address());
    for base in [&direct, &site.url()] {
        let pressed = press(&site, base, &key);
        assert_eq!(counted(&pressed), [4, 0, 0, 4], "{base}: {pressed}");
        assert_eq!(pressed["asked"], json!(NEWEST_FIRST));
        for answer in pressed["answers"].as_array().unwrap() {
            assert_eq!(*answer, json!([200, "Configs updated successfully"]), "{base}");
        }
    }
    site.world.behave(&panels[1], Behaviour::Refuse);
    for base in [&direct, &site.url()] {
        let pressed = press(&site, base, &key);
        assert_eq!(counted(&pressed), [2, 2, 0, 4], "{base}: {pressed}");
        let failed = json!([500, "Failed to update configs"]);
        let answers = pressed["answers"].as_array().unwrap();
        assert_eq!(answers.iter().filter(|answer| **answer == failed).count(), 2, "{pressed}");
        let pressed = press(&site, base, "another-key-0123456789");
        assert_eq!(counted(&pressed), [0, 4, 0, 4], "{base}");
        assert_eq!(pressed["answers"][0], json!([401, "Invalid API key"]), "{base}");
    }
    core.stop(Signal::TERM).expect(0);
}

/// What the bot counts as "not reached" and what as "failed" is the same as ever.
#[test]
fn a_core_that_is_not_reached_is_counted_by_the_bot_as_before() {
    let mut site = Site::new();
    let _panels = sell(&site);
    site.start_nginx();
    let key = site.world.setting("ADMIN_API_KEY");
    let direct = press(&site, &format!("http://{}", site.world.address()), &key);
    assert_eq!(counted(&direct), [0, 0, 4, 4], "{direct}");
    let behind_nginx = press(&site, &site.url(), &key);
    assert_eq!(counted(&behind_nginx), [0, 4, 0, 4], "{behind_nginx}");
    assert_eq!(behind_nginx["answers"][0][0], 502);
    site.write_certificate(Made::Expired);
    site.stop_nginx();
    site.start_nginx();
    let expired = press(&site, &site.url(), &key);
    assert_eq!(counted(&expired), [0, 0, 4, 4], "{expired}");
}
