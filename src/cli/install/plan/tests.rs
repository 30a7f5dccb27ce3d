//! Machines as they are found, and what is done on each.

use std::process::Command;

use super::*;
use crate::cli::install::step::Undo;
use crate::cli::install::units::OwnTls;
use crate::config::PairFiles;

/// A fresh machine with PostgreSQL and certbot, on which systemd runs.
fn machine() -> Seen {
    Seen {
        facts: Facts {
            binary: "/usr/bin/alamor".into(),
            env: "/var/www/alamorvpn_bot/.env".into(),
            listen: "127.0.0.1:8080".parse().unwrap(),
            certificate: Some("/etc/letsencrypt/live/sub.example.net".into()),
            tls: None,
            writes: None,
        },
        is_elsewhere: false,
        weak_key: None,
        account: Account::Missing,
        has_systemd: true,
        units: Vec::new(),
        is_moving: false,
        port_owner: None,
        there: BTreeSet::new(),
        ours: BTreeSet::new(),
        shared: Vec::new(),
        payments: Payments::None,
        old_server: None,
        upstream: None,
    }
}

const AGREED: Agreed = Agreed { take_port: true, share_database: true, keep_old_server: false };

const CAUTIOUS: Agreed = Agreed { take_port: false, share_database: false, keep_old_server: false };

fn old(name: &str) -> UnitSeen {
    UnitSeen { name: name.to_owned(), is_ours: false, is_active: true, is_enabled: true }
}

