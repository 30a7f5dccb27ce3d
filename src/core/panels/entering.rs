//! Getting in: a session or a token for a panel's API, and the questions asked with it.
//!
//! ```text
//! csrf-token ─ a token: 3.x ─▶ login with cookie and token ─┐
//!            └ anything else ─▶ login with the form alone ──┴─▶ cookie | refused | no login of X-UI
//! ```
//!
//! Invariants:
//! - One login at a time; who waits for it uses what it brought.
//! - A password is sent once, and only to the panel's own address.

use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::admin::session::{Entry, May, NoList, Pass, Who};
use super::admin::words::{self, LoginAnswer, Useless};
use super::asking::{Bill, Topic};
use super::panel::Panel;
use super::wire::exchange::{self, Heard, Pace, Question};
use crate::domain::reason::{PanelFailure, Unreachable};

/// Largest answer to anything but a list.
const SMALL: usize = 1024 * 1024;

/// Largest list, unpacked: 20 000 customers with five inbounds each.
const LARGE: usize = 64 * 1024 * 1024;

/// Something to ask the API for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) topic: Topic,
    /// The host that is asked for, where it is not the address's own.
    pub(super) host: Option<&'a str>,
}

/// What brought us in, and whether it is new.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) entry: Entry,
    /// Nobody used it before: what it does not open is not there.
    pub(super) is_new: bool,
}

impl Panel {
    /// A pass for the API; logs in if there is none.
    pub(super) async fn enter(
        &self,
        who: Who,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Entered, NoList> {
        let late = NoList::Failed(PanelFailure::Unreachable(Unreachable::Timeout));
        if let Some(known) = self.may_enter(who) {
            return known;
        }
        let _one = timeout_at(deadline, self.entering.lock()).await.map_err(|_| late)?;
        // Somebody else may have been in meanwhile.
        if let Some(known) = self.may_enter(who) {
            return known;
        }
        let entry = match &self.token {
            Some(token) => self.access().enter(Pass::Token(token.clone())),
            None => self.log_in(deadline, bill).await?,
        };
        Ok(Entered { entry, is_new: true })
    }

    fn may_enter(&self, who: Who) -> Option<Result<Entered, NoList>> {
        match self.access().ask(who, Instant::now().into_std()) {
            May::Enter(entry) => Some(Ok(Entered { entry, is_new: false })),
            May::Not(no_list) => Some(Err(no_list)),
            May::LogIn => None,
        }
    }

    async fn log_in(&self, deadline: Instant, bill: &mut Bill) -> Result<Entry, NoList> {
        let address = self.address().map_err(NoList::Failed)?;
        if address.username.expose_secret().is_empty() {
            return Err(self.is_useless(Useless::NoUser));
        }
        let url = words::address(&address.panel_url, words::CSRF_PATH);
        let question = || Question::get(&url);
        let heard = self.page(Topic::Door, deadline, bill, question).await?;
        if heard.status == StatusCode::FORBIDDEN {
            // It refuses every question at this address: the password stays here.
            return Err(self.is_useless(Useless::Forbidden));
        }
        let csrf = words::csrf_token(&heard);
        let cookies: Vec<&str> = heard.cookies().collect();
        let mut headers = HeaderMap::new();
        if let Some(csrf) = &csrf {
            add(&mut headers, "x-csrf-token", csrf);
            add(&mut headers, COOKIE.as_str(), &cookies.join("; "));
        }
        let form = [
            ("username", address.username.expose_secret()),
            ("password", address.password.expose_secret()),
        ];
        let url = words::address(&address.panel_url, words::LOGIN_PATH);
        let question = || Question { headers: headers.clone(), ..Question::post(&url, &form) };
        self.access().sends_password(Instant::now().into_std());
        let answer = self.page(Topic::Login, deadline, bill, question).await;
        if answer.as_ref().err().is_none_or(|why| !is_unheard(*why)) {
            self.access().heard();
        }
        let answer = answer?;
        match words::login_answer(&answer) {
            LoginAnswer::Taken => Ok(self.is_in(&cookies, &answer).await),
            LoginAnswer::Refused => Err(self.is_refused().await),
            LoginAnswer::Useless(why) => Err(self.is_useless(why)),
        }
    }

    async fn is_in(&self, before: &[&str], answer: &Heard) -> Entry {
        let entry = {
            let mut access = self.access();
            let cookies = merge(before.iter().copied().chain(answer.cookies()));
            let entry = access.enter(Pass::Cookie(SecretString::from(cookies)));
            access.proven();
            entry
        };
        self.refusals.note(self.id(), None).await;
        tracing::debug!(panel = self.name(), "Logged in");
        entry
    }

    /// Notes that the panel refused what we have.
    pub(super) async fn is_refused(&self) -> NoList {
        let (failure, is_final) = self.access().refused(Instant::now().into_std());
        tracing::warn!(panel = self.name(), "{}", failure.about(self.name()));
        if is_final {
            self.refusals.note(self.id(), self.digest()).await;
        }
        NoList::Failed(failure)
    }

    /// Notes that the panel's API is of no use.
    pub(super) fn is_useless(&self, why: Useless) -> NoList {
        self.access().useless(why, Instant::now().into_std());
        tracing::debug!(panel = self.name(), why = why.in_words(), "Its API is not used");
        NoList::Useless(why)
    }

    /// Asks the API.
    pub(super) async fn call(
        &self,
        entry: &Entry,
        call: Call<'_>,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Heard, NoList> {
        let address = self.address().map_err(NoList::Failed)?;
        let url = words::address(&address.panel_url, call.path);
        let mut headers = HeaderMap::new();
        match &entry.pass {
            Pass::Cookie(cookie) => add(&mut headers, COOKIE.as_str(), cookie.expose_secret()),
            Pass::Token(token) => {
                let bearer = format!("Bearer {}", token.expose_secret());
                add(&mut headers, AUTHORIZATION.as_str(), &bearer);
                // Whoever asks as a page's script is told 401, not that there is nothing.
                add(&mut headers, "x-requested-with", "XMLHttpRequest");
            }
        }
        if let Some(host) = call.host {
            add(&mut headers, HOST.as_str(), host);
        }
        let question = || Question {
            method: call.method.clone(),
            headers: headers.clone(),
            ..Question::get(&url)
        };
        self.page(call.topic, deadline, bill, question).await
    }

    /// Asks something of the panel's web address.
    pub(super) async fn page<'q>(
        &self,
        topic: Topic,
        deadline: Instant,
        bill: &mut Bill,
        question: impl Fn() -> Question<'q>,
    ) -> Result<Heard, NoList> {
        let limit = if topic == Topic::List { LARGE } else { SMALL };
        let pause = self.timeout;
        let ask = |head_by| {
            let (question, pace) = (question(), Pace { head_by, pause });
            async move { exchange::ask(&self.clients.api, &question, limit, Some(pace)).await }
        };
        self.ask(topic, deadline, bill, ask).await.map_err(NoList::Failed)
    }

