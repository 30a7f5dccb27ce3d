//! What happens to an operator: whole stories on the real binary, from the first frame to the last.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;

use crate::demo::number_after;
use crate::world::World;

#[test]
fn an_update_is_cancelled_the_next_one_fails_in_part_and_that_is_retried() {
    let world = World::new();
    let (_good, hanging) = world.sell_six();
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "6 active purchases"]);
    terminal.press("u");
    terminal.shows(&["Update all?"]);
    terminal.press("\r");
    terminal.shows(&["Update all #1", "running", "3 / 6"]);
    terminal.press("x");
    terminal.shows(&["Cancel update #1?", "3 done so far, and that stays"]);
    terminal.press("\x1b");
    terminal.until("the job goes on", |screen| {
        screen.contains("running") && !screen.contains("Cancel update")
    });
    terminal.press("x");
    terminal.shows(&["Cancel update #1?"]);
    terminal.press("\r");
    terminal.shows(&["● live", "Update all #1", "an operator cancelled it"]);

    world.behave(&hanging, Behaviour::LoginPage);
    terminal.press("u");
    terminal.shows(&["Update all?"]);
    terminal.press("\r");
    let screen = terminal.shows(&["● live", "Update all #2", "done", "6 / 6"]);
    assert_eq!(number_after(&screen, "✖ Failed"), 3, "{screen}");

    world.behave(&hanging, Behaviour::Healthy);
    terminal.press("r");
    terminal.shows(&["Retry what failed in #2?"]);
    terminal.press("\r");
    let screen = terminal.shows(&["Retry of #2 #3", "done", "3 / 3"]);
    assert_eq!(number_after(&screen, "✔ Success"), 3, "{screen}");
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn another_core_at_the_same_address_is_noticed_and_read_anew() {
    let (first, second) = (World::new(), World::new());
    second.set("WEBHOOK_BIND", first.address());
    second.set("ADMIN_API_KEY", &first.setting("ADMIN_API_KEY"));
    let panel = first.panel("de-1");
    first.sell(&panel, 7);
    let panel = second.panel("fr-2");
    (1..=2).for_each(|user| drop(second.sell(&panel, user)));

    let core = first.serve();
    let mut terminal = first.terminal(&[]);
    terminal.shows(&["● live", "1 active purchase", "de-1"]);
    core.stop(Signal::KILL);
    terminal.shows(&["stale since"]);
    let core = second.serve();
    let screen = terminal.shows(&["● live", "2 active purchases", "fr-2", "restarted"]);
    assert!(!screen.contains("de-1"), "{screen}");
    terminal.press("2");
    terminal.shows(&["2 active", "fr-2"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_key_that_is_changed_at_the_core_is_told_and_heals_when_it_is_put_back() {
    let world = World::new();
    let core = world.serve();
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "0 active purchases"]);
    core.stop(Signal::TERM).expect(0);
    terminal.shows(&["stale since"]);

    let key = world.setting("ADMIN_API_KEY");
    world.set("ADMIN_API_KEY", "another-key-0123456789");
    let core = world.serve();
    let screen = terminal.shows(&["refused", "does not take this key"]);
    assert!(!screen.contains(&key) && !screen.contains("another-key"), "{screen}");
    terminal.press("u");
    terminal
        .until("a refusal", |screen| screen.contains("refused") && !screen.contains("Update all?"));
    core.stop(Signal::TERM).expect(0);

    world.set("ADMIN_API_KEY", &key);
    let core = world.serve();
    terminal.shows(&["● live", "0 active purchases"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_slow_line_shows_a_job_without_its_items_until_it_has_ended() {
    let world = World::new();
    let (good, hanging) = (world.panel("de-1"), world.panel("nl-1"));
    world.sell(&good, 7);
    world.sell(&hanging, 8);
    world.behave(&hanging, Behaviour::Hang);
    let core = world.serve();
    let mut terminal = world.terminal(&["--low-bandwidth"]);
    terminal.shows(&["● live", "2 active purchases", "slow line"]);
    terminal.press("u\r");
    terminal.shows(&["Update all #1", "running", "1 / 2", "listed when the update has ended"]);
    terminal.press("x\r");
    terminal.shows(&["Update all #1", "an operator cancelled it", "updated"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn the_history_is_opened_a_job_an_item_and_every_esc_leads_one_step_back() {
    let world = World::new();
    let (good, bad) = (world.panel("de-1"), world.panel("fr-2"));
    for user in 1..=2 {
        world.sell(&good, user);
        world.sell(&bad, user + 10);
    }
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    world.behave(&bad, Behaviour::Refuse);
    world.alamor(&["update", "--all"]).expect(1);
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "4 active purchases"]);
    terminal.press("3h");
    terminal.shows(&["Jobs   the last 2", "Update all", "done"]);
    terminal.press("\r");
    terminal.shows(&["Update all #2", "By panel", "2 listed", "fr-2 refused the connection"]);
    terminal.press("c");
    terminal.shows(&["#2 beside #1", "2 newly fail", "updated -> kept"]);
    terminal.press("\x1b");
    terminal.shows(&["Update all #2", "2 listed"]);
    terminal.press("f");
    terminal.shows(&["failed only"]);
    terminal.press("/user:11\r");
    terminal.shows(&["filter user:11", "1 listed"]);
    terminal.press("\r");
    terminal.shows(&["user 11", "Last updates", "#2"]);
    terminal.press("\x1b");
    terminal.shows(&["Update all #2", "filter user:11"]);
    terminal.press("\x1b");
    terminal.shows(&["Jobs   the last 2"]);
    terminal.press("\x1b");
    terminal.shows(&["Update all #2", "newest first"]);
    terminal.press("\x1b");
    terminal.shows(&["Core", "4 active purchases"]);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_dry_run_shows_which_link_would_go_and_which_would_get_another_name() {
    let world = World::new();
    world.set("REMARK", "panel");
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    assert!(panel.remove_inbound(3));
    assert!(panel.change_inbound(1, |inbound| inbound.remark = "Renamed"));
    let mut terminal = world.terminal(&[]);
    terminal.shows(&["● live", "1 active purchase"]);
    terminal.press("d");
    terminal.shows(&["Dry run: Update all?", "nothing is written"]);
    terminal.press("\r");
    terminal.shows(&["Dry run of all #2", "done", "-1 ~1"]);
    terminal.press("\r");
    let screen =
        terminal.shows(&["in dry run #2", "1 removed, 1 renamed, 3 kept", "- removed   vmess://"]);
    let renamed: Vec<_> = screen.lines().skip_while(|line| !line.contains("~ renamed")).collect();
    assert!(renamed[1].contains("Direct Reality"), "{screen}");
    assert!(renamed[1].contains(" -> Renamed"), "{screen}");
    terminal.press("v");
    terminal.shows(&["- vmess://", "+ vless://"]);
    terminal.press("\r");
    terminal.shows(&[&format!("{}   user 7", sold.id), "5 links"]);
    terminal.press("\x1b");
    let masked = |screen: &str| screen.contains("~ renamed") && !screen.contains("+ vless://");
    terminal.until("masked again", masked);
    terminal.press("q");
    terminal.ends_with(0);
    core.stop(Signal::TERM).expect(0);
}
