//! What becomes of a purchase, case by case: what is known and what panels say in, what is written
//! out.

use std::sync::Arc;

use super::*;
use crate::database::settle::Verdict;
use crate::domain::client_keys::ClientKeys;
use crate::domain::ids::{ProfileId, PurchaseId, SubId};
use crate::domain::job::ItemEnd;
use crate::domain::kept::{self, Kept};
use crate::domain::purchase::Standing;
use crate::domain::reason::Unreachable;
use crate::domain::share_link::ShareLink;
use crate::domain::slice::Headers;

pub(super) const A: PanelId = PanelId(1);
const B: PanelId = PanelId(2);
pub(super) const NOW: i64 = 1_000_000_000;
const REFUSED: PanelFailure = PanelFailure::Unreachable(Unreachable::Refused);

/// `count` links of one host.
fn links(host: &str, count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("vless://u{n}@{host}:{n}?type=tcp#name{n}")).collect()
}

fn purchase(panels: &[PanelId]) -> Purchase {
    Purchase {
        id: PurchaseId(7),
        customer: Some(1),
        user: Some(77),
        sub_id: SubId::new(Some("subscription")),
        profile: None,
        panels: panels.into(),
        active: true,
        expires_at: None,
    }
}

pub(super) fn known(panels: &[PanelId]) -> Known {
    Known {
        keys: ClientKeys::default(),
        purchase: purchase(panels),
        kept: Kept::Nothing,
        kept_is_ours: false,
        slices: Vec::new(),
        held: None,
        summary: None,
    }
}

pub(super) fn slice(
    source: Source,
    links: impl IntoIterator<Item = String>,
    fetched_at: Option<i64>,
) -> Arc<Slice> {
    let (links, headers) = (links.into_iter().collect::<Vec<_>>().join("\n"), Headers::new());
    Arc::new(Slice { source, links, fetched_at, headers, origin: Origin::default() })
}

fn gives(panel: PanelId, links: &[String]) -> PanelAnswer {
    let links = links.iter().map(|link| ShareLink::parse(link).unwrap()).collect();
    answer(panel, Ok(Given::links(links)))
}

fn fails(panel: PanelId, failure: PanelFailure) -> PanelAnswer {
    answer(panel, Err(failure))
}

fn answer(panel: PanelId, result: Result<Given, PanelFailure>) -> PanelAnswer {
    PanelAnswer { panel, name: format!("p{panel}"), result, asked_at: NOW - 10, asked: None }
}

pub(super) fn rules(on_loss: OnLoss) -> Rules {
    Rules { on_loss, write: Writing::Real, name: Name::Kept, usage: Usage::Cut }
}

fn settle_with(known: &Known, rules: Rules, answers: Vec<PanelAnswer>) -> Settlement {
    let attempt = Attempt { answers: answers.into(), rules, now: NOW, took_ms: 5 };
    judge(Some(known), &Products::default(), &attempt)
}

pub(super) fn settle(known: &Known, answers: Vec<PanelAnswer>) -> Settlement {
    settle_with(known, rules(OnLoss::KeepUntilSeenAgain), answers)
}

pub(super) fn end(settlement: &Settlement) -> &ItemEnd {
    match &settlement.verdict {
        Verdict::Ended(end) | Verdict::Held(end) => end,
    }
}

/// The lines of the new `single_configs_json`.
pub(super) fn written(settlement: &Settlement) -> Option<Vec<String>> {
    let json = settlement.change.as_ref()?.json.as_deref()?;
    Some(kept::parse(Some(json)).lines().to_vec())
}

#[test]
fn the_first_links_are_written() {
    let settlement = settle(&known(&[A]), vec![gives(A, &links("a", 2))]);
    assert_eq!(end(&settlement).outcome, Outcome::Updated);
    assert_eq!(written(&settlement).unwrap(), links("a", 2));
    assert_eq!(settlement.change.unwrap().summary.standing, Standing::Fresh);
}

#[test]
fn the_same_links_are_unchanged_whatever_panels_pick_at_random() {
    let link = |sid| format!("vless://u@a:1?pbk=k&security=reality&sid={sid}&sni=x{sid}#name");
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), vec![link("aa")], Some(1))];
    let settlement = settle(&known, vec![gives(A, &[link("bb")])]);
    assert_eq!(end(&settlement).outcome, Outcome::Unchanged);
    // Stored as served: what was picked before may no longer be valid.
    assert_eq!(written(&settlement).unwrap(), [link("bb")]);
}

