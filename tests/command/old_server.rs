//! The old server behind the core: `alamor install --keep-old-server`, and the real Flask.

use std::process::Command;

use crate::install::Machine;
use crate::python::python;
use crate::run::Process;
use crate::world::own_address;

/// As the bot's: it binds all addresses, whatever it is told, and imports a neighbour.
const SCRIPT: &str = "\
from flask import Flask, request
from neighbour import GREETING

app = Flask(__name__)

@app.route('/zarinpal/verify')
def verify():
    return GREETING + request.args['Authority']

if __name__ == '__main__':
    app.run(host='0.0.0.0', port=8080)
";

const GATEWAYS: &str = "\
CREATE TABLE payment_gateways (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    merchant_id TEXT, is_active BOOLEAN DEFAULT TRUE);
INSERT INTO payment_gateways (name, type, merchant_id) VALUES ('card', 'card', NULL), ('zp', 'online', 'gAAAA');
";

/// Seen from the machine's root.
const FOLDER: &str = "var/www/alamorvpn_bot";

/// A machine whose bot takes payments; the old server would start.
fn machine() -> Machine {
    let machine = Machine::new().with_user();
    let env = machine.read(&format!("{FOLDER}/.env")).replace("DB_TYPE=postgres\n", "");
    machine.write(&format!("{FOLDER}/.env"), &env, 0o600);
    machine.write(&format!("{FOLDER}/webhook_server.py"), SCRIPT, 0o644);
    machine.write(&format!("{FOLDER}/neighbour.py"), "GREETING = 'paid with '\n", 0o644);
    let file = format!("{FOLDER}/database/alamor_vpn.db");
    machine.write(&file, "", 0o644);
    machine.sql(&file, GATEWAYS);
    // Paths of this machine, so that the unit's command works here too.
    let interpreter = python("python", machine.folder());
    let unit = format!(
        "[Service]\nUser=root\nWorkingDirectory={}\nExecStart={} webhook_server.py\n",
        machine.at(FOLDER).display(),
        interpreter.get_program().to_str().unwrap()
    );
    machine.write("etc/systemd/system/alamor_webhook.service", &unit, 0o644);
    machine.write(
        "etc/systemd/system/multi-user.target.wants/alamor_webhook.service",
        &unit,
        0o644,
    );
    machine
}

#[test]
fn where_customers_pay_the_old_server_goes_on_behind_the_core() {
    let machine = machine();
    let taking = ["install", "--take-port", "--share-database"];
    let refused = machine.alamor(&taking).expect(2);
    refused.says(&["Zarinpal", "LEGACY_UPSTREAM=http://127.0.0.1:8081", "--keep-old-server"]);
    let keeping = [&taking[..], &["--keep-old-server"]].concat();
    machine.alamor(&keeping).expect(2).says(&["LEGACY_UPSTREAM"]);

    let address = own_address();
    machine.append(&format!("{FOLDER}/.env"), &format!("LEGACY_UPSTREAM=http://{address}\n"));
    let before = machine.tree();
    machine.alamor(&keeping).expect(0);
    let unit = machine.read("etc/systemd/system/alamorwebhook-old.service");
    let mut server = start(&machine, &unit);
    server.wait_for(&format!("Running on http://{address}"));
    let url = format!("http://{address}/zarinpal/verify?Authority=A7&Status=OK");
    assert_eq!(get(&url), "paid with A7");

    // It answers: what is behind the core needs no word any more.
    machine.alamor(&["uninstall", "--purge"]).expect(0);
    assert_eq!(machine.tree_as_before(), before);
    machine.alamor(&taking).expect(0);
    assert!(!machine.at("etc/systemd/system/alamorwebhook-old.service").exists());
}

/// Runs the command of a unit in its folder, as systemd would: the quotes are those of a shell.
fn start(machine: &Machine, unit: &str) -> Process {
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("exec {command}")]).current_dir(machine.at(FOLDER)).env_clear();
    // A folder of compiled files would be a change.
    shell.env("PYTHONDONTWRITEBYTECODE", "1");
    Process::start(shell, "")
}

fn get(url: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { client.get(url).send().await.unwrap().text().await.unwrap() })
}
