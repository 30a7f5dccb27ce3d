//! The director's decisions, played without panels, database or clock.

use std::collections::VecDeque;

use super::share::LISTS_PAY_FROM;
use super::*;
use crate::core::panels::given::Given;
use crate::domain::ids::{PanelId, PurchaseId};
use crate::domain::job::PanelPart;
use crate::domain::outcome::{CountAs, Outcome};
use crate::domain::reason::Unreachable;

const LIMITS: Limits = Limits { total: 64, per_panel: 8 };

/// How a panel of the play answers for an item.
#[derive(Clone, Copy, PartialEq)]
enum Gives {
    Links,
    /// Less than half of the links.
    Fewer,
    Nothing,
}

/// A job that is played to its end; every effect is noted.
struct Play {
    director: Director,
    gives: Box<dyn Fn(PurchaseId, PanelId) -> Gives>,
    queue: VecDeque<Effect>,
    /// A panel that answers only when nothing else is left to do.
    slow: Option<PanelId>,
    /// Why a panel's lists cannot be read.
    away: Option<(PanelId, PanelFailure)>,
    surveyed: Vec<PanelId>,
    asked: Vec<(PurchaseId, PanelId)>,
    most_in_flight: usize,
    settled: Vec<(PurchaseId, OnLoss)>,
    ends: HashMap<PurchaseId, ItemEnd>,
    finish: Option<(JobState, Option<Reason>)>,
}

impl Play {
    fn new(
        items: &[(i64, &[i64])],
        gives: impl Fn(PurchaseId, PanelId) -> Gives + 'static,
    ) -> Self {
        Self::with(LIMITS, false, items, gives)
    }

    fn with(
        limits: Limits,
        force: bool,
        items: &[(i64, &[i64])],
        gives: impl Fn(PurchaseId, PanelId) -> Gives + 'static,
    ) -> Self {
        let items = items.iter().map(|(id, panels)| {
            (PurchaseId(*id), panels.iter().map(|panel| PanelId(*panel)).collect())
        });
        let mut director = Director::new(limits, force, items.collect::<Vec<_>>(), &[]);
        let queue = director.begin().into();
        Self {
            director,
            gives: Box::new(gives),
            queue,
            slow: None,
            away: None,
            surveyed: Vec::new(),
            asked: Vec::new(),
            most_in_flight: 0,
            settled: Vec::new(),
            ends: HashMap::new(),
            finish: None,
        }
    }

    fn run(mut self) -> Self {
        while self.step() {}
        self
    }

    fn step(&mut self) -> bool {
        let asking =
            self.queue.iter().filter(|effect| matches!(effect, Effect::Ask { .. })).count();
        self.most_in_flight = self.most_in_flight.max(asking);
        let slow = self.slow;
        let is_quick =
            |effect: &Effect| !matches!(effect, Effect::Ask { panel, .. } if Some(*panel) == slow);
        let next = self.queue.iter().position(is_quick).unwrap_or(0);
        let Some(effect) = self.queue.remove(next) else { return false };
        let input = match effect {
            Effect::Survey { panel } => {
                self.surveyed.push(panel);
                let away = self.away.filter(|(away, _)| *away == panel);
                let failure = away.map(|(_, failure)| failure);
                let name = format!("p{panel}");
                Input::Surveyed { panel, name, failure, took: Duration::ZERO }
            }
            Effect::Ask { item, panel } => {
                self.asked.push((item, panel));
                let answer = self.answer(item, panel);
                Input::Answered { item, answer, took: Duration::from_millis(10) }
            }
            Effect::Settle { item, answers, on_loss, .. } => {
                self.settled.push((item, on_loss));
                let verdict = self.verdict(item, &answers, on_loss);
                if let Verdict::Ended(end) = &verdict {
                    assert!(self.ends.insert(item, end.clone()).is_none(), "{item} ended twice");
                }
                Input::Settled { item, verdict }
            }
            Effect::StopAsking => {
                let is_question =
                    |effect: &Effect| matches!(effect, Effect::Ask { .. } | Effect::Survey { .. });
                self.queue.retain(|effect| !is_question(effect));
                return true;
            }
            Effect::Finish { state, reason } => {
                assert!(self.finish.replace((state, reason)).is_none(), "finished twice");
                return true;
            }
        };
        self.queue.extend(self.director.step([input]));
        true
    }

