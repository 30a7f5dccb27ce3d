//! `alamor demo`: as text, and as an operator drives it on a terminal of 80x24.

use std::fs;
use std::path::Path;

use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use alamor::demo::sample::{Sample, SamplePurchase};
use jiff::Timestamp;
use rustix::process::Signal;

use crate::pty::Terminal;
use crate::run::{Process, alamor, run};

/// Of one update of all: succeeded, failed, connection errors, all.
pub type Counters = [usize; 4];

/// What the sample's panels will give, asked directly.
fn expected(size: usize) -> Counters {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sample = Sample::new(Timestamp::now(), size);
    let panels = runtime.block_on(sample.start_panels()).unwrap();
    let active: Vec<_> = sample.purchases.iter().filter(|purchase| purchase.is_active).collect();
    let count = |ending| active.iter().filter(|one| end(&sample, &panels, one) == ending).count();
    [count(End::Success), count(End::Failed), count(End::ConnectionError), active.len()]
}

#[derive(Debug, PartialEq)]
enum End {
    Success,
    Failed,
    ConnectionError,
}

fn end(sample: &Sample, panels: &[SimulatedPanel], purchase: &SamplePurchase) -> End {
    let profile = sample.profiles.iter().find(|profile| Some(profile.id) == purchase.profile_id);
    let ids =
        profile.map_or_else(|| purchase.server_id.into_iter().collect(), |one| one.panels.clone());
    let asked: Vec<&SimulatedPanel> =
        ids.iter().map(|id| &panels[usize::try_from(id - 1).unwrap()]).collect();
    let refuses = |panel: &&SimulatedPanel| panel.behaviour() == Behaviour::Refuse;
    let gives = |panel: &&SimulatedPanel| {
        // A client that is off is none to the panel's subscriptions; its list says why.
        (panel.knows(&purchase.panel_sub_id) || panel.lists(&purchase.panel_sub_id))
            && !matches!(panel.behaviour(), Behaviour::Refuse | Behaviour::LoginPage)
    };
    if asked.iter().all(gives) {
        End::Success
    } else if asked.iter().any(refuses) {
        End::ConnectionError
    } else {
        End::Failed
    }
}

/// The number after `label`, its thousands perhaps apart.
pub fn number_after(text: &str, label: &str) -> usize {
    let rest = text.split_once(label).unwrap_or_else(|| panic!("no {label:?} in\n{text}")).1;
    let rest = rest.trim_start_matches([':', ' ']);
    let end = rest.match_indices(|c: char| !c.is_ascii_digit()).find(|(at, separator)| {
        let next = rest[at + separator.len()..].chars().next();
        !separator.trim().is_empty() || !next.is_some_and(|c| c.is_ascii_digit())
    });
    let digits = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    digits.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// Whether a demo left its folder behind.
pub fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

fn noun(count: usize) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => "ссылок",
        (1, _) => "ссылка",
        (2..=4, _) => "ссылки",
        _ => "ссылок",
    }
}

#[test]
fn without_a_terminal_it_prints_the_bots_block_to_the_letter_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), &["demo", "--lang", "ru"]).expect(0);
    let [success, failed, connection_error, total] = expected(1200);
    assert_eq!(total, 1200);
    assert_eq!(
        done.out,
        format!(
            "🔄 Обновление ссылок Subscription\n\
             \n\
             📊 Результаты:\n\
             • ✅ Успешно: {success} {}\n\
             • ❌ Неудачно: {failed} {}\n\
             • 📡 Ошибка соединения: {connection_error} {}\n\
             • 📈 Всего: {total} ссылок\n\
             \n\
             🎉 Некоторые ссылки успешно обновлены.\n",
            noun(success),
            noun(failed),
            noun(connection_error),
        )
    );
    // Each panel in trouble is named with its own reason.
    done.says(&[
        "fr-2: отказ в соединении",
        "sg-1: ответ не похож на подписку",
        "gb-1: не знает этот id подписки",
    ]);
    assert_eq!(done.err.matches('\x1b').count(), 0);
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn a_reader_that_has_enough_is_met_with_silence() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    // The reader is gone before the results come.
    shell.args(["-c", r#"{ "$0" demo --purchases 20; echo "code $?" >&2; } | true"#]);
    shell.arg(env!("CARGO_BIN_EXE_alamor"));
    shell.current_dir(folder.path()).env("TMPDIR", folder.path());
    let done = Process::start(shell, "").done().expect(0);
    assert_eq!(done.err, "code 0\n");
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

#[test]
fn headless_it_serves_until_it_is_stopped() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempfile::tempdir().unwrap();
        let mut demo =
            Process::start(alamor(folder.path(), &["demo", "--headless", "--purchases", "30"]), "");
        let url = demo.first_line();
        let line = demo.wait_for("settings: ");
        let file = line.trim_start_matches("settings: ").trim();
        let args = ["--env", file, "--core", &url, "update", "--all"];
        let update = run(folder.path(), &args).expect(1);
        assert_eq!(number_after(&update.out, "Total"), 30);
        demo.stop(signal).expect(0);
        assert_eq!(leftovers(folder.path()), [""; 0]);
    }
}

