//! The ladder of `alamor check`, as far as it is climbed: what each rung found, and which is next.
//!
//! ```text
//! NotAsked ─▶ Climbing ─▶ Climbed            every rung is known, or one does not work
//!                │  └───▶ Broken             the child could not do it, and why
//!                └──────▶ NotAsked           the screens of the ladder were left
//! ```
//!
//! Deliberately absent: the child (`check.rs`).

use std::time::Duration;

use jiff::Timestamp;

use super::paged::moved;
use crate::api::checks::{Check, CheckState, RUNGS};
use crate::console::format;
use crate::console::lang::Lang;

/// For so long what was found counts as the present: coming back does not ask again.
const FRESH: Duration = Duration::from_mins(1);

/// Rungs that we do not know by name, of a newer program: as many as are shown.
const MOST: usize = 64;

/// One thing that a child told.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "short-lived: made, applied and dropped")]
pub(crate) enum Told {
    /// What a rung found.
    Rung(Check),
    /// Nothing more will come.
    Ended(Ended),
}

/// How a climb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The system did not start it, and why.
    NotStarted(String),
    /// The child ended.
    Exited {
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// The first line of what it complained about, or nothing.
        complaint: String,
    },
    /// This line of its answer, counted from 1, is no rung.
    Unreadable(usize),
    /// It was ended: it was not over in time.
    TooLong,
}

impl Ended {
    /// Why a climb broke off, in one sentence.
    pub(crate) fn said(&self, lang: Lang) -> String {
        let say = lang.say();
        let with = |sentence: String, more: &str| {
            if more.is_empty() { sentence } else { format!("{sentence}: {more}") }
        };
        match self {
            Self::NotStarted(why) => with(say.climb_not_started(), why),
            Self::Exited { code: Some(code), complaint } => {
                with(say.climb_ended(code.to_string()), complaint)
            }
            Self::Exited { code: None, complaint } => with(say.climb_killed(), complaint),
            Self::Unreadable(line) => say.climb_unreadable(format::count(lang, *line as u64)),
            Self::TooLong => say.climb_too_long(),
        }
    }
}

/// What the runner must do about the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Start one, in place of an older one.
    Start {
        /// Comes back with what it tells.
        generation: u64,
        /// The rung to begin with; `None` is the foot.
        from: Option<String>,
    },
    /// End it.
    Leave,
}

/// A rung, and what was found there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rung {
    /// As it is called on the wire.
    pub(crate) name: String,
    /// Nothing as long as nobody has looked.
    pub(crate) found: Option<Check>,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody climbs, and nothing was found to its end.
    NotAsked,
    /// Since this moment.
    Climbing(Timestamp),
    /// It was over then.
    Climbed(Timestamp),
    /// It could not be climbed to its end.
    Broken(Ended),
}

/// How it stands with a rung.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Standing<'a> {
    /// This was found.
    Found(&'a Check),
    /// It is being looked at, since the climb began.
    Looking(Timestamp),
    /// The climb began above it and has not come there.
    Waiting,
    /// The climb began below it.
    Passed,
    /// It was being looked at when the climb broke off.
    BrokenOff,
    /// Something above does not work.
    NotTried,
}

/// The ladder.
#[derive(Debug)]
pub(crate) struct Climb {
    generation: u64,
    /// From the top of the screen: a fault of one is the cause of faults below it.
    pub(crate) rungs: Vec<Rung>,
    /// How far it is.
    pub(crate) phase: Phase,
    /// The selected rung.
    pub(crate) selected: usize,
    /// The first line of the evidence that is shown.
    pub(crate) top: usize,
    /// The rung that the last climb began with.
    from: usize,
    /// Whether the selection goes to what does not work: until the operator moves it.
    follows: bool,
    wish: Option<Wish>,
}

