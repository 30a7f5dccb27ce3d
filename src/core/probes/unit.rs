//! The systemd units: the one that runs the core, and those that want its port.

use std::time::Duration;

use super::machine::holder::Holder;
use super::machine::systemd::{Ended, NAMES, Unit, show};
use super::{Found, Sight};

/// Units of the bot and of the web server: looked at, but nothing of ours depends on a name.
const AROUND: [&str; 2] = ["alamorbot", "nginx"];

/// systemctl answers in milliseconds, if systemd answers at all.
const WITHIN: Duration = Duration::from_secs(3);

/// So often no unit starts again that is well: one after each of the last updates of the system.
const MANY_RESTARTS: u64 = 5;

pub(super) async fn find(sight: &Sight) -> Found {
    let holder = Holder::find(sight.listen).await.unwrap_or(Holder::Unseen);
    let by = match &holder {
        Holder::Ours(program) | Holder::Foreign(program) => program.unit.as_deref(),
        Holder::Unseen | Holder::Nobody => None,
    };
    let mut names: Vec<&str> = NAMES.iter().chain(&AROUND).copied().collect();
    let by = by.map(|unit| unit.trim_end_matches(".service"));
    names.extend(by.filter(|unit| !NAMES.contains(unit) && !AROUND.contains(unit)));
    match show(&names, WITHIN).await {
        Ok(units) => decide(&units, &holder).with_details(units.iter().map(told)),
        Err(error) => Found::unknown(format!("units cannot be looked at: {error}"), None),
    }
}

/// What the units mean, given who holds the core's port.
fn decide(units: &[Unit], holder: &Holder) -> Found {
    let ours = |unit: &&Unit| unit.is_loaded() && unit.is_ours();
    // Of several the one that runs, else the one that comes up with the machine.
    let rank = |unit: &&Unit| (unit.is_wanted(), unit.is_enabled());
    // `max_by_key` takes the last of equals; the first name is the one that guides use.
    let Some(unit) = units.iter().rev().filter(ours).max_by_key(rank) else {
        return none(units, holder);
    };
    let found = match unit.active.as_str() {
        "active" | "reloading" => running(unit, units),
        _ => not_running(unit, holder),
    };
    found
        .with_fact("unit", &unit.name)
        .with_fact("active", &unit.active)
        .with_fact("enabled", &unit.file_state)
        .with_fact("restarts", unit.restarts)
}

/// No unit runs alamor.
fn none(units: &[Unit], holder: &Holder) -> Found {
    if let Some(broken) = units.iter().find(|unit| is_webhook(unit) && is_unreadable(unit)) {
        return Found::warn(
            format!("systemd cannot use the unit {}: {}", broken.name, broken.load),
            format!("systemctl cat {}", broken.name),
        );
    }
    let write = "write /etc/systemd/system/alamorwebhook.service with ExecStart=/usr/bin/alamor \
                 serve, then systemctl enable --now alamorwebhook";
    if let Some(old) = units.iter().find(|unit| is_webhook(unit) && unit.is_loaded()) {
        let name = &old.name;
        return Found::warn(format!("{name} runs {}, not alamor", old.program()), write);
    }
    match holder {
        Holder::Ours(program) => Found::warn(
            format!("no unit runs alamor: pid {} does not come back after a reboot", program.pid),
            write,
        ),
        _ => Found::warn("no unit runs alamor: it does not come up with the machine", write),
    }
}

/// The unit of the core runs.
fn running(unit: &Unit, units: &[Unit]) -> Found {
    let name = &unit.name;
    let seen = format!("{name} {} ({}), {}", unit.active, unit.sub, unit.file_state);
    let rival = units.iter().find(|other| is_rival(other, unit));
    if let Some(rival) = rival {
        return Found::warn(
            format!(
                "{} ({}) wants the same port: after a reboot the first one gets it",
                rival.name,
                rival.program()
            ),
            format!("systemctl disable --now {}", rival.name),
        )
        .seeing(seen);
    }
    if !unit.is_enabled() && unit.file_state != "static" {
        return Found::warn(
            format!("{name} is {}: it does not come up with the machine", unit.file_state),
            format!("systemctl enable {name}"),
        )
        .seeing(seen);
    }
    if unit.restarts >= MANY_RESTARTS {
        return Found::warn(
            format!("systemd had to start {name} again {} times", unit.restarts),
            format!("journalctl -u {name} -n 50"),
        )
        .seeing(seen);
    }
    Found::ok(seen)
}