#[test]
fn a_dead_panel_keeps_its_last_good_slice_with_its_age() {
    let mut known = known(&[A, B]);
    known.slices = vec![
        slice(Source::Panel(A), links("a", 2), Some(1)),
        slice(Source::Panel(B), links("b", 2), Some(2)),
    ];
    let settlement = settle(&known, vec![gives(A, &links("a", 3)), fails(B, REFUSED)]);
    let end = end(&settlement);
    assert_eq!((end.outcome, end.count_as), (Outcome::Partial, CountAs::ConnectionError));
    assert_eq!(end.reason.as_ref().unwrap().text, "p2 refused the connection");
    assert_eq!((end.panels[1].links, end.panels[1].fetched_at), (2, Some(2)));
    let summary = settlement.change.unwrap().summary;
    assert_eq!((summary.links, summary.kept, summary.oldest_at.get()), (5, 2, Some(2)));
}

#[test]
fn a_partial_failure_is_counted_by_what_failed() {
    let count = |failure| {
        let settlement = settle(&known(&[A, B]), vec![gives(A, &links("a", 1)), fails(B, failure)]);
        end(&settlement).count_as
    };
    assert_eq!(count(REFUSED), CountAs::ConnectionError);
    assert_eq!(count(PanelFailure::UnknownSubscription), CountAs::Failed);
}

#[test]
fn a_panel_that_the_guard_left_out_keeps_what_it_has() {
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), links("a", 2), Some(1))];
    let settlement = settle(&known, vec![fails(A, PanelFailure::LeftOut)]);
    let end = end(&settlement);
    assert_eq!((end.outcome, end.count_as, end.links), (Outcome::Kept, CountAs::Failed, 2));
    assert_eq!(end.reason.as_ref().unwrap().code, Code::PanelLeftOut);
    assert_eq!(end.panels[0].outcome, Outcome::Kept);
}

#[test]
fn nothing_is_written_when_no_panel_gave_anything() {
    let mut known = known(&[A]);
    known.kept = Kept::Lines(links("old", 2));
    for (failure, outcome) in
        [(REFUSED, Outcome::Kept), (PanelFailure::UnknownSubscription, Outcome::Failed)]
    {
        let settlement = settle(&known, vec![fails(A, failure)]);
        assert_eq!(end(&settlement).outcome, outcome);
        assert_eq!(end(&settlement).links, 2);
        let change = settlement.change.unwrap();
        assert!(change.json.is_none() && change.upsert.is_empty() && change.delete.is_empty());
    }
}

#[test]
fn what_the_bot_had_stays_until_every_panel_has_given() {
    let mut known = known(&[A, B]);
    known.kept = Kept::Lines(links("old", 2));
    let partial = settle(&known, vec![gives(A, &links("a", 1)), fails(B, REFUSED)]);
    assert_eq!(written(&partial).unwrap(), [links("a", 1), links("old", 2)].concat());
    let before = |slice: &Arc<Slice>| slice.source == Source::Before;
    assert!(partial.change.unwrap().upsert.iter().any(before));

    let full = settle(&known, vec![gives(A, &links("a", 1)), gives(B, &links("b", 1))]);
    assert_eq!(written(&full).unwrap(), [links("a", 1), links("b", 1)].concat());
    assert_eq!(full.change.unwrap().delete, [Source::Before]);
}

#[test]
fn what_the_bot_wrote_since_is_seen() {
    let mut known = known(&[A, B]);
    known.slices = vec![slice(Source::Panel(A), links("a", 2), Some(1))];
    known.kept = Kept::Lines(links("new", 1));
    let settlement = settle(&known, vec![fails(A, REFUSED), gives(B, &links("b", 1))]);
    let lines = written(&settlement).unwrap();
    assert!(links("new", 1).iter().all(|link| lines.contains(link)));
}