    fn answer(&self, item: PurchaseId, panel: PanelId) -> PanelAnswer {
        let result = match (self.gives)(item, panel) {
            Gives::Links | Gives::Fewer => Ok(Given::links(Vec::new())),
            Gives::Nothing => Err(PanelFailure::Unreachable(Unreachable::Refused)),
        };
        PanelAnswer { panel, name: format!("p{panel}"), result, asked_at: 0, asked: None }
    }

    /// What the real judge would say, in short.
    fn verdict(&self, item: PurchaseId, answers: &[PanelAnswer], on_loss: OnLoss) -> Verdict {
        let losing = |answer: &PanelAnswer| {
            answer.result.is_ok() && (self.gives)(item, answer.panel) == Gives::Fewer
        };
        let loses = answers.iter().any(losing) && on_loss != OnLoss::Write;
        let lost = Reason::new(Code::WouldLoseLinks, "");
        let part = |answer: &PanelAnswer| PanelPart {
            panel: answer.panel,
            name: answer.name.clone(),
            outcome: Outcome::Updated,
            links: 0,
            fetched_at: None,
            reason: match answer.result {
                Err(failure) => Some(failure.about(&answer.name)),
                Ok(_) => (loses && losing(answer)).then(|| lost.clone()),
            },
            way: None,
        };
        let (outcome, count_as) = match () {
            () if loses => (Outcome::Kept, CountAs::Failed),
            () if answers.iter().all(|answer| answer.result.is_err()) => {
                (Outcome::Kept, CountAs::ConnectionError)
            }
            () => (Outcome::Updated, CountAs::Success),
        };
        let end = ItemEnd {
            outcome,
            count_as,
            links: 0,
            reason: loses.then(|| lost.clone()),
            panels: answers.iter().map(part).collect(),
            notes: Vec::new(),
            changes: None,
            took_ms: None,
            finished_at: 0,
        };
        if loses && on_loss == OnLoss::Hold { Verdict::Held(end) } else { Verdict::Ended(end) }
    }

    fn state(&self) -> JobState {
        self.finish.as_ref().unwrap().0
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.ends.values().filter(|end| end.outcome == outcome).count()
    }
}

/// `count` items from `first`, all on these panels.
fn items(first: i64, count: i64, panels: &[i64]) -> Vec<(i64, &[i64])> {
    (first..first + count).map(|id| (id, panels)).collect()
}

#[test]
fn every_item_is_asked_of_each_of_its_panels_and_ends_once() {
    let play = Play::new(&[(1, &[1, 2]), (2, &[2]), (3, &[])], |_, _| Gives::Links).run();
    assert_eq!(play.state(), JobState::Done);
    assert_eq!(play.ends.len(), 3);
    let mut asked = play.asked.clone();
    asked.sort_unstable();
    let expected = [(1, 1), (1, 2), (2, 2)].map(|(item, panel)| (PurchaseId(item), PanelId(panel)));
    assert_eq!(asked, expected);
    assert_eq!(play.director.tally().done(), 3);
}

#[test]
fn a_job_without_items_is_done_at_once() {
    assert_eq!(Play::new(&[], |_, _| Gives::Links).run().state(), JobState::Done);
}

#[test]
fn a_panel_never_gets_more_than_its_limit_nor_all_more_than_theirs() {
    let one = Play::new(&items(1, 100, &[1]), |_, _| Gives::Links).run();
    assert_eq!(one.most_in_flight, 8);
    let limits = Limits { total: 10, per_panel: 8 };
    let mut many = items(1, 50, &[1]);
    many.extend(items(51, 50, &[2]));
    let play = Play::with(limits, false, &many, |_, _| Gives::Links).run();
    assert_eq!(play.most_in_flight, 10);
    assert_eq!(play.ends.len(), 100);
}

