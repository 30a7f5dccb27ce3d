//! Sites that pass on, that do not, that are missing; and nginx itself, trying its files.

use std::fs;
use std::path::PathBuf;

use super::parse::parse;
use super::*;
use crate::api::CheckState::{self, Crit, Ok as Well, Unknown, Warn};
use crate::core::probes::fixture;

const NAME: &str = "paytest.example.net";

fn found(http: &str) -> Found {
    let directives = parse(&format!("http {{ {http} }}"), "/etc/nginx/nginx.conf").unwrap();
    let tree = Tree { directives, unseen: Vec::new() };
    decide(&tree, &[NAME.to_owned()], 443, "127.0.0.1:8080".parse().unwrap())
}

fn check(http: &str, state: CheckState, said: &str) {
    let found = found(http);
    assert_eq!(found.state, state, "{found:?}");
    assert_eq!(found.reason.as_deref().unwrap_or(&found.seen), said);
}

#[test]
fn a_site_that_passes_on_to_the_core_is_well() {
    check(
        "server { listen 443 ssl; server_name paytest.example.net; location / { proxy_pass http://127.0.0.1:8080; } }",
        Well,
        "paytest.example.net goes on to 127.0.0.1:8080 (/etc/nginx/nginx.conf:1)",
    );
}

#[test]
fn a_site_that_passes_on_elsewhere_names_both() {
    check(
        "server { listen 443 ssl; server_name paytest.example.net; location / { proxy_pass http://127.0.0.1:9000; } }",
        Crit,
        "nginx passes paytest.example.net/sub/ on to 127.0.0.1:9000, and the core is at 127.0.0.1:8080",
    );
    check(
        "server { listen 443 ssl; server_name paytest.example.net;
         location /sub/ { proxy_pass http://127.0.0.1:8080; } location / { root /x; } }",
        Warn,
        "nginx does not pass paytest.example.net/admin/ on: files of its own in location /",
    );
}

#[test]
fn what_depends_on_expressions_or_files_is_unknown_and_says_where() {
    check(
        "server { listen 443 ssl; server_name paytest.example.net;
         location ~ ^/(sub|admin)/ { proxy_pass http://127.0.0.1:8080; } location / { return 404; } }",
        Unknown,
        "where nginx passes paytest.example.net/sub/ on is unclear: location ~ ^/(sub|admin)/ \
         (/etc/nginx/nginx.conf:2) is a regular expression",
    );
    check(
        "server { listen 443 ssl; server_name _; location / { try_files $uri @core; }
         location @core { proxy_pass http://127.0.0.1:8080; } }",
        Unknown,
        "where nginx passes paytest.example.net/sub/ on is unclear: try_files $uri @core \
         (/etc/nginx/nginx.conf:1) depends on files",
    );
}

#[test]
fn of_many_files_that_cannot_be_read_the_first_are_told() {
    let unseen: Vec<String> = (0..3_000).map(|number| format!("sites/{number}: denied")).collect();
    let lines = not_read(&unseen);
    assert_eq!((lines.len(), lines[20].as_str()), (21, "not read: 2980 more"));
    assert_eq!(not_read(&unseen[..20]).len(), 20);
}

#[test]
fn a_name_without_a_site_is_critical() {
    check("", Crit, "nginx has no site for paytest.example.net, and none at all at 443");
    check(
        "server { listen 80; server_name paytest.example.net; }",
        Crit,
        "nginx has no site for paytest.example.net at 443, only /etc/nginx/nginx.conf:1",
    );
    check(
        "server { listen 443 ssl; server_name x; root /srv; }",
        Crit,
        "nginx has no site for paytest.example.net",
    );
    check(
        "server { listen 443 ssl; server_name _; location / { proxy_pass http://localhost:8080; } }",
        Warn,
        "nginx has no site for paytest.example.net; /etc/nginx/nginx.conf:1 takes it for now",
    );
}

#[test]
fn what_could_not_be_read_may_hold_the_site() {
    let tree =
        Tree { directives: Vec::new(), unseen: vec!["sites/x: Permission denied".to_owned()] };
    let found = decide(&tree, &[NAME.to_owned()], 443, "127.0.0.1:8080".parse().unwrap());
    assert_eq!((found.state, found.fix.as_deref()), (Unknown, Some("sudo alamor check")));
}

#[test]
fn a_name_out_of_a_database_is_no_command() {
    let tree = Tree::default();
    let names = ["a.example; reboot\u{1b}[2J".to_owned()];
    let one = decide(&tree, &names, 443, "127.0.0.1:8080".parse().unwrap());
    assert!(!format!("{one:?}").contains("\\u{1b}"), "{one:?}");
    let directives = parse("http { server { listen 80; server_name 'a; reboot'; } }", "f").unwrap();
    let tree = Tree { directives, unseen: Vec::new() };
    let two = decide(&tree, &["a; reboot".to_owned()], 443, "127.0.0.1:8080".parse().unwrap());
    assert_eq!((two.state, two.fix), (Unknown, None));
    let three = decide(&tree, &["-x.y".to_owned()], 443, "127.0.0.1:8080".parse().unwrap());
    assert_eq!((three.state, three.fix), (Unknown, None));
}

#[test]
fn nginx_says_the_same_in_two_forms() {
    let expected = Some("[emerg] unknown directive \"x\" in /f:2".to_owned());
    assert_eq!(message("nginx: [emerg] unknown directive \"x\" in /f:2"), expected);
    let dated = "2026/11/20 03:12:45 [emerg] 9#9: unknown directive \"x\" in /f:2";
    assert_eq!(message(dated), expected);
    assert_eq!(message("nginx: [warn] conflicting server name"), None);
}

/// A folder with files that nginx itself accepts, and their main file.
fn files(server: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {path}/{kind};\n"))
        .concat();
    let main = folder.path().join("nginx.conf");
    let text = format!(
        "pid {path}/pid;\nerror_log {path}/error.log;\nevents {{}}\n\
         http {{ access_log off;\n{temporary} include sites/*; }}\n"
    );
    fs::write(&main, text).unwrap();
    fs::create_dir(folder.path().join("sites")).unwrap();
    fs::write(folder.path().join("sites/alamor"), server).unwrap();
    (folder, main)
}

async fn look_at(main: &Path, runs: bool) -> Found {
    let lines = format!("WEBHOOK_DOMAIN={NAME}\nNGINX_CONF={}\n", main.display());
    let listen = "127.0.0.1:8080".parse().unwrap();
    look(&Sight { listen, ..fixture::sight(&lines) }, runs).await
}

#[tokio::test]
async fn nginx_itself_tries_files_that_are_well() {
    let (_folder, main) = files(
        "server { listen 127.0.0.1:443; server_name paytest.example.net;\n\
         location / { proxy_pass http://127.0.0.1:8080; } }",
    );
    let found = look_at(&main, true).await;
    assert_eq!(found.state, Well, "{found:?}");
    assert!(found.details.contains(&"nginx -t: all is well".to_owned()), "{found:?}");
    assert!(found.facts["site"].ends_with("/sites/alamor:1"));
}

#[tokio::test]
async fn files_that_nginx_would_not_start_with_are_told_in_its_own_words() {
    let (_folder, main) = files(
        "server { listen 127.0.0.1:443; server_name paytest.example.net;\n\
         location / { proxy_pass http://127.0.0.1:8080; } no_such_thing 1; }",
    );
    let found = look_at(&main, true).await;
    assert_eq!(found.state, Warn, "{found:?}");
    let reason = found.reason.unwrap();
    assert!(reason.contains("[emerg] unknown directive \"no_such_thing\""), "{reason}");
}

#[tokio::test]
async fn an_nginx_that_does_not_run_is_not_made_to_write_anything() {
    let (folder, main) = files(
        "server { listen 127.0.0.1:443; server_name paytest.example.net;\n\
         location / { proxy_pass http://127.0.0.1:8080; } }",
    );
    let found = look_at(&main, false).await;
    assert_eq!(found.state, Well, "{found:?}");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["nginx.conf", "sites"]);
}

#[tokio::test]
async fn where_there_is_no_nginx_nothing_is_wrong_with_it() {
    let found = look_at(Path::new("/nowhere/nginx.conf"), false).await;
    assert_eq!(found.state, Unknown);
    assert!(found.reason.unwrap().starts_with("no nginx here"));
}
