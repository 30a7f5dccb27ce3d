//! What may lie where a certificate should.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// What is found of a file, while nothing is served.
async fn found_of_file(make: impl Fn(&Path, &Issued)) -> (World, Found) {
    let world = World::new().await;
    let folder = world.live(NAME);
    let good = world.issue(GOOD);
    good.write(&folder);
    let file = folder.join("fullchain.pem");
    std::fs::remove_file(&file).unwrap();
    make(&file, &good);
    let found = world.find().await;
    (world, found)
}

#[tokio::test]
async fn a_file_that_is_no_certificate_says_what_it_is() {
    let renew = format!("certbot renew --cert-name {NAME} --force-renewal");
    let folder: fn(&Path, &Issued) = |file, _| std::fs::create_dir(file).unwrap();
    let empty: fn(&Path, &Issued) = |file, _| std::fs::write(file, "\n").unwrap();
    let page: fn(&Path, &Issued) = |file, _| std::fs::write(file, "<html>").unwrap();
    let key: fn(&Path, &Issued) =
        |file, good| std::fs::write(file, good.key.serialize_pem()).unwrap();
    let dangling: fn(&Path, &Issued) =
        |file, _| std::os::unix::fs::symlink("../../archive/x/fullchain2.pem", file).unwrap();
    let torn: fn(&Path, &Issued) = |file, good| std::fs::write(file, &good.pem()[..300]).unwrap();
    let odd: fn(&Path, &Issued) = |file, _| {
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(file, text).unwrap();
    };
    let large: fn(&Path, &Issued) = |file, _| std::fs::write(file, vec![b'a'; 300_000]).unwrap();
    let table = [
        (folder, "is a folder, not a file"),
        (empty, "is empty"),
        (page, "holds no certificate in PEM"),
        (key, "holds no certificate in PEM"),
        (dangling, "is a link to ../../archive/x/fullchain2.pem, and that is not there"),
        (torn, "is damaged: its PEM cannot be decoded"),
        (odd, "is damaged: its first certificate cannot be read"),
        (large, "is too large for a certificate"),
    ];
    for (make, what) in table {
        let (world, found) = found_of_file(make).await;
        let path = world.shown("live/sub.example.net/fullchain.pem");
        check(&found, Crit, &format!("{path} {what}: nginx does not start with it"), &renew);
        assert_eq!(found.facts["disk"], "none");
    }
}

#[tokio::test]
async fn a_file_in_der_is_to_be_converted() {
    let (world, found) =
        found_of_file(|file, good| std::fs::write(file, &good.ders[0]).unwrap()).await;
    let path = world.shown("live/sub.example.net/fullchain.pem");
    let reason =
        format!("{path} is in DER, and servers read PEM only: nginx does not start with it");
    let fix = format!("openssl x509 -inform der -in {path} -out {path}.pem");
    check(&found, Crit, &reason, &fix);
}

#[tokio::test]
async fn line_ends_of_windows_are_read_as_nginx_reads_them() {
    let (_, found) = found_of_file(|file, good| {
        std::fs::write(file, good.pem().replace('\n', "\r\n")).unwrap();
    })
    .await;
    assert_eq!(found.facts["disk"], "0a");
    assert_eq!(found.state, Unknown, "only that nothing answers: {found:#?}");
}

#[tokio::test]
async fn what_only_root_may_read_is_unknown_to_others() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(&world.live(NAME));
    let live = world.folder.path().join("live");
    std::fs::set_permissions(&live, PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::set_permissions(world.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let sight = fixture::sight(&format!("CERTBOT_DIR={}", world.folder.path().display()));
    let name = HostName::parse(NAME).unwrap();
    if !rustix::process::geteuid().is_root() {
        std::fs::set_permissions(&live, PermissionsExt::from_mode(0o000)).unwrap();
    }
    let disk = fixture::not_as_root(|| disk::read(&sight.settings.probes, true, &name, None));
    let file = live.join("sub.example.net/fullchain.pem");
    assert_eq!(disk, Err(Unread::NotRoot(file.clone())));

    let server = world.serve(&good).await;
    let socket = ([127, 0, 0, 1], server.port).into();
    let (local, public) = (ask(socket, &name).await, ask(socket, &name).await);
    let trust = Trust::in_roots(world.authority.roots());
    let now = Timestamp::now();
    let own = super::super::seen::Server::Nginx;
    let seen = Seen {
        name,
        server: own,
        port: server.port,
        disk,
        local,
        public,
        is_here: true,
        trust,
        now,
    };
    let found = with_evidence(judge(&seen), &seen, Some(socket));
    let text = format!(
        "valid, 61 of 90 days left, issuer Test R1; served here = public; {}: not root, unknown",
        file.display()
    );
    check(&found, Ok, &text, "");
    assert_eq!(found.facts["disk"], "unknown");
}