    /// An operator says that what was refused may be tried again.
    pub(crate) fn forgive(&self) {
        self.access().forgive();
        self.learned().no_list = None;
        let (refusals, id) = (std::sync::Arc::clone(&self.refusals), self.id());
        tokio::spawn(async move { refusals.note(id, None).await });
    }
}

/// Whether the panel may have counted a login whose answer did not come.
fn is_unheard(why: NoList) -> bool {
    let NoList::Failed(PanelFailure::Unreachable(how)) = why else { return false };
    matches!(how, Unreachable::Timeout | Unreachable::Cut | Unreachable::Gateway(_))
}

/// What cannot stand in a header is left out: then the panel refuses, and says so.
fn add(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

/// Cookies by their names: a later one replaces an earlier one.
fn merge<'a>(cookies: impl Iterator<Item = &'a str>) -> String {
    let mut merged: Vec<&str> = Vec::new();
    for cookie in cookies {
        let name = |cookie: &'a str| cookie.split('=').next().unwrap_or_default();
        merged.retain(|before| name(before) != name(cookie));
        merged.push(cookie);
    }
    merged.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_cookie_replaces_the_older_one_of_its_name() {
        assert_eq!(merge(["3x-ui=a", "lang=fa", "3x-ui=b=="].into_iter()), "lang=fa; 3x-ui=b==");
        assert_eq!(merge(std::iter::empty()), "");
    }
}