#[test]
fn a_slice_of_a_panel_that_was_taken_away_goes_once_the_others_have_given() {
    let mut known = known(&[A]);
    known.kept_is_ours = true;
    known.slices = vec![
        slice(Source::Panel(A), links("a", 2), Some(1)),
        slice(Source::Panel(B), links("b", 1), Some(1)),
    ];
    let failed = settle(&known, vec![fails(A, REFUSED)]);
    assert!(failed.served.iter().any(|slice| slice.source == Source::Panel(B)));
    let settlement = settle(&known, vec![gives(A, &links("a", 2))]);
    assert_eq!(settlement.change.unwrap().delete, [Source::Panel(B)]);
}

#[test]
fn an_answer_that_is_older_than_what_is_there_changes_nothing() {
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), links("new", 2), Some(NOW))];
    let settlement = settle(&known, vec![gives(A, &links("late", 2))]);
    assert_eq!(settlement.served[0].links, links("new", 2).join("\n"));
}

#[test]
fn losing_more_than_half_is_held_and_half_is_not() {
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), links("a", 4), Some(1))];
    let half = settle(&known, vec![gives(A, &links("a", 2))]);
    assert_eq!(end(&half).outcome, Outcome::Updated);

    let held = settle(&known, vec![gives(A, &links("a", 1))]);
    assert_eq!(end(&held).outcome, Outcome::Kept);
    assert_eq!(end(&held).reason.as_ref().unwrap().code, Code::WouldLoseLinks);
    assert_eq!(end(&held).count_as, CountAs::Failed);
    let change = held.change.unwrap();
    assert!(change.json.is_none() && change.upsert.is_empty());
    assert_eq!(change.held.unwrap().since, NOW);
    assert_eq!(held.served[0].lines().count(), 4);
}

#[test]
fn the_same_fewer_links_are_believed_after_ten_minutes() {
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), links("a", 4), Some(1))];
    let first = settle(&known, vec![gives(A, &links("a", 1))]);
    let mut held = first.change.unwrap().held.unwrap();

    held.since = NOW - SECOND_LOOK_MS + 1;
    known.held = Some(held.clone());
    let early = settle(&known, vec![gives(A, &links("a", 1))]);
    assert_eq!(end(&early).outcome, Outcome::Kept);
    assert_eq!(early.change.unwrap().held.unwrap().since, held.since);

    known.held.as_mut().unwrap().since = NOW - SECOND_LOOK_MS;
    let other = settle(&known, vec![gives(A, &links("other", 1))]);
    assert_eq!(end(&other).outcome, Outcome::Kept, "other links begin to wait anew");

    let late = settle(&known, vec![gives(A, &links("a", 1))]);
    assert_eq!(end(&late).outcome, Outcome::Updated);
    assert!(late.change.unwrap().held.is_none());
}

#[test]
fn a_job_leaves_a_losing_item_open_and_force_writes_it() {
    let mut known = known(&[A]);
    known.slices = vec![slice(Source::Panel(A), links("a", 4), Some(1))];
    let held = settle_with(&known, rules(OnLoss::Hold), vec![gives(A, &links("a", 1))]);
    assert!(matches!(held.verdict, Verdict::Held(_)));
    let forced = settle_with(&known, rules(OnLoss::Write), vec![gives(A, &links("a", 1))]);
    assert_eq!(end(&forced).outcome, Outcome::Updated);
}

#[test]
fn the_panel_that_gave_too_little_is_named_and_the_others_are_not() {
    let mut known = known(&[A, B]);
    known.slices = vec![
        slice(Source::Panel(A), links("a", 2), Some(1)),
        slice(Source::Panel(B), links("b", 8), Some(1)),
    ];
    let answers = vec![gives(A, &links("a", 2)), gives(B, &links("b", 1))];
    let settlement = settle_with(&known, rules(OnLoss::Hold), answers);
    let losing: Vec<_> = end(&settlement)
        .panels
        .iter()
        .filter(|part| part.reason.is_some())
        .map(|part| part.panel)
        .collect();
    assert_eq!(losing, [B]);
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let rules = Rules { write: Writing::DryRun, ..rules(OnLoss::Hold) };
    let settlement = settle_with(&known(&[A]), rules, vec![gives(A, &links("a", 2))]);
    assert_eq!(end(&settlement).outcome, Outcome::Updated);
    assert!(settlement.change.is_none());
}