/// The steps, one a line, without the texts of files.
fn lines(seen: &Seen, agreed: Agreed) -> String {
    let steps = plan(seen, agreed).unwrap();
    steps.iter().map(Step::to_string).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_fresh_machine_in_full() {
    let steps = plan(&machine(), CAUTIOUS).unwrap();
    let shown: Vec<String> = steps.iter().map(Step::in_full).collect();
    insta::assert_snapshot!("fresh_machine", shown.join("\n"));
}

/// What a machine's units say of TLS and of ports.
fn tls_lines(tls: OwnTls) -> String {
    let mut facts = machine().facts;
    (facts.listen, facts.tls) = ("0.0.0.0:443".parse().unwrap(), Some(tls));
    let units = units::all(&facts);
    let lines = units.iter().flat_map(|unit| unit.text.lines());
    let wanted = ["tls", "pem", "TLS", "ListenStream", "live", "PathChanged"];
    let lines = lines.filter(|line| wanted.iter().any(|word| line.contains(word)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_core_with_tls_of_its_own_gets_its_ports_from_systemd_and_copies_of_its_files() {
    let files = PairFiles { certificate: "/etc/ssl/a.pem".into(), key: "/etc/ssl/b.pem".into() };
    let redirect = "0.0.0.0:80".parse().ok();
    let copy = "/usr/bin/install -m 0440 -o root -g alamor -T";
    let copies = |when: &str| {
        format!(
            "{when}=-+{copy} /etc/ssl/b.pem /run/alamorwebhook/privkey.pem\n\
             {when}=-+{copy} /etc/ssl/a.pem /run/alamorwebhook/fullchain.pem\n"
        )
    };
    let expected = format!(
        "Environment=ALAMOR_TLS_COPIES=/run/alamorwebhook\n{}{}ListenStream=0.0.0.0:443\n\
         ListenStream=0.0.0.0:80\nPathChanged=/var/www/alamorvpn_bot/.env\nPathChanged=/etc/ssl",
        copies("ExecStartPre"),
        copies("ExecReload")
    );
    assert_eq!(tls_lines(OwnTls { files: Some(files), redirect }), expected);
    let ordering = "Environment=TLS_ACME_FOLDER=/var/lib/alamor/tls\nListenStream=0.0.0.0:443\n\
                    ListenStream=0.0.0.0:80\nPathChanged=/var/www/alamorvpn_bot/.env";
    assert_eq!(tls_lines(OwnTls { files: None, redirect }), ordering);
}

#[test]
fn the_old_server_is_retired_and_comes_back() {
    let mut seen = machine();
    seen.units = vec![old(SERVICE), old(OLD)];
    seen.there = [SERVICE, OLD].map(|name| Path::new(UNITS).join(name)).into();
    seen.there.insert(link("multi-user.target", SERVICE));
    seen.port_owner = Some("pid 812 (python)".to_owned());
    insta::assert_snapshot!("old_server", lines(&seen, AGREED));
    let steps = plan(&seen, AGREED).unwrap();
    let back: Vec<Undo> = steps.iter().rev().filter_map(Step::undo).collect();
    let back: Vec<String> = back.iter().map(Undo::to_string).collect();
    insta::assert_snapshot!("old_server_back", back.join("\n"));
}

#[test]
fn a_port_that_payments_come_back_to_is_not_taken_before_somebody_answers_them() {
    let mut seen = machine();
    seen.units = vec![old(OLD)];
    seen.there = [Path::new(UNITS).join(OLD)].into();
    seen.payments = Payments::Lost;
    let keep = Agreed { keep_old_server: true, ..AGREED };
    assert_eq!(plan(&seen, AGREED).unwrap_err(), Refusal::PaymentsLost);
    assert_eq!(plan(&seen, keep).unwrap_err(), Refusal::NoUpstream);
    seen.upstream = Some("127.0.0.1:8081".parse().unwrap());
    assert_eq!(plan(&seen, keep).unwrap_err(), Refusal::NoOldServer);
    seen.old_server = OldServer::of("ExecStart=/srv/bot/python3 /srv/bot/webhook_server.py");
    insta::assert_snapshot!("old_server_kept", lines(&seen, keep));
    // Somebody answers already, or nobody pays.
    for payments in [Payments::Passed, Payments::None, Payments::Unknown] {
        seen.payments = payments;
        assert!(!lines(&seen, AGREED).contains(old_server::UNIT));
    }
}

#[test]
fn a_port_that_is_served_is_not_taken_without_asking() {
    let mut seen = machine();
    seen.units = vec![old(OLD)];
    assert_eq!(plan(&seen, CAUTIOUS).unwrap_err(), Refusal::PortServed(OLD.to_owned()));
    // What only comes up with the machine serves there after the next boot.
    seen.units[0].is_active = false;
    assert_eq!(plan(&seen, CAUTIOUS).unwrap_err(), Refusal::PortServed(OLD.to_owned()));
    // At another port it may stay, and nothing is done to it.
    seen.facts.listen = "127.0.0.1:8081".parse().unwrap();
    assert!(!lines(&seen, CAUTIOUS).contains(OLD));
    seen.port_owner = Some("pid 9 (caddy)".to_owned());
    let taken = Refusal::PortTaken("pid 9 (caddy)".to_owned());
    assert_eq!(plan(&seen, AGREED).unwrap_err(), taken, "it is nobody's unit: it stays");
}

#[test]
fn the_bots_button_cannot_start_the_old_server_that_stands_still() {
    let mut seen = machine();
    seen.units = vec![UnitSeen { name: OLD.to_owned(), ..UnitSeen::default() }];
    seen.there = [Path::new(UNITS).join(OLD)].into();
    let lines = lines(&seen, CAUTIOUS);
    assert!(lines.contains(&format!("move   {UNITS}/{OLD} to {UNITS}/{OLD}.before-alamor\n")));
    assert!(lines.contains(&format!("link   {UNITS}/{OLD} to /dev/null\n")), "{lines}");
    assert!(!lines.contains("systemctl stop"), "{lines}");
}

#[test]
fn a_unit_of_our_name_that_runs_alamor_is_no_rival_but_is_kept() {
    let mut seen = machine();
    seen.units = vec![UnitSeen { is_ours: true, ..old(SERVICE) }];
    seen.there = [Path::new(UNITS).join(SERVICE)].into();
    let lines = lines(&seen, CAUTIOUS);
    assert!(lines.contains("alamorwebhook.service.before-alamor"), "{lines}");
    assert!(
        lines.contains("systemctl stop alamorwebhook.service\n"),
        "its port is the socket's now"
    );
}

#[test]
fn a_second_installation_makes_nothing_twice() {
    let mut seen = machine();
    seen.account = Account::There;
    let made = plan(&machine(), CAUTIOUS).unwrap();
    let paths = made.iter().filter_map(|step| match step.undo() {
        Some(Undo::Remove(path)) => Some(path),
        _ => None,
    });
    seen.ours = paths.collect();
    seen.there = seen.ours.clone();
    insta::assert_snapshot!("second_installation", lines(&seen, CAUTIOUS));
}

#[test]
fn a_socket_that_is_to_listen_elsewhere_is_closed_before_it_is_opened_there() {
    let moving = Seen { is_moving: true, ..machine() };
    let lines = lines(&moving, CAUTIOUS);
    let at = |what: &str| lines.find(what).unwrap_or_else(|| panic!("{what} is not in {lines}"));
    let close = at("run    systemctl stop alamorwebhook.socket\n");
    assert!(close < at("write  /etc/systemd/system/alamorwebhook.socket"), "{lines}");
    assert!(close < at("run    systemctl start alamorwebhook.socket"), "{lines}");
    assert!(!self::lines(&machine(), CAUTIOUS).contains("stop"));
    let facts = machine().facts;
    let texts = units::all(&facts);
    let socket = texts.iter().find(|unit| unit.name == units::SOCKET).unwrap();
    assert_eq!(units::listened(&socket.text), units::listens(&facts));
}

#[test]
fn a_sqlite_file_is_shared_by_one_right_and_only_if_that_was_said() {
    let mut seen = machine();
    let folder = PathBuf::from("/var/www/alamorvpn_bot/database");
    let rights = |mode| Rights { gid: 0, mode };
    seen.facts.writes = Some(folder.clone());
    seen.shared = vec![
        SharedSeen { path: folder.clone(), rights: rights(0o755), is_folder: true },
        SharedSeen { path: folder.join("alamor_vpn.db"), rights: rights(0o644), is_folder: false },
    ];
    assert_eq!(plan(&seen, CAUTIOUS).unwrap_err(), Refusal::NotShared(folder));
    let lines = lines(&seen, AGREED);
    assert!(lines.contains("database with the group alamor (2775, was 0755)\n"), "{lines}");
    assert!(lines.contains("alamor_vpn.db with the group alamor (0664, was 0644)\n"), "{lines}");
}

#[test]
fn what_would_not_work_is_refused() {
    let weak = Seen { weak_key: Some("is not set".to_owned()), ..machine() };
    assert!(matches!(plan(&weak, AGREED), Err(Refusal::WeakKey(_))));
    for odd in ["/srv/my bot/.env", "/srv/%h/.env", "/srv/a\n[Service]/.env", "relative/.env"] {
        let mut seen = machine();
        seen.facts.env = odd.into();
        assert_eq!(plan(&seen, AGREED).unwrap_err(), Refusal::OddPath(odd.into()));
    }
}

/// The gate: at most 1.5, which the option counts in tenths.
#[test]
fn the_units_exposure_is_low() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = machine().facts;
    // systemd-analyze wants programs that are there.
    facts.binary = "/bin/true".into();
    for unit in units::all(&facts) {
        std::fs::write(folder.path().join(unit.name), unit.text).unwrap();
    }
    let file = folder.path().join(SERVICE);
    let analyzed = Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=true", "--threshold=15"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&analyzed.stdout);
    assert!(analyzed.status.success(), "{said}{}", String::from_utf8_lossy(&analyzed.stderr));
    let verified =
        Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours = said.lines().filter(|line| line.contains("alamorwebhook"));
    assert_eq!(ours.collect::<Vec<_>>(), [""; 0], "{said}");
}