#[test]
fn a_panel_that_is_slow_holds_up_no_other() {
    let mut many = items(1, 40, &[1]);
    many.extend(items(41, 40, &[2]));
    let mut play = Play::new(&many, |_, _| Gives::Links);
    // Nothing of panel 1 is answered, as if it hung.
    let mut hanging = 0;
    loop {
        let before = play.queue.len();
        play.queue.retain(|effect| !matches!(effect, Effect::Survey { panel: PanelId(1) }));
        hanging += before - play.queue.len();
        if !play.step() {
            break;
        }
    }
    assert_eq!(play.ends.len(), 40);
    assert_eq!(hanging, 1);
    assert!(play.finish.is_none());
}

#[test]
fn one_broken_panel_of_many_is_left_out_and_its_items_are_kept() {
    let mut many = items(1, 300, &[1]);
    many.extend(items(301, 60, &[2]));
    let mut play = Play::new(&many, |_, panel| match panel {
        PanelId(2) => Gives::Fewer,
        _ => Gives::Links,
    });
    // Panel 1 comes first, or the whole job would be over its limit and stop.
    play.slow = Some(PanelId(2));
    let play = play.run();
    assert_eq!(play.state(), JobState::Done);
    let left_out = play.director.shares[&PanelId(2)].left_out.as_ref().unwrap();
    assert!(left_out.text.contains("p2 was left out: 20 purchases"), "{left_out}");
    assert_eq!(play.count(Outcome::Updated), 300);
    assert_eq!(play.ends.len(), 360);
    let of_panel_2 = play.ends.iter().filter(|(id, _)| id.0 > 300);
    assert!(of_panel_2.clone().all(|(_, end)| end.outcome == Outcome::Kept));
    assert!(play.asked.iter().filter(|(_, panel)| *panel == PanelId(2)).count() < 40);
}

#[test]
fn a_job_in_which_too_many_lose_stops_and_says_where() {
    let play = Play::new(&items(1, 100, &[1]), |_, _| Gives::Fewer).run();
    assert_eq!(play.state(), JobState::Stopped);
    let reason = play.finish.as_ref().unwrap().1.clone().unwrap();
    assert_eq!(reason.code, Code::Guard);
    assert!(reason.text.contains("on p1"), "{reason}");
    assert_eq!(play.count(Outcome::Updated), 0);
    assert!(play.settled.iter().all(|(_, on_loss)| *on_loss != OnLoss::Write));
}

#[test]
fn a_loss_among_enough_good_items_is_meant_and_written_at_the_end() {
    let play =
        Play::new(
            &items(1, 50, &[1]),
            |item, _| {
                if item.0 == 7 { Gives::Fewer } else { Gives::Links }
            },
        );
    let play = play.run();
    assert_eq!(play.state(), JobState::Done);
    assert_eq!(play.count(Outcome::Updated), 50);
    let seven: Vec<_> =
        play.settled.iter().filter(|(id, _)| id.0 == 7).map(|(_, on)| *on).collect();
    assert_eq!(seven, [OnLoss::Hold, OnLoss::Write]);
    assert_eq!(play.director.held(), 0);
}

#[test]
fn a_loss_in_a_small_job_is_kept() {
    let play =
        Play::new(
            &items(1, 19, &[1]),
            |item, _| {
                if item.0 == 7 { Gives::Fewer } else { Gives::Links }
            },
        );
    let play = play.run();
    assert_eq!(play.count(Outcome::Kept), 1);
    assert!(play.settled.iter().all(|(_, on_loss)| *on_loss == OnLoss::KeepUntilSeenAgain));
}