#[test]
fn kept_names_stay_unless_the_panels_are_wanted() {
    let mut known = known(&[A]);
    known.kept = Kept::Lines(vec!["vless://u1@a:1?type=ws#Alamor-5512".to_owned()]);
    let answers = || vec![gives(A, &["vless://u1@a:1?type=tcp#in5.u77.abc".to_owned()])];
    let kept = settle(&known, answers());
    assert_eq!(written(&kept).unwrap(), ["vless://u1@a:1?type=tcp#Alamor-5512"]);

    let rules = Rules { name: Name::Panels, ..rules(OnLoss::Hold) };
    let panels = settle_with(&known, rules, answers());
    assert_eq!(written(&panels).unwrap(), ["vless://u1@a:1?type=tcp#in5.u77.abc"]);
    assert_eq!(end(&panels).notes, ["1 link gets another name"]);
}

#[test]
fn usage_text_is_cut_unless_it_is_wanted() {
    let link = "vless://u1@a:1#DE-50.00GB%F0%9F%93%8A-30D,5H%E2%8F%B3".to_owned();
    let cut = settle(&known(&[A]), vec![gives(A, std::slice::from_ref(&link))]);
    assert_eq!(written(&cut).unwrap(), ["vless://u1@a:1#DE"]);
    let rules = Rules { usage: Usage::Shown, ..rules(OnLoss::Hold) };
    let shown = settle_with(&known(&[A]), rules, vec![gives(A, std::slice::from_ref(&link))]);
    assert_eq!(written(&shown).unwrap(), [link]);
}

#[test]
fn a_link_that_two_panels_give_is_served_once() {
    let both = vec![gives(A, &links("a", 2)), gives(B, &links("a", 2))];
    let settlement = settle(&known(&[A, B]), both);
    assert_eq!(written(&settlement).unwrap(), links("a", 2));
    assert_eq!(end(&settlement).links, 2);
}

#[test]
fn kept_lines_that_are_no_links_count_and_serve_as_nothing() {
    let mut known = known(&[A]);
    known.kept = Kept::Lines(vec!["<html>".into(), "{}".into(), "x".into()]);
    let settlement = settle(&known, vec![gives(A, &links("a", 1))]);
    assert_eq!(end(&settlement).outcome, Outcome::Updated);
    assert_eq!(written(&settlement).unwrap(), links("a", 1));
}

#[test]
fn a_profile_takes_its_own_inbounds_and_what_nobody_knows() {
    use crate::database::panels::{Profile, SyncedInbound};

    let mut known = known(&[A]);
    known.purchase.profile = Some(ProfileId(1));
    let inbound = |inbound, port| SyncedInbound { inbound, port, protocol: "vless".to_owned() };
    let products = Products {
        profiles: [(ProfileId(1), Profile { name: "p".into(), inbounds: vec![(A, 1)] })].into(),
        synced: [(A, vec![inbound(1, 1), inbound(2, 2)])].into(),
    };
    let attempt = |links: &[String]| Attempt {
        answers: vec![gives(A, links)].into(),
        rules: rules(OnLoss::Hold),
        now: NOW,
        took_ms: 0,
    };
    let all = links("a", 3);
    let settlement = judge(Some(&known), &products, &attempt(&all));
    assert_eq!(written(&settlement).unwrap(), [all[0].clone(), all[2].clone()]);
    let other = judge(Some(&known), &products, &attempt(&all[1..2]));
    assert_eq!(written(&other).unwrap(), all[1..2], "an old copy of inbounds takes nothing away");
}

#[test]
fn what_cannot_be_updated_is_refused_in_the_contracts_order() {
    let code = |change: fn(&mut Purchase)| {
        let mut known = known(&[A]);
        change(&mut known.purchase);
        let settlement = settle(&known, Vec::new());
        assert!(settlement.change.is_none());
        end(&settlement).reason.as_ref().unwrap().code
    };
    assert_eq!(code(|p| (p.sub_id, p.active) = (None, false)), Code::NoSubscriptionId);
    assert_eq!(code(|p| p.active = false), Code::NotActive);
    assert_eq!(code(|p| p.panels = Arc::default()), Code::NoPanel);
    let attempt =
        Attempt { answers: Arc::default(), rules: rules(OnLoss::Hold), now: NOW, took_ms: 0 };
    let gone = judge(None, &Products::default(), &attempt);
    assert_eq!(end(&gone).reason.as_ref().unwrap().code, Code::NotFound);
}
