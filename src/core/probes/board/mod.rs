//! What every probe found lately, and what became different.

mod day;
pub(crate) mod standing;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;

use self::standing::{Standing, Turn};
use super::Probe;
use crate::api::{Change, Check, CheckState};

/// How many changes are remembered.
const CHANGES: usize = 32;

/// How many changes go with every `health`.
pub(crate) const NEWEST: usize = 5;

/// How many turns a listener may be behind.
const TURNS: usize = 256;

/// How many lines of evidence a check keeps: more than any screen has, and a report names the rest.
const LINES: usize = 40;

/// The longest line of evidence, in characters, as `machine/quote.rs` cuts what is not ours.
const LINE: usize = 300;

/// What every probe found lately.
#[derive(Debug)]
pub(crate) struct Board {
    inside: Mutex<Inside>,
    turns: broadcast::Sender<Turn>,
}

#[derive(Debug, Default)]
struct Inside {
    standings: BTreeMap<Place, Watched>,
    /// Newest first.
    changes: VecDeque<Change>,
}

/// Where a check stands: in the order of the ladder, and after it what only a core knows, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Probe(Probe),
    Inside(String),
}

/// A check, and how often somebody looks at it.
#[derive(Debug)]
struct Watched {
    standing: Standing,
    every: Duration,
}

impl Default for Board {
    fn default() -> Self {
        Self { inside: Mutex::default(), turns: broadcast::Sender::new(TURNS) }
    }
}

impl Board {
    /// Takes what a look found at what is looked at each `every`; returns whether it should be looked
    /// at again soon.
    pub(crate) fn take(
        &self,
        place: Place,
        every: Duration,
        mut check: Check,
        now: Timestamp,
    ) -> Taken {
        bound(&mut check.details);
        let mut inside = self.lock();
        let (turn, is_in_doubt) = match inside.standings.get_mut(&place) {
            Some(Watched { standing, .. }) => (standing.take(check, now), standing.is_in_doubt()),
            None => {
                let standing = Standing::new(check, now);
                let first = Turn { check: standing.check(now), was: None };
                inside.standings.insert(place, Watched { standing, every });
                (Some(first), false)
            }
        };
        if let Some(turn) = &turn {
            if let Some(change) = change_of(turn, now) {
                inside.note(change);
            }
            // Nobody listening is no error. Sent under the lock, so turns arrive in order.
            let _ = self.turns.send(turn.clone());
        }
        Taken { turn, is_in_doubt }
    }

    /// Notes something that is no check: a job, a restart.
    pub(crate) fn note(&self, change: Change) {
        self.lock().note(change);
    }

    /// Forgets the checks that are of none of these: a domain, a panel that is gone.
    pub(crate) fn keep(&self, is_wanted: impl Fn(&Place) -> bool) {
        self.lock().standings.retain(|place, _| is_wanted(place));
    }

    /// Every check as it is shown, in the order of the ladder.
    pub(crate) fn checks(&self, now: Timestamp) -> Vec<Check> {
        let inside = self.lock();
        let shown = |watched: &Watched| watched.standing.check_within(watched.every, now);
        inside.standings.values().map(shown).collect()
    }

    /// The newest changes, newest first.
    pub(crate) fn changes(&self, most: usize) -> Vec<Change> {
        self.lock().changes.iter().take(most).cloned().collect()
    }