#[test]
fn force_writes_everything_and_asks_no_guard() {
    let play = Play::with(LIMITS, true, &items(1, 100, &[1]), |_, _| Gives::Fewer).run();
    assert_eq!(play.state(), JobState::Done);
    assert_eq!(play.count(Outcome::Updated), 100);
}

#[test]
fn a_cancelled_job_asks_nobody_any_more_and_keeps_what_is_held() {
    let mut play =
        Play::new(
            &items(1, 100, &[1]),
            |item, _| {
                if item.0 == 1 { Gives::Fewer } else { Gives::Links }
            },
        );
    while play.ends.len() < 30 {
        assert!(play.step());
    }
    let asked = play.asked.len();
    let effects = play.director.step([Input::Cancel]);
    play.queue.extend(effects);
    let stop = play.queue.iter().position(|effect| matches!(effect, Effect::StopAsking)).unwrap();
    play.queue.rotate_left(stop);
    let play = play.run();
    assert_eq!(play.state(), JobState::Cancelled);
    assert_eq!(play.asked.len(), asked);
    assert_eq!(play.ends[&PurchaseId(1)].outcome, Outcome::Kept);
}

#[test]
fn panels_that_are_not_reached_are_no_loss() {
    let play = Play::new(&items(1, 100, &[1]), |_, _| Gives::Nothing).run();
    assert_eq!(play.state(), JobState::Done);
    assert_eq!(play.director.tally().connection_error, 100);
}

#[test]
fn the_floor_is_the_slowest_panels_own_time_within_its_limit() {
    let mut many = items(1, 80, &[1]);
    many.extend(items(81, 8, &[2]));
    let play = Play::new(&many, |_, _| Gives::Links).run();
    // 80 answers of 10 ms in 8 lanes.
    assert_eq!(play.director.floor(), Some(Duration::from_millis(100)));
}

#[test]
fn waiting_for_a_panel_that_never_answers_is_no_floor() {
    let mut many = items(1, 8, &[1]);
    many.extend(items(9, 80, &[2]));
    let play = Play::new(
        &many,
        |_, panel| {
            if panel == PanelId(2) { Gives::Nothing } else { Gives::Links }
        },
    );
    assert_eq!(play.run().director.floor(), Some(Duration::from_millis(10)));
}

#[test]
fn what_a_former_core_ended_is_counted_and_not_done_again() {
    let former = Play::new(&items(1, 30, &[1]), |_, _| Gives::Links).run();
    let ended: Vec<ItemEnd> = former.ends.into_values().collect();
    let rest = [(PurchaseId(31), vec![PanelId(1)])];
    let mut director = Director::new(LIMITS, false, rest, &ended);
    assert_eq!(director.tally().success, 30);
    let effects = director.begin();
    assert!(matches!(effects[..], [Effect::Ask { item: PurchaseId(31), .. }]));
    assert_eq!(director.shares[&PanelId(1)].total, 31);
}

#[test]
fn lists_are_read_before_anything_else_where_they_pay() {
    let enough = i64::try_from(LISTS_PAY_FROM).unwrap();
    let mut many = items(1, enough, &[1]);
    many.extend(items(50, enough - 1, &[2]));
    let play = Play::new(&many, |_, _| Gives::Links);
    assert!(matches!(play.queue[0], Effect::Survey { panel: PanelId(1) }));
    let play = play.run();
    assert_eq!(play.surveyed, [PanelId(1)]);
    assert_eq!(play.count(Outcome::Updated), many.len());
}

#[test]
fn a_panel_whose_lists_are_away_is_asked_nothing_else() {
    let mut many = items(1, 40, &[1]);
    many.extend(items(41, 40, &[2]));
    let mut play = Play::new(&many, |_, _| Gives::Links);
    play.away = Some((PanelId(2), PanelFailure::Unreachable(Unreachable::Timeout)));
    let play = play.run();
    assert_eq!(play.state(), JobState::Done);
    assert!(play.asked.iter().all(|(_, panel)| *panel == PanelId(1)));
    assert_eq!((play.director.tally().success, play.director.tally().connection_error), (40, 40));
}

