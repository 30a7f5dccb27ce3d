//! Whether a panel lets us in: the decisions of it, without the requests.
//!
//! ```text
//!             taken            refused                    useless        over
//! Outside     Inside           Refused(until told)        Useless(10 min)   –
//! Inside      –                Refused(15 min, once)      –                 Outside
//! Refused     Inside           Refused(until told)        Useless(10 min)   –
//! ```
//!
//! A password that was sent and whose answer did not come is not sent by rounds for 15 minutes.
//!
//! Deliberately absent: a clock, requests.

use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::words::Useless;
use crate::domain::reason::{PanelFailure, Unreachable};

/// How long a panel locks out after wrong passwords.
///
/// # Source
///
/// Fact C17.
const LOCKOUT: Duration = Duration::from_mins(15);

/// How long a panel without an API of ours is not asked for one: somebody may install another
/// panel there, but not every minute.
const USELESS_FOR: Duration = Duration::from_mins(10);

/// What opens the API.
#[derive(Debug, Clone)]
pub(crate) enum Pass {
    /// A session's cookies, as the header's value.
    Cookie(SecretString),
    /// An API token.
    Token(SecretString),
}

/// A pass that is in use.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// It.
    pub(crate) pass: Pass,
    /// Which of the passes that were ever given: whoever says that it is over names it.
    pub(crate) number: u64,
}

/// Who wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// An update, a subscriber, an operator.
    Somebody,
    /// The core by itself, round after round: it never tries what was refused.
    Round,
}

/// Why there is no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoList {
    /// The panel has none for us.
    Useless(Useless),
    /// It refused, or was not reached.
    Failed(PanelFailure),
}

/// Whether the API may be asked.
#[derive(Debug, Clone)]
pub(crate) enum May {
    /// With this.
    Enter(Entry),
    /// After a login.
    LogIn,
    /// Not now.
    Not(NoList),
}

/// What a panel refuses, or took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    /// User and password.
    Password,
    /// A token.
    Token,
}

#[derive(Debug)]
enum State {
    Outside,
    Inside(Pass),
    Refused { failure: PanelFailure, again: Option<Instant> },
    Useless { why: Useless, until: Instant },
}

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Access {
    state: State,
    /// The number of the pass that is or was in use.
    number: u64,
    /// Whether it was ever taken while this core runs.
    was_taken: bool,
    /// Until when a password counts that was sent, and whose answer was not heard.
    unheard: Option<Instant>,
    means: Means,
}

impl Access {
    /// `is_refused`: an earlier core was told so, and nothing changed since.
    pub(crate) fn new(means: Means, is_refused: bool) -> Self {
        let state = if is_refused {
            State::Refused { failure: wrong(means), again: None }
        } else {
            State::Outside
        };
        Self { state, number: 0, was_taken: false, unheard: None, means }
    }

    /// What `who` may do now.
    pub(crate) fn ask(&self, who: Who, now: Instant) -> May {
        let late = NoList::Failed(PanelFailure::Unreachable(Unreachable::Timeout));
        match self.decide(who, now) {
            // Round after round would be five wrong ones in no time, if it is a wrong one.
            May::LogIn if who == Who::Round && self.unheard.is_some_and(|until| now < until) => {
                May::Not(late)
            }
            may => may,
        }
    }

    fn decide(&self, who: Who, now: Instant) -> May {
        match &self.state {
            State::Outside => May::LogIn,
            State::Inside(pass) => May::Enter(Entry { pass: pass.clone(), number: self.number }),
            State::Refused { again: Some(again), .. } if who == Who::Somebody && now >= *again => {
                May::LogIn
            }
            State::Refused { failure, .. } => May::Not(NoList::Failed(*failure)),
            State::Useless { until, .. } if now >= *until => May::LogIn,
            State::Useless { why, .. } => May::Not(NoList::Useless(*why)),
        }
    }

