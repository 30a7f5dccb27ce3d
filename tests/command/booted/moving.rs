//! In the old server's place, and out again, on a machine with systemd.

use super::{BOT, Booted, CUSTOMER, SETTINGS};

/// As the bot's: it binds all addresses and port 8080, whatever it is told.
const SCRIPT: &str = "\
from flask import Flask
app = Flask(__name__)
if __name__ == '__main__':
    app.run(host='0.0.0.0', port=8080)
";

/// As much of Flask as it takes.
const FLASK: &str = "\
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'the old server')
class Flask:
    def __init__(self, name):
        pass
    def run(self, host, port):
        http.server.ThreadingHTTPServer((host, port), Answer).serve_forever()
";

/// As the bot's installer writes it.
const UNIT: &str = "\
[Unit]
After=network.target
[Service]
User=root
WorkingDirectory=/var/www/alamorvpn_bot
ExecStart=/usr/bin/python3 webhook_server.py
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
";

const GATEWAYS: &str = "\
CREATE TABLE payment_gateways (id INTEGER PRIMARY KEY, name TEXT, type TEXT, merchant_id TEXT,
    is_active BOOLEAN DEFAULT TRUE);
INSERT INTO payment_gateways (name, type, merchant_id) VALUES ('zp', 'online', 'gAAAA');
";

/// Where customers come back to who have paid.
const PAID: &str = "/zarinpal/verify?Authority=A1";

/// A machine on which the old server runs, in the unit of the bot's installer and of the guide's name.
fn with_old_server() -> Booted {
    let machine = Booted::with_bot_and_package();
    for (name, text) in [("webhook_server.py", SCRIPT), ("flask.py", FLASK), ("unit", UNIT)] {
        std::fs::write(machine.shared(name), text).unwrap();
    }
    machine.sh(&format!(
        "cp /shared/webhook_server.py /shared/flask.py {BOT}
        cp /shared/unit /etc/systemd/system/alamor_webhook.service
        cp /shared/unit /etc/systemd/system/alamorwebhook.service
        systemctl daemon-reload; systemctl --quiet enable alamor_webhook alamorwebhook
        systemctl start alamor_webhook"
    ));
    machine.wait_for_listener(8080);
    assert_eq!(machine.get(PAID, ""), (200, "the old server".to_owned()));
    machine
}

#[test]
fn it_takes_the_old_servers_port_only_when_told_and_gives_it_back() {
    let machine = with_old_server();
    let before = machine.units();
    machine.try_sh("alamor install --share-database").expect(2).says(&["--take-port"]);
    assert_eq!(machine.get(PAID, "").1, "the old server", "a refusal stops nobody");

    machine.sh("alamor install --share-database --take-port");
    assert_eq!(machine.get("/livez", "").1, "ok");
    // The bot's button, and a boot.
    let button = machine.try_sh("systemctl start alamor_webhook").expect(1);
    button.says(&["masked"]);
    assert_eq!(machine.get(CUSTOMER, "").0, 200);

    machine.sh("alamor uninstall");
    assert_eq!(machine.units(), before);
    assert_eq!(machine.sh("systemctl is-active alamor_webhook"), "active\n");
    machine.wait_for_listener(8080);
    assert_eq!(machine.get(PAID, "").1, "the old server");
}

#[test]
fn the_old_server_goes_on_behind_it_for_who_comes_back_from_paying() {
    let machine = with_old_server();
    std::fs::write(machine.shared("gateways.sql"), GATEWAYS).unwrap();
    machine.sh(&format!(
        "python3 -c 'import sqlite3; rows = sqlite3.connect(\"{BOT}/database/alamor_vpn.db\")
rows.executescript(open(\"/shared/gateways.sql\").read())'"
    ));
    let before = machine.units();
    let take = "alamor install --share-database --take-port";
    machine.try_sh(take).expect(2).says(&["LEGACY_UPSTREAM", "--keep-old-server"]);
    machine.write_settings(&format!("{SETTINGS}LEGACY_UPSTREAM=http://127.0.0.1:8081\n"));
    machine.sh(&format!("{take} --keep-old-server"));
    assert_eq!(machine.get("/livez", "").1, "ok");
    assert!(machine.get(PAID, "").1.contains("the old server"));
    // Once more, as an upgrade does: it stays.
    machine.sh("alamor install");
    assert!(machine.get(PAID, "").1.contains("the old server"));

    machine.sh("alamor uninstall");
    assert_eq!(machine.units(), before);
    let loaded = machine.sh("systemctl list-units --all --no-legend --plain 'alamorwebhook-*'");
    assert_eq!(loaded, "");
    machine.wait_for_listener(8080);
    assert_eq!(machine.get(PAID, "").1, "the old server");
}