#[test]
fn a_panel_that_was_left_out_stays_so_after_a_restart() {
    let lost = Reason::new(Code::WouldLoseLinks, "");
    let losing = PanelPart {
        panel: PanelId(2),
        name: "p2".to_owned(),
        outcome: Outcome::Kept,
        links: 0,
        fetched_at: None,
        way: None,
        reason: Some(lost.clone()),
    };
    let end = ItemEnd { panels: vec![losing], ..ItemEnd::refused(lost, 0) };
    let ended = vec![end; 20];
    let rest = |first, panel| (first..first + 200).map(move |id| (PurchaseId(id), vec![panel]));
    let items = rest(100, PanelId(1)).chain([(PurchaseId(999), vec![PanelId(2)])]);
    let mut director = Director::new(LIMITS, false, items, &ended);
    let effects = director.begin();
    assert!(director.shares[&PanelId(2)].left_out.is_some());
    let is_left_out = |effect: &Effect| match effect {
        Effect::Settle { item: PurchaseId(999), answers, .. } => {
            matches!(answers[0].result, Err(PanelFailure::LeftOut))
        }
        _ => false,
    };
    assert!(effects.iter().any(is_left_out), "{effects:?}");
}

fn surveyed(panel: i64) -> Input {
    let took = Duration::from_millis(9);
    Input::Surveyed { panel: PanelId(panel), name: format!("p{panel}"), failure: None, took }
}

/// Of three panels with five items each, those that are asked about at `inputs`.
fn asked_at(inputs: impl IntoIterator<Item = Input>) -> Vec<i64> {
    let items: Vec<_> = (1..=15).map(|item| (PurchaseId(item), vec![PanelId(item % 3)])).collect();
    let mut director = Director::new(LIMITS, false, items, &[]);
    director.begin();
    let effects = inputs.into_iter().flat_map(|input| director.step([input]));
    let asked = effects.filter_map(|effect| match effect {
        Effect::Ask { item, .. } => Some(item.0),
        _ => None,
    });
    asked.collect()
}

#[test]
fn lists_that_came_wait_for_the_others_so_that_neighbours_go_together() {
    assert!(asked_at([surveyed(0), surveyed(2)]).is_empty());
    let mut all = asked_at([surveyed(0), surveyed(2), surveyed(1)]);
    assert!(all[..3].iter().all(|item| *item <= 3), "{all:?}");
    all.sort_unstable();
    assert_eq!(all, (1..=15).collect::<Vec<_>>());
}

#[test]
fn lists_that_are_late_are_not_waited_for() {
    assert_eq!(asked_at([surveyed(0), Input::Late]), [3, 6, 9, 12, 15]);
    assert_eq!(asked_at([Input::Late, surveyed(2)]), [2, 5, 8, 11, 14]);
    let away = Input::Surveyed {
        panel: PanelId(1),
        name: "p1".to_owned(),
        failure: Some(PanelFailure::Unreachable(Unreachable::Timeout)),
        took: Duration::ZERO,
    };
    assert_eq!(asked_at([surveyed(0), surveyed(2), away]).len(), 10);
}

#[test]
fn no_more_is_asked_than_can_be_written() {
    let many = items(1, 3000, &[1, 2]);
    let mut play = Play::new(&many, |_, _| Gives::Links);
    let mut most = 0;
    loop {
        let settling = |effect: &Effect| matches!(effect, Effect::Settle { .. });
        most = most.max(play.queue.iter().filter(|effect| settling(effect)).count());
        // Whatever can be asked is asked before anything is written.
        if let Some(ask) = play.queue.iter().position(|effect| !settling(effect)) {
            play.queue.rotate_left(ask);
        }
        if !play.step() {
            break;
        }
    }
    assert!((1..=MOST_SETTLING + LIMITS.total).contains(&most), "{most}");
    assert_eq!(play.count(Outcome::Updated), 3000);
}