impl Default for Climb {
    fn default() -> Self {
        let rung = |name: &str| Rung { name: name.to_owned(), found: None };
        Self {
            generation: 0,
            rungs: RUNGS.map(rung).to_vec(),
            phase: Phase::NotAsked,
            selected: 0,
            top: 0,
            from: 0,
            follows: true,
            wish: None,
        }
    }
}

impl Climb {
    /// Climbs from a rung on; what was found above it stays.
    pub(crate) fn start(&mut self, from: usize, now: Timestamp) {
        self.from = from.min(self.rungs.len().saturating_sub(1));
        self.generation += 1;
        // Only what the child tells this time stands there: a newer one may have other rungs.
        self.rungs.retain(|rung| RUNGS.contains(&rung.name.as_str()));
        for rung in self.rungs.iter_mut().skip(self.from) {
            rung.found = None;
        }
        (self.selected, self.follows, self.phase) = (self.from, true, Phase::Climbing(now));
        let from = Some(self.from).filter(|from| *from > 0);
        let from = from.and_then(|from| Some(self.rungs.get(from)?.name.clone()));
        self.wish = Some(Wish::Start { generation: self.generation, from });
    }

    /// The whole ladder, unless it was climbed just now.
    pub(crate) fn arrive(&mut self, now: Timestamp) {
        if !self.is_fresh(now) {
            self.start(0, now);
        }
    }

    /// Whether the whole ladder is being climbed, or was just now.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        match self.phase {
            Phase::Climbing(_) => true,
            Phase::Climbed(at) => now.duration_since(at).unsigned_abs() < FRESH && self.from == 0,
            Phase::NotAsked | Phase::Broken(_) => false,
        }
    }

    /// Which climb this is.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// What the runner must do, now that the ladder is shown or not.
    pub(crate) fn wish(&mut self, is_shown: bool) -> Option<Wish> {
        if !is_shown && self.climbing_since().is_some() {
            self.generation += 1;
            (self.phase, self.wish) = (Phase::NotAsked, None);
            return Some(Wish::Leave);
        }
        self.wish.take()
    }

    /// Applies what a child told; an older one's words count for nothing.
    pub(crate) fn hear(&mut self, generation: u64, told: Told, now: Timestamp) {
        if generation != self.generation || self.climbing_since().is_none() {
            return;
        }
        match told {
            Told::Rung(check) => self.put(check),
            Told::Ended(ended) => self.end(ended, now),
        }
    }

    fn put(&mut self, check: Check) {
        let known = self.rungs.iter().position(|rung| rung.name == check.name);
        // What was found there before counts for more than that nobody looked now.
        if check.state == CheckState::NotTried && known.is_some_and(|index| index < self.from) {
            return;
        }
        let index = known.unwrap_or(self.rungs.len());
        if self.follows && check.state == CheckState::Crit {
            self.selected = index.min(MOST - 1);
        }
        match known {
            Some(index) => self.rungs[index].found = Some(check),
            None if self.rungs.len() < MOST => {
                self.rungs.push(Rung { name: check.name.clone(), found: Some(check) });
            }
            None => {}
        }
    }

    fn end(&mut self, ended: Ended, now: Timestamp) {
        let is_whole = matches!(ended, Ended::Exited { code: Some(0..=2), .. })
            && (self.has_failed() || self.climbed().all(|rung| rung.found.is_some()));
        self.phase = if is_whole { Phase::Climbed(now) } else { Phase::Broken(ended) };
    }

    /// The rungs of the last climb.
    fn climbed(&self) -> impl Iterator<Item = &Rung> {
        self.rungs.iter().skip(self.from)
    }

    /// Whether the last climb met something that does not work.
    pub(crate) fn has_failed(&self) -> bool {
        self.climbed().any(is_crit)
    }

    /// Since when a child climbs, if one does.
    pub(crate) fn climbing_since(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Climbing(since) => Some(since),
            Phase::NotAsked | Phase::Climbed(_) | Phase::Broken(_) => None,
        }
    }

    /// How it stands with a rung.
    pub(crate) fn standing(&self, index: usize) -> Standing<'_> {
        if let Some(found) = self.rungs.get(index).and_then(|rung| rung.found.as_ref()) {
            return Standing::Found(found);
        }
        if index < self.from {
            return Standing::Passed;
        }
        let open = self.climbed().position(|rung| rung.found.is_none());
        let is_next = open == Some(index - self.from) && !self.has_failed();
        match self.phase {
            Phase::Climbing(since) if is_next => Standing::Looking(since),
            Phase::Broken(_) if is_next => Standing::BrokenOff,
            Phase::Climbing(_) if !self.has_failed() => Standing::Waiting,
            Phase::NotAsked => Standing::Waiting,
            Phase::Climbing(_) | Phase::Climbed(_) | Phase::Broken(_) => Standing::NotTried,
        }
    }

    /// What was found at the selected rung.
    pub(crate) fn find_selected(&self) -> Option<&Check> {
        self.rungs.get(self.selected)?.found.as_ref()
    }

    /// The cure at the selected rung, else of what does not work.
    pub(crate) fn find_fix(&self) -> Option<&str> {
        let selected = self.find_selected().and_then(|check| check.fix.as_deref());
        selected.or_else(|| {
            let failed = self.rungs.iter().rev().find(|rung| is_crit(rung));
            failed.and_then(|rung| rung.found.as_ref()?.fix.as_deref())
        })
    }

    /// Whether anything was found that a report could hold.
    pub(crate) fn has_found(&self) -> bool {
        self.rungs.iter().any(|rung| rung.found.is_some())
    }

    /// Moves the selection.
    pub(crate) fn select(&mut self, rows: i64) {
        self.follows = false;
        self.selected = moved(self.selected, rows, self.rungs.len());
    }

    /// Moves the evidence; `most` is how many of its lines do not fit.
    pub(crate) fn scroll(&mut self, rows: i64, most: usize) {
        self.top = moved(self.top, rows, most + 1);
    }
}

