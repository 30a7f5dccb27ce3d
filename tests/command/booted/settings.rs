//! Another `.env` on a machine with systemd: taken over, refused, or moving the port.

use std::fs;
use std::time::Instant;

use super::{Booted, CUSTOMER, KEY, SETTINGS};
use crate::pebble::{get, leaf, roots, shake};
use crate::run::DEADLINE;

/// Another key.
const NEW_KEY: &str = "my-other-secure-key-2025";

#[test]
fn a_changed_env_is_taken_over_and_a_wrong_one_changes_nothing() {
    let machine = Booted::with_service();
    let mut journal = machine.journal();
    let settings = SETTINGS.replace(KEY, NEW_KEY);
    machine.write_settings(&settings);
    journal.wait_for("The settings were read again  changed=ADMIN_API_KEY");
    assert_eq!(machine.get("/api/v1/health", NEW_KEY).0, 200);
    assert_eq!(machine.get("/api/v1/health", KEY).0, 401);

    let wrong = format!("{settings}SUB_MAX_AGE=soon-s3cret\n");
    machine.write_settings(&wrong);
    let told = journal.wait_for("The old settings stay: SUB_MAX_AGE");
    assert!(told.contains("at=/var/www/alamorvpn_bot/.env line 3"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    assert_eq!(machine.get("/api/v1/health", NEW_KEY).0, 200);
    assert_eq!(machine.get(CUSTOMER, "").0, 200);

    // A restart cannot do with them, and says why; who comes waits for better ones.
    machine.try_sh("systemctl restart alamorwebhook").expect(1);
    journal.wait_for("line 3: SUB_MAX_AGE is no duration");
    machine.write_settings(&settings);
    assert_eq!(machine.get(CUSTOMER, "").0, 200);
    assert_eq!(machine.sh("systemctl is-active alamorwebhook"), "active\n");
}

/// As the bot does that has two settings to write, and an operator who tries and tries.
#[test]
fn no_change_is_lost_however_soon_it_follows_on_another() {
    let machine = Booted::with_service();
    let key = |number: u8| format!("my-secure-key-no-{number:02}-x");
    for number in 0..8 {
        machine.write_settings(&SETTINGS.replace(KEY, &key(number)));
        // The core has got it, and is just about to read it.
        machine.sh("until cmp --quiet /shared/env /run/alamorwebhook/env; do :; done");
    }
    machine.journal().wait_for("The settings were read again  changed=ADMIN_API_KEY");
    let is_last = || machine.get("/api/v1/health", &key(7)).0 == 200;
    let deadline = Instant::now() + DEADLINE;
    while !is_last() {
        assert!(Instant::now() < deadline, "the last key does not open");
    }
}

#[test]
fn an_installation_is_repaired_while_its_core_does_not_start() {
    let machine = Booted::with_service();
    machine.write_settings(&format!("{SETTINGS}SUB_MAX_AGE=soon\n"));
    machine.try_sh("systemctl restart alamorwebhook").expect(1);
    let refused = machine.try_sh("alamor install").expect(2);
    refused.says(&["SUB_MAX_AGE is no duration"]);
    machine.write_settings(SETTINGS);
    machine.sh("alamor install");
    assert_eq!(machine.get(CUSTOMER, "").0, 200);
}

#[test]
fn another_port_and_tls_are_taken_over_by_another_installation() {
    let machine = Booted::with_service();
    let made = rcgen::generate_simple_self_signed(["pay.alamor.test".to_owned()]).unwrap();
    let again = rcgen::generate_simple_self_signed(["pay.alamor.test".to_owned()]).unwrap();
    for (name, pair) in [("first", &made), ("second", &again)] {
        fs::write(machine.shared(&format!("{name}.pem")), pair.cert.pem()).unwrap();
        fs::write(machine.shared(&format!("{name}.key")), pair.signing_key.serialize_pem())
            .unwrap();
    }
    let put = |name: &str| {
        machine.sh(&format!(
            "install -D -m 600 /shared/{name}.key /etc/ssl/shop/key.pem.new
            install -m 644 /shared/{name}.pem /etc/ssl/shop/chain.pem.new
            cd /etc/ssl/shop; mv key.pem.new key.pem; mv chain.pem.new chain.pem"
        ));
    };
    put("first");
    machine.write_settings(&format!(
        "{SETTINGS}WEBHOOK_DOMAIN=pay.alamor.test\nWEBHOOK_BIND=127.0.0.1:443\n\
         TLS_REDIRECT_BIND=127.0.0.1:80\nTLS_CERT_FILE=/etc/ssl/shop/chain.pem\n\
         TLS_KEY_FILE=/etc/ssl/shop/key.pem\n"
    ));
    machine.sh("alamor install");
    let trusting = |pem: &str| {
        machine.inside(|| {
            let mut stream = shake(443, "pay.alamor.test", roots(pem)).unwrap();
            (leaf(&stream), get(&mut stream, CUSTOMER, ""))
        })
    };
    let (shown, answer) = trusting(&made.cert.pem());
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // systemd holds both: the core has no right to ports below 1024.
    let listening = machine.show("alamorwebhook.socket", "Listen");
    assert_eq!(listening, "127.0.0.1:443 (Stream)\n127.0.0.1:80 (Stream)");
    let copies = machine.sh("stat -c '%n %U:%G %a' /run/alamorwebhook/*.pem");
    assert_eq!(
        copies,
        "/run/alamorwebhook/fullchain.pem root:alamor 440\n\
         /run/alamorwebhook/privkey.pem root:alamor 440\n"
    );

    put("second");
    machine.journal().wait_for("Another certificate is shown from now on");
    assert_ne!(trusting(&again.cert.pem()).0, shown);
}