/// The unit of the core does not run; whose fault that is says who holds the port.
fn not_running(unit: &Unit, holder: &Holder) -> Found {
    let name = &unit.name;
    let state = match (unit.active.as_str(), unit.sub.as_str()) {
        ("activating", "auto-restart") => "ends each time that it is started".to_owned(),
        (active, _) => format!("is {active}"),
    };
    let last = last_exit(unit).map(|last| format!("; last {last}")).unwrap_or_default();
    match holder {
        Holder::Foreign(_) => Found::warn(
            format!("{name} {state}: another program has its port, see port"),
            format!("journalctl -u {name} -n 50"),
        ),
        Holder::Ours(program) => Found::warn(
            format!("{name} {state}; pid {} runs beside it, by hand", program.pid),
            format!("{}; systemctl start {name}", program.end()),
        ),
        Holder::Unseen => Found::warn(
            format!("{name} {state}, and somebody listens on its port, see port{last}"),
            format!("journalctl -u {name} -n 50"),
        ),
        Holder::Nobody if unit.active == "inactive" => {
            Found::crit(format!("{name} {state}{last}"), format!("systemctl start {name}"))
        }
        Holder::Nobody => {
            Found::crit(format!("{name} {state}{last}"), format!("journalctl -u {name} -n 50"))
        }
    }
}

/// Whether it will be there when the machine starts, or is, and takes the port of `unit`.
fn is_rival(other: &Unit, unit: &Unit) -> bool {
    let is_another =
        other.name != unit.name && other.is_loaded() && !AROUND.contains(&other.name.as_str());
    is_another
        && (is_webhook(other) || other.is_ours())
        && (other.is_enabled() || other.is_wanted())
}

/// Whether it has the name of a webhook server, and not of what stands around it.
fn is_webhook(unit: &Unit) -> bool {
    NAMES.contains(&unit.name.as_str())
}

fn is_unreadable(unit: &Unit) -> bool {
    matches!(unit.load.as_str(), "bad-setting" | "error" | "masked")
}

/// How its program ended last; `None` if it did not.
///
/// # Source
///
/// systemd.exec(5), "Process exit codes": 200 to 243 are systemd's own, before the program began.
fn last_exit(unit: &Unit) -> Option<String> {
    let how = match unit.ended {
        Ended::Not => return (unit.result != "success").then(|| unit.result.clone()),
        Ended::Code(200) => "code 200: its working folder is missing".to_owned(),
        Ended::Code(203) => "code 203: its program cannot be started".to_owned(),
        Ended::Code(217) => "code 217: its user does not exist".to_owned(),
        Ended::Code(code) => format!("code {code}"),
        Ended::Signal(signal) => format!("signal {signal}"),
    };
    match unit.result.as_str() {
        "success" | "exit-code" | "signal" | "" => Some(how),
        result => Some(format!("{how} ({result})")),
    }
}

