//! `alamor check`: each fault made for real is found by name, with its cure, and nothing below it is
//! blamed.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, SystemTime};

use crate::site::{Made, Site};

#[test]
fn where_all_is_well_nothing_is_blamed() {
    let mut site = Site::new();
    site.start_nginx();
    let _core = site.serve();
    let climbed = site.check(&[]);
    for rung in ["settings", "database", "process", "port", "tcp", "tls", "key", "endpoint"] {
        assert_eq!(climbed.state(rung), "ok", "{rung}\n{}", climbed.all());
    }
    // Only this machine could reach an address of loopback, and that is said.
    assert_eq!(climbed.state("dns"), "warn", "{}", climbed.all());
    assert_eq!(climbed.code, Some(1), "{}", climbed.all());
}

#[test]
fn a_port_that_another_program_has_is_the_ports_fault() {
    let site = Site::new();
    let _other = TcpListener::bind(site.world.address()).unwrap();
    let pid = std::process::id();
    site.check(&[]).blames("port", &format!("pid {pid}"), &format!("kill {pid}"));
}

#[test]
fn a_core_that_does_not_run_is_named_and_customers_see_502() {
    let mut site = Site::new();
    site.start_nginx();
    site.check(&[]).blames("process", "no alamor core runs", "");
    site.check(&["--public"]).blames("endpoint", "502", "");
}

#[test]
fn an_nginx_without_the_site_is_named() {
    let mut site = Site::new();
    site.write_nginx_without_the_site();
    site.start_nginx();
    let _core = site.serve();
    site.check(&[]).blames(
        "endpoint",
        "nginx has no site for pay.alamor.test",
        "server_name pay.alamor.test",
    );
}

#[test]
fn a_site_that_is_passed_on_to_another_port_is_named() {
    let mut site = Site::new();
    site.write_nginx(crate::site::DOMAIN, "127.0.0.1:9");
    site.start_nginx();
    let _core = site.serve();
    site.check(&[]).blames("endpoint", "127.0.0.1:9", "");
}

#[test]
fn a_certificate_that_was_renewed_and_not_loaded_is_named() {
    let mut site = Site::new();
    site.start_nginx();
    let _core = site.serve();
    site.write_certificate(Made::Later);
    let climbed = site.check(&[]);
    assert!(climbed.said("tls").contains("renewed"), "{}", climbed.all());
    assert_eq!(climbed.fix("tls"), "systemctl reload nginx");
}

#[test]
fn bad_certificates_are_told_apart() {
    for (made, reason) in [
        (Made::Expired, "expired"),
        (Made::ForAnotherName, "is for shop.alamor.test"),
        (Made::WithoutChain, "Intermediate of the tests is missing from the chain"),
    ] {
        let mut site = Site::new();
        site.write_certificate(made);
        site.start_nginx();
        let _core = site.serve();
        site.check(&[]).blames("tls", reason, "");
    }
}

#[test]
fn a_key_that_is_not_the_certificates_is_named_before_nginx_fails_with_it() {
    let mut site = Site::new();
    site.start_nginx();
    let _core = site.serve();
    site.write_certificate(Made::WithAnotherKey);
    let climbed = site.check(&[]);
    assert!(climbed.said("tls").contains("is not the key of the certificate"), "{}", climbed.all());
    assert!(climbed.said("endpoint").contains("would not start again"), "{}", climbed.all());
}

#[test]
fn a_name_that_points_elsewhere_is_named() {
    let mut site = Site::new();
    site.start_nginx();
    let _core = site.serve();
    site.point_to(Ipv4Addr::new(192, 0, 2, 7));
    let climbed = site.check(&[]);
    assert!(climbed.said("dns").contains("192.0.2.7"), "{}", climbed.all());
}

#[test]
fn a_key_that_was_changed_since_the_core_started_is_named() {
    let mut site = Site::new();
    site.start_nginx();
    let _core = site.serve();
    site.world.set("ADMIN_API_KEY", "another-good-key-2026.11");
    // What the system says of a start has a grain of a second.
    let file = std::fs::File::open(site.world.folder().join(".env")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    site.check(&[]).blames("key", "changed", "start it again");
}

#[test]
fn a_default_key_and_a_key_that_breaks_the_rule_are_named() {
    let mut site = Site::new();
    site.start_nginx();
    site.world.set("ADMIN_API_KEY", "your-secret-key");
    let _core = site.serve();
    let climbed = site.check(&[]);
    climbed.blames("key", "published guide", "alamor key new");
}

#[test]
fn a_database_that_is_gone_is_named_before_anything_else() {
    let site = Site::new();
    std::fs::remove_file(site.world.folder().join("database/alamor_vpn.db")).unwrap();
    site.check(&[]).blames("database", "alamor_vpn.db", "");
}

#[test]
fn settings_that_cannot_be_read_are_the_first_fault() {
    let site = Site::new();
    for (domain, reason) in [
        ("https://pay.alamor.test/x", "starts with a scheme"),
        ("pay.alamor.test:8443", "has a port"),
        ("pay alamor", "is no host name"),
    ] {
        site.world.set("WEBHOOK_DOMAIN", domain);
        site.check(&[]).blames("settings", reason, "write WEBHOOK_DOMAIN=");
    }
    site.world.set("WEBHOOK_DOMAIN", "пример.рф");
    assert_ne!(site.check(&["--from", "dns"]).state("dns"), "not_tried");
}

#[test]
fn a_systemctl_that_hangs_costs_little_and_is_unknown() {
    let mut site = Site::new();
    // Reads a pipe that nobody writes to.
    site.program("systemctl", "exec tail -f /dev/null");
    site.start_nginx();
    let _core = site.serve();
    let climbed = site.check(&[]);
    assert_eq!(climbed.state("unit"), "unknown", "{}", climbed.all());
    assert_eq!(climbed.state("port"), "ok", "{}", climbed.all());
}

#[test]
fn a_report_holds_every_rung_and_no_secret() {
    let site = Site::new();
    let key = site.world.setting("ADMIN_API_KEY");
    let done =
        crate::run::Process::start(site.command(&["check", "--report", "report.txt"]), "").done();
    done.says(&["report.txt"]);
    let text = std::fs::read_to_string(site.world.folder().join("report.txt")).unwrap();
    for rung in ["settings: ", "process: crit", "panels: not_tried"] {
        assert!(text.contains(rung), "{rung}\n{text}");
    }
    assert!(!text.contains(&key));
}

#[test]
fn what_a_probe_started_ends_with_the_check_that_is_stopped() {
    let site = Site::new();
    // Says its number into a pipe that is read here, then hangs.
    let pipe = site.world.folder().join("started");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .unwrap();
    site.program("systemctl", &format!("echo $$ > {}; exec tail -f /dev/null", pipe.display()));
    let check = crate::run::Process::start(site.command(&["check"]), "");
    let pid: i32 = std::fs::read_to_string(&pipe).unwrap().trim().parse().unwrap();
    let done = check.stop(rustix::process::Signal::TERM);
    assert_eq!(done.code, Some(2), "{}", done.err);
    // Killed, it may wait for somebody to count it.
    let runs = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    };
    let deadline = std::time::Instant::now() + crate::run::DEADLINE;
    while runs() {
        assert!(std::time::Instant::now() < deadline, "systemctl goes on");
        std::thread::yield_now();
    }
}