    /// Whether something lets us in, as far as we know.
    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.state, State::Inside(_))
    }

    /// We are in, or have a token that nobody has looked at yet.
    pub(crate) fn enter(&mut self, pass: Pass) -> Entry {
        self.number += 1;
        self.state = State::Inside(pass.clone());
        Entry { pass, number: self.number }
    }

    /// A password is on its way: whoever sent it may not hear what comes of it.
    pub(crate) fn sends_password(&mut self, now: Instant) {
        self.unheard = Some(now + LOCKOUT);
    }

    /// The answer to it came, or it was never sent.
    pub(crate) fn heard(&mut self) {
        self.unheard = None;
    }

    /// What we came in with opened something.
    pub(crate) fn proven(&mut self) {
        self.was_taken = true;
    }

    /// We were refused; returns as what that counts, and whether it is to be remembered.
    pub(crate) fn refused(&mut self, now: Instant) -> (PanelFailure, bool) {
        let may_be_lockout = std::mem::take(&mut self.was_taken);
        let failure = match self.means {
            Means::Password if may_be_lockout => PanelFailure::LockedOut,
            means => wrong(means),
        };
        self.state = State::Refused { failure, again: may_be_lockout.then(|| now + LOCKOUT) };
        (failure, !may_be_lockout)
    }

    /// There is nothing for us.
    pub(crate) fn useless(&mut self, why: Useless, now: Instant) {
        self.state = State::Useless { why, until: now + USELESS_FOR };
    }

    /// The pass with this number opens nothing any more; of an older one everybody knows.
    pub(crate) fn over(&mut self, number: u64) {
        if self.number == number && matches!(self.state, State::Inside(_)) {
            self.state = State::Outside;
        }
    }

    /// An operator says that it may be tried again.
    pub(crate) fn forgive(&mut self) {
        self.unheard = None;
        if !matches!(self.state, State::Inside(_)) {
            self.state = State::Outside;
        }
    }

    /// What came of the last try: who lets us in, or why not; `None` if nobody has tried.
    pub(crate) fn outcome(&self) -> Option<Result<Means, NoList>> {
        match &self.state {
            State::Outside | State::Inside(_) => self.was_taken.then_some(Ok(self.means)),
            State::Refused { failure, .. } => Some(Err(NoList::Failed(*failure))),
            State::Useless { why, .. } => Some(Err(NoList::Useless(*why))),
        }
    }
}

fn wrong(means: Means) -> PanelFailure {
    match means {
        Means::Password => PanelFailure::WrongPassword,
        Means::Token => PanelFailure::WrongToken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie() -> Pass {
        Pass::Cookie("session=1".into())
    }

    fn refusal(access: &Access, who: Who, now: Instant) -> Option<PanelFailure> {
        match access.ask(who, now) {
            May::Not(NoList::Failed(failure)) => Some(failure),
            _ => None,
        }
    }

    #[test]
    fn a_wrong_password_is_refused_until_somebody_acts() {
        let now = Instant::now();
        let mut access = Access::new(Means::Password, false);
        assert!(matches!(access.ask(Who::Round, now), May::LogIn));
        assert_eq!(access.refused(now), (PanelFailure::WrongPassword, true));
        let years = now + Duration::from_hours(9999);
        assert_eq!(refusal(&access, Who::Somebody, years), Some(PanelFailure::WrongPassword));
        access.forgive();
        assert!(matches!(access.ask(Who::Somebody, now), May::LogIn));
    }

    #[test]
    fn one_that_was_taken_before_is_tried_once_more_after_the_lockout() {
        let now = Instant::now();
        let mut access = Access::new(Means::Password, false);
        let entry = access.enter(cookie());
        access.proven();
        access.over(entry.number);
        assert_eq!(access.refused(now), (PanelFailure::LockedOut, false));
        let before = now + LOCKOUT.saturating_sub(Duration::from_secs(1));
        assert_eq!(refusal(&access, Who::Somebody, before), Some(PanelFailure::LockedOut));
        let later = now + LOCKOUT;
        assert_eq!(refusal(&access, Who::Round, later), Some(PanelFailure::LockedOut));
        assert!(matches!(access.ask(Who::Somebody, later), May::LogIn));
        assert_eq!(access.refused(later), (PanelFailure::WrongPassword, true));
        assert!(refusal(&access, Who::Somebody, later + LOCKOUT).is_some());
    }

    #[test]
    fn a_login_that_was_not_heard_is_not_repeated_by_rounds() {
        let now = Instant::now();
        let mut access = Access::new(Means::Password, false);
        access.sends_password(now);
        assert!(matches!(access.ask(Who::Round, now), May::Not(NoList::Failed(_))));
        assert!(matches!(access.ask(Who::Somebody, now), May::LogIn));
        assert!(matches!(access.ask(Who::Round, now + LOCKOUT), May::LogIn));
        access.heard();
        assert!(matches!(access.ask(Who::Round, now), May::LogIn));
    }

    #[test]
    fn what_an_earlier_core_was_refused_is_not_tried() {
        let access = Access::new(Means::Token, true);
        let failure = refusal(&access, Who::Somebody, Instant::now());
        assert_eq!(failure, Some(PanelFailure::WrongToken));
    }

    #[test]
    fn a_panel_without_an_api_is_looked_at_again_after_ten_minutes() {
        let now = Instant::now();
        let mut access = Access::new(Means::Password, false);
        access.useless(Useless::NoLogin, now);
        let before = now + USELESS_FOR.saturating_sub(Duration::from_secs(1));
        let may = access.ask(Who::Somebody, before);
        assert!(matches!(may, May::Not(NoList::Useless(Useless::NoLogin))));
        assert!(matches!(access.ask(Who::Round, now + USELESS_FOR), May::LogIn));
    }

    #[test]
    fn an_old_session_that_is_over_ends_no_newer_one() {
        let now = Instant::now();
        let mut access = Access::new(Means::Password, false);
        let old = access.enter(cookie());
        access.over(old.number);
        let new = access.enter(cookie());
        access.over(old.number);
        assert!(
            matches!(access.ask(Who::Round, now), May::Enter(entry) if entry.number == new.number)
        );
    }
}