    /// Every turn from now on.
    pub(crate) fn turns(&self) -> broadcast::Receiver<Turn> {
        self.turns.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a look.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The check, if it is shown in another state now.
    pub(crate) turn: Option<Turn>,
    /// Whether a second look is to confirm it.
    pub(crate) is_in_doubt: bool,
}

impl Inside {
    fn note(&mut self, change: Change) {
        self.changes.truncate(CHANGES - 1);
        self.changes.push_front(change);
    }
}

/// Cuts evidence that is too long, and says so: a board keeps it for ever.
fn bound(lines: &mut Vec<String>) {
    let all = lines.len();
    if all > LINES {
        lines.truncate(LINES - 1);
        lines.push(format!("… and {} lines more", all - lines.len()));
    }
    for line in lines {
        if let Some((end, _)) = line.char_indices().nth(LINE) {
            line.truncate(end);
            line.push('…');
            line.shrink_to_fit();
        }
    }
}

/// A first look that finds all well, or sees nothing, is no news.
fn change_of(turn: &Turn, now: Timestamp) -> Option<Change> {
    let Check { name, state, reason, .. } = &turn.check;
    if turn.was.is_none() && state.severity() < CheckState::Warn.severity() {
        return None;
    }
    let text = match (state, reason) {
        (CheckState::Ok, _) => format!("{name} is well again"),
        (_, Some(reason)) => format!("{name}: {reason}"),
        (_, None) => format!("{name} is not well"),
    };
    Some(Change { at: now, what: "check".to_owned(), text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckState::{Crit, Ok, Unknown};

    const EVERY: Duration = Duration::from_secs(10);
    const PORT: Place = Place::Probe(Probe::Port);

    fn tls(name: &str) -> Place {
        Place::Probe(Probe::Tls(name.to_owned()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn look(name: &str, state: CheckState) -> Check {
        let reason = (state == Crit).then(|| "nothing listens there".to_owned());
        Check { name: name.to_owned(), state, reason, ..Check::default() }
    }

    #[test]
    fn checks_stand_in_the_order_of_the_ladder() {
        let board = Board::default();
        board.take(tls("b.example"), EVERY, look("tls b.example", Ok), at(0));
        board.take(tls("a.example"), EVERY, look("tls a.example", Ok), at(0));
        board.take(Place::Probe(Probe::Settings), EVERY, look("settings", Ok), at(0));
        let names: Vec<String> = board.checks(at(1)).into_iter().map(|check| check.name).collect();
        assert_eq!(names, ["settings", "tls a.example", "tls b.example"]);
        board.keep(|place| *place != tls("a.example"));
        assert_eq!(board.checks(at(1)).len(), 2);
    }

    #[test]
    fn a_turn_is_told_once_and_remembered_as_a_change() {
        let board = Board::default();
        let mut turns = board.turns();
        board.take(PORT, EVERY, look("port", Ok), at(0));
        assert!(board.take(PORT, EVERY, look("port", Crit), at(10)).is_in_doubt);
        let taken = board.take(PORT, EVERY, look("port", Crit), at(12));
        assert!(!taken.is_in_doubt);
        assert_eq!(turns.try_recv().unwrap().was, None);
        assert_eq!(turns.try_recv().unwrap(), taken.turn.unwrap());
        assert!(turns.try_recv().is_err());
        board.take(PORT, EVERY, look("port", Ok), at(20));
        board.take(PORT, EVERY, look("port", Ok), at(22));
        let texts: Vec<String> = board.changes(NEWEST).into_iter().map(|each| each.text).collect();
        assert_eq!(texts, ["port is well again", "port: nothing listens there"]);
    }

    #[test]
    fn only_so_many_changes_are_remembered() {
        let board = Board::default();
        for number in 0..100 {
            let text = number.to_string();
            board.note(Change { at: at(number), what: "job".to_owned(), text });
        }
        assert_eq!(board.changes(usize::MAX).len(), CHANGES);
        assert_eq!(board.changes(1)[0].text, "99");
    }

    #[test]
    fn evidence_is_kept_up_to_so_many_lines_of_so_many_characters() {
        let board = Board::default();
        let details = vec!["é".repeat(10_000); 1_000];
        board.take(
            Place::Probe(Probe::Nginx),
            EVERY,
            Check { details, ..look("nginx", Ok) },
            at(0),
        );
        let details = board.checks(at(0)).remove(0).details;
        assert_eq!(details.len(), LINES);
        assert_eq!(details[0].chars().count(), LINE + 1);
        assert!(details[0].ends_with('…'));
        assert_eq!(details[LINES - 1], "… and 961 lines more");
    }

    #[tokio::test(start_paused = true)]
    async fn each_check_is_unknown_after_three_of_its_own_intervals() {
        let board = Board::default();
        let dns = Place::Probe(Probe::Dns("pay.example.net".to_owned()));
        board.take(PORT, Duration::from_secs(10), look("port", Ok), at(0));
        board.take(dns, Duration::from_mins(5), look("dns", Ok), at(0));
        tokio::time::advance(Duration::from_secs(31)).await;
        let states: Vec<CheckState> =
            board.checks(at(31)).into_iter().map(|check| check.state).collect();
        assert_eq!(states, [Unknown, Ok]);
    }
}