/// A unit as a line of evidence.
fn told(unit: &Unit) -> String {
    if !unit.is_loaded() {
        return format!("{}: {}", unit.name, unit.load);
    }
    let state = format!("{}: {} ({})", unit.name, unit.active, unit.sub);
    let runs = format!("runs {}", unit.program());
    let mut parts = vec![state, unit.file_state.clone(), runs, unit.file.clone()];
    parts.extend(last_exit(unit).map(|last| format!("last {last}")));
    if let [Some(now), Some(most)] = unit.memory {
        parts.push(format!("{} of {} MiB", now >> 20, most >> 20));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::machine::holder::tests::program;
    use super::*;
    use crate::api::CheckState::{self, Crit, Ok, Warn};

    fn unit(name: &str, argv: &str, active: &str, file_state: &str) -> Unit {
        Unit {
            name: name.to_owned(),
            load: "loaded".to_owned(),
            file_state: file_state.to_owned(),
            active: active.to_owned(),
            sub: if active == "active" { "running" } else { "dead" }.to_owned(),
            result: "success".to_owned(),
            command: argv.split(' ').map(str::to_owned).collect(),
            ..Unit::default()
        }
    }

    fn ours(active: &str, file_state: &str) -> Unit {
        unit("alamorwebhook", "/usr/bin/alamor serve", active, file_state)
    }

    fn old(active: &str, file_state: &str) -> Unit {
        unit("alamor_webhook", "/venv/bin/python webhook_server.py", active, file_state)
    }

    fn core() -> Holder {
        Holder::Ours(program(812, "alamor"))
    }

    fn python() -> Holder {
        Holder::Foreign(program(9, "python3"))
    }

    fn check(units: &[Unit], holder: &Holder, state: CheckState, reason: &str, fix: &str) {
        let found = decide(units, holder);
        assert_eq!(found.state, state, "{found:?}");
        assert!(found.reason.clone().unwrap_or_default().starts_with(reason), "{found:?}");
        assert!(found.fix.clone().unwrap_or_default().starts_with(fix), "{found:?}");
    }

    #[test]
    fn a_unit_that_runs_and_comes_back_is_well() {
        check(&[ours("active", "enabled")], &core(), Ok, "", "");
        let found = decide(&[ours("active", "enabled")], &core());
        assert_eq!(found.seen, "alamorwebhook active (running), enabled");
        assert_eq!(found.facts["unit"], "alamorwebhook");
    }

    #[test]
    fn a_unit_that_ended_says_how_and_where_to_read_on() {
        let mut failed = ours("failed", "enabled");
        (failed.ended, failed.result) = (Ended::Code(2), "exit-code".to_owned());
        let journal = "journalctl -u alamorwebhook -n 50";
        let nobody = Holder::Nobody;
        let units = [failed.clone()];
        check(&units, &nobody, Crit, "alamorwebhook is failed; last code 2", journal);
        (failed.ended, failed.result) = (Ended::Signal(9), "oom-kill".to_owned());
        let units = [failed.clone()];
        check(&units, &nobody, Crit, "alamorwebhook is failed; last signal 9 (oom-kill)", journal);
        (failed.active, failed.sub) = ("activating".to_owned(), "auto-restart".to_owned());
        let reason = "alamorwebhook ends each time that it is started; last signal 9";
        check(&[failed], &nobody, Crit, reason, journal);
        let stopped = [ours("inactive", "enabled")];
        check(
            &stopped,
            &nobody,
            Crit,
            "alamorwebhook is inactive",
            "systemctl start alamorwebhook",
        );
    }

    #[test]
    fn a_taken_port_is_not_the_units_fault() {
        let reason = "alamorwebhook is failed: another program has its port, see port";
        check(&[ours("failed", "enabled")], &python(), Warn, reason, "journalctl");
    }

    #[test]
    fn a_core_that_runs_by_hand_makes_its_unit_a_warning() {
        let reason = "alamorwebhook is inactive; pid 812 runs beside it, by hand";
        let fix = "kill 812; tail --pid=812 -f /dev/null; systemctl start alamorwebhook";
        check(&[ours("inactive", "enabled")], &core(), Warn, reason, fix);
    }

    #[test]
    fn what_does_not_come_back_after_a_reboot_is_told() {
        let fix = "systemctl enable alamorwebhook";
        check(&[ours("active", "disabled")], &core(), Warn, "alamorwebhook is disabled", fix);
        check(&[], &core(), Warn, "no unit runs alamor: pid 812 does not come back", "write /etc/");
        check(&[], &Holder::Nobody, Warn, "no unit runs alamor: it does not", "write /etc/");
    }

    #[test]
    fn two_units_that_want_one_port_are_told_with_the_one_to_switch_off() {
        let units = [ours("active", "enabled"), old("inactive", "enabled")];
        let fix = "systemctl disable --now alamor_webhook";
        let reason = "alamor_webhook (python webhook_server.py) wants the same port";
        check(&units, &core(), Warn, reason, fix);
        let harmless = [ours("active", "enabled"), old("inactive", "disabled")];
        check(&harmless, &core(), Ok, "", "");
    }

    #[test]
    fn the_old_servers_unit_is_not_taken_for_ours() {
        let reason = "alamor_webhook runs python webhook_server.py, not alamor";
        check(&[old("active", "enabled")], &python(), Warn, reason, "write /etc/systemd");
        let replaced = unit("alamor_webhook", "/usr/bin/alamor serve", "active", "enabled");
        check(&[replaced], &core(), Ok, "", "");
    }

    #[test]
    fn a_unit_that_is_started_again_and_again_is_told() {
        let mut restless = ours("active", "enabled");
        restless.restarts = 7;
        let reason = "systemd had to start alamorwebhook again 7 times";
        check(&[restless], &core(), Warn, reason, "journalctl -u alamorwebhook");
    }

    #[test]
    fn a_masked_unit_is_told() {
        let mut masked = unit("alamorwebhook", "", "inactive", "masked");
        masked.load = "masked".to_owned();
        let reason = "systemd cannot use the unit alamorwebhook: masked";
        check(&[masked], &Holder::Nobody, Warn, reason, "systemctl cat alamorwebhook");
    }

    #[test]
    fn the_bot_and_nginx_are_evidence_only() {
        let around = [
            ours("active", "enabled"),
            unit("alamorbot", "/venv/bin/python main.py", "failed", "enabled"),
            unit("nginx", "/usr/sbin/nginx", "active", "enabled"),
        ];
        check(&around, &core(), Ok, "", "");
        // Even one that somebody has start our binary is not to be switched off.
        let around_us =
            [ours("active", "enabled"), unit("alamorbot", "/opt/alamor x", "active", "enabled")];
        check(&around_us, &core(), Ok, "", "");
        let by_user = "/usr/sbin/runuser -u alamor /opt/bot/main.py --directory /opt/alamor";
        let around_us =
            [ours("active", "enabled"), unit("alamorbot", by_user, "active", "enabled")];
        check(&around_us, &core(), Ok, "", "");
        assert!(
            told(&around[1]).starts_with("alamorbot: failed (dead), enabled, runs python main.py")
        );
    }
}