#[test]
fn a_signal_ends_it_without_leftovers_while_it_works() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let folder = tempfile::tempdir().unwrap();
        let demo = Process::start(alamor(folder.path(), &["demo"]), "");
        // Its folder is there: it has begun.
        wait_until(|| !leftovers(folder.path()).is_empty());
        let done = demo.stop(signal);
        assert_ne!(done.code, Some(0), "an update that was not made is no success");
        assert_eq!(leftovers(folder.path()), [""; 0]);
    }
}

/// Looks again and again, yielding: there is no event for what a file system shows.
fn wait_until(is: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + crate::run::DEADLINE;
    while !is() {
        assert!(std::time::Instant::now() < deadline, "it did not come in time");
        std::thread::yield_now();
    }
}

#[test]
fn an_operator_updates_all_looks_around_and_leaves_the_terminal_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [success, failed, connection_error, total] = expected(1200);
    let mut terminal = Terminal::open(folder.path(), &["demo"]);
    terminal.shows(&["● live", "1 Overview", "1 200 active purchases"]);

    terminal.press("u");
    terminal.shows(&["Update all?", "1 200 active purchases on 10 panels", "enter start"]);
    terminal.press("\r");
    let screen = terminal.shows(&["Update all #1", " done ", "100 %"]);
    assert_eq!(number_after(&screen, "✔ Success"), success, "{screen}");
    assert_eq!(number_after(&screen, "✖ Failed"), failed, "{screen}");
    assert_eq!(number_after(&screen, "Connection error"), connection_error, "{screen}");
    assert_eq!(number_after(&screen, "Σ Total"), total, "{screen}");

    terminal.press("2");
    terminal.shows(&["Purchases", "1 200 active", "EXPIRES"]);
    terminal.press("/");
    terminal.shows(&["enter apply"]);
    terminal.press("panel:fr-2 state:kept\r");
    let listed = terminal.until("purchases of fr-2 only", |screen| {
        let rows: Vec<&str> = screen.lines().skip(5).take(10).collect();
        screen.contains("panel:fr-2") && rows.iter().all(|row| row.contains("fr-2"))
    });
    let first = listed.lines().nth(5).unwrap().trim_start_matches(['▌', ' ']);
    let id = first.split_whitespace().next().unwrap();
    terminal.press("\r");
    let details =
        terminal.shows(&[&format!("Purchases ›  {id}"), "address", "refused the connection"]);
    assert!(details.contains("https://demo.example.net/sub/"), "{details}");
    terminal.press("\x1b");
    terminal.shows(&["panel:fr-2", "EXPIRES"]);
    terminal.press("?");
    terminal.shows(&["Keys", "On Purchases", "Everywhere"]);
    terminal.press("\x1b");
    terminal.shows(&["EXPIRES"]);
    terminal.press("1");
    terminal.shows(&["Update all #1", "done", "of 10 reachable"]);

    terminal.press("q");
    terminal.ends_with(0);
    assert_eq!(leftovers(folder.path()), [""; 0]);
}