fn is_crit(rung: &Rung) -> bool {
    rung.found.as_ref().is_some_and(|check| check.state == CheckState::Crit)
}

/// The rung at which a check's fault is looked at: its own, or that of what it belongs to.
pub(crate) fn find_rung(kind: &str) -> usize {
    let name = match kind {
        "disk" => "database",
        "clock" | "certbot" => "tls",
        "nginx" => "endpoint",
        "panel" | "links" => "panels",
        other => other,
    };
    RUNGS.iter().position(|rung| *rung == name).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn check(name: &str, state: CheckState) -> Told {
        let fix = (state == CheckState::Crit).then(|| format!("mend {name}"));
        Told::Rung(Check { name: name.to_owned(), state, fix, ..Check::default() })
    }

    fn exited(code: i32) -> Told {
        Told::Ended(Ended::Exited { code: Some(code), complaint: String::new() })
    }

    /// A climb from `from`, in which the child tells this.
    fn after(from: usize, told: &[Told]) -> Climb {
        let mut climb = Climb::default();
        climb.start(from, at(0));
        for word in told {
            climb.hear(1, word.clone(), at(3));
        }
        climb
    }

    #[test]
    fn the_rung_after_the_last_one_that_is_known_is_being_looked_at() {
        let climb = after(0, &[check("settings", CheckState::Ok)]);
        assert!(matches!(climb.standing(0), Standing::Found(_)));
        assert_eq!(climb.standing(1), Standing::Looking(at(0)));
        assert_eq!(climb.standing(2), Standing::Waiting);
    }

    #[test]
    fn what_does_not_work_ends_the_ladder_and_is_selected() {
        let climb = after(
            0,
            &[check("settings", CheckState::Warn), check("database", CheckState::Crit), exited(2)],
        );
        assert_eq!((climb.selected, climb.phase.clone()), (1, Phase::Climbed(at(3))));
        assert_eq!(climb.standing(2), Standing::NotTried);
        assert_eq!(climb.find_fix(), Some("mend database"));
    }

    #[test]
    fn a_selection_that_was_moved_stays() {
        let mut climb = after(0, &[check("settings", CheckState::Ok)]);
        climb.select(4);
        climb.hear(1, check("database", CheckState::Crit), at(2));
        assert_eq!(climb.selected, 4);
        assert_eq!(climb.find_fix(), Some("mend database"), "the cure is that of the fault");
    }

    #[test]
    fn a_child_that_stops_before_the_end_is_told_whatever_its_exit_code_is() {
        let climb = after(0, &[check("settings", CheckState::Ok), exited(0)]);
        assert!(matches!(climb.phase, Phase::Broken(_)), "{:?}", climb.phase);
        assert_eq!(climb.standing(1), Standing::BrokenOff);
        assert_eq!(climb.standing(2), Standing::NotTried);
        let whole: Vec<_> = RUNGS.iter().map(|rung| check(rung, CheckState::Ok)).collect();
        let with = |end| after(0, &[whole.clone(), vec![end]].concat()).phase;
        assert_eq!(with(exited(1)), Phase::Climbed(at(3)));
        assert!(matches!(with(exited(101)), Phase::Broken(_)));
        assert!(matches!(with(Told::Ended(Ended::TooLong)), Phase::Broken(_)));
    }

    #[test]
    fn what_was_found_above_stays_when_it_is_tried_again_from_a_rung() {
        let mut climb =
            after(0, &[check("settings", CheckState::Ok), check("database", CheckState::Crit)]);
        climb.start(1, at(9));
        let from = Some("database".to_owned());
        assert_eq!(climb.wish(true), Some(Wish::Start { generation: 2, from }));
        climb.hear(2, check("settings", CheckState::NotTried), at(9));
        assert!(
            matches!(climb.standing(0), Standing::Found(check) if check.state == CheckState::Ok)
        );
        assert_eq!(climb.standing(1), Standing::Looking(at(9)));
        climb.hear(1, check("database", CheckState::Ok), at(9));
        assert_eq!(climb.standing(1), Standing::Looking(at(9)), "an older child is not heard");
    }

    #[test]
    fn leaving_ends_the_child_and_coming_back_begins_again_unless_it_is_fresh() {
        let mut climb = after(0, &[]);
        assert!(matches!(climb.wish(true), Some(Wish::Start { .. })));
        assert_eq!(climb.wish(true), None);
        assert_eq!(climb.wish(false), Some(Wish::Leave));
        climb.hear(1, check("settings", CheckState::Ok), at(1));
        assert!(!climb.has_found(), "what was left is not heard");
        let mut climb = after(0, &[check("settings", CheckState::Crit), exited(2)]);
        climb.wish(true);
        assert_eq!(climb.wish(false), None, "it has ended by itself");
        climb.arrive(at(20));
        assert_eq!(climb.wish(true), None);
        climb.arrive(at(200));
        assert!(matches!(climb.wish(true), Some(Wish::Start { from: None, .. })));
    }

    #[test]
    fn a_rung_of_a_newer_program_is_shown_and_there_are_not_too_many() {
        let many: Vec<_> = (0..200).map(|n| check(&format!("new {n}"), CheckState::Crit)).collect();
        let climb = after(0, &many);
        assert_eq!((climb.rungs.len(), climb.rungs[12].name.as_str()), (MOST, "new 0"));
        assert!(climb.find_selected().is_some());
    }

    #[test]
    fn every_check_has_its_rung() {
        let rung = |kind| RUNGS[find_rung(kind)];
        assert_eq!(["dns", "disk", "certbot"].map(rung), ["dns", "database", "tls"]);
        assert_eq!(["panel", "nginx", "something"].map(rung), ["panels", "endpoint", "settings"]);
    }
}
