//! Who is logged in at a simulated panel's web interface, and who is locked out.
//!
//! Invariant: five wrong passwords within five minutes lock a panel of the 3.x line for fifteen,
//! whatever the password that comes then: fact C17 of src/ARCHITECTURE.md. Real panels lock address
//! and user; here there is one of each.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::seed;

const WRONG_PASSWORDS: usize = 5;
const WITHIN: Duration = Duration::from_mins(5);
const LOCKED_FOR: Duration = Duration::from_mins(15);

/// Every session of one panel.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// How many cookies were ever issued.
    issued: u64,
    open: HashMap<String, Session>,
    wrong: Vec<Instant>,
    locked_until: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Session {
    csrf: String,
    is_logged_in: bool,
}

/// A session's CSRF token, and its cookie if it is a new one.
pub(super) struct Visit {
    pub csrf: String,
    pub new_cookie: Option<String>,
}

impl Sessions {
    /// The session of `cookie`, or a new one.
    pub(super) fn visit(&mut self, panel: &str, cookie: Option<&str>) -> Visit {
        if let Some(session) = cookie.and_then(|cookie| self.open.get(cookie)) {
            return Visit { csrf: session.csrf.clone(), new_cookie: None };
        }
        let csrf = self.draw("csrf", panel, 43);
        let session = Session { csrf: csrf.clone(), is_logged_in: false };
        Visit { csrf, new_cookie: Some(self.add(panel, session)) }
    }

    /// Whether `token` is the CSRF token of the session of `cookie`.
    pub(super) fn has_token(&self, cookie: Option<&str>, token: &str) -> bool {
        cookie.and_then(|cookie| self.open.get(cookie)).is_some_and(|known| known.csrf == token)
    }

    /// Opens a session; its cookie. The session of `cookie` becomes it, and keeps its token.
    pub(super) fn log_in(&mut self, panel: &str, cookie: Option<&str>) -> String {
        self.wrong.clear();
        let before = cookie.and_then(|cookie| self.open.remove(cookie));
        let csrf = before.map_or_else(|| self.draw("csrf", panel, 43), |session| session.csrf);
        self.add(panel, Session { csrf, is_logged_in: true })
    }

    /// Whether `cookie` is that of somebody who is logged in.
    pub(super) fn is_open(&self, cookie: Option<&str>) -> bool {
        cookie.and_then(|cookie| self.open.get(cookie)).is_some_and(|known| known.is_logged_in)
    }

    /// Counts a wrong password.
    pub(super) fn count_wrong(&mut self, now: Instant) {
        self.wrong.retain(|&at| now.duration_since(at) < WITHIN);
        self.wrong.push(now);
        if self.wrong.len() >= WRONG_PASSWORDS {
            self.lock(now);
        }
    }

    /// Locks out, as after too many wrong passwords.
    pub(super) fn lock(&mut self, now: Instant) {
        self.locked_until = Some(now + LOCKED_FOR);
    }

    /// Lets everybody try again.
    pub(super) fn unlock(&mut self) {
        self.locked_until = None;
        self.wrong.clear();
    }

    pub(super) fn is_locked(&self, now: Instant) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// Ends every session.
    pub(super) fn expire(&mut self) {
        self.open.clear();
    }

    fn add(&mut self, panel: &str, session: Session) -> String {
        let cookie = self.draw("session", panel, 64);
        self.open.insert(cookie.clone(), session);
        cookie
    }

    fn draw(&mut self, what: &str, panel: &str, digits: usize) -> String {
        self.issued += 1;
        seed::hex(&[what, panel, &self.issued.to_string()], digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_passwords_in_five_minutes_lock_for_fifteen() {
        let (mut sessions, begin) = (Sessions::default(), Instant::now());
        let at = |minutes: u64| begin + Duration::from_mins(minutes);
        for minutes in [0, 2, 4, 6, 8, 10] {
            sessions.count_wrong(at(minutes));
        }
        assert!(!sessions.is_locked(at(10)), "never five within five minutes");
        for _ in 0..3 {
            sessions.count_wrong(at(10));
        }
        assert!(sessions.is_locked(at(24)) && !sessions.is_locked(at(25)));
    }

    #[test]
    fn a_session_keeps_its_token_and_gets_a_new_cookie_when_it_logs_in() {
        let mut sessions = Sessions::default();
        let visit = sessions.visit("de-1", None);
        let before = visit.new_cookie.unwrap();
        assert!(sessions.has_token(Some(&before), &visit.csrf) && !sessions.is_open(Some(&before)));
        let after = sessions.log_in("de-1", Some(&before));
        assert!(sessions.is_open(Some(&after)) && !sessions.is_open(Some(&before)));
        assert_eq!(sessions.visit("de-1", Some(&after)).csrf, visit.csrf);
        sessions.expire();
        assert!(!sessions.is_open(Some(&after)));
    }
}
