//! The ladder to one panel: what is looked at, step by step, when somebody asks why.
//!
//! ```text
//! settings ─▶ dns ─▶ tcp ─▶ tls ─▶ page ─▶ login ─▶ list ─▶ links ─▶ subscription ─▶ xray
//! ```
//!
//! Invariants:
//! - The first step that is `Crit` ends it; the steps below are `NotTried`.
//! - A password that was refused is not tried: the step says so, and what to do.
//! - No step shows a path, which may be a secret.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::admin::session::{NoList, Who};
use super::admin::words;
use super::asking::{Bill, Topic};
use super::panel::Panel;
use super::wire::exchange::{Heard, Question};
use crate::domain::ids::SubId;
use crate::domain::reason::{PanelFailure, Unreachable};

/// One step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What was looked at, in a word.
    pub(crate) name: &'static str,
    /// What was found.
    pub(crate) state: StepState,
    /// One sentence without secrets; empty for what was not tried.
    pub(crate) text: String,
    /// What to do, as one command or one sentence.
    pub(crate) fix: Option<String>,
    /// How long looking took.
    pub(crate) took: Duration,
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepState {
    /// All is well.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Crit,
    /// Cannot be seen from here.
    Unknown,
    /// Something above does not work.
    NotTried,
}

/// Every step, in the order of the ladder.
const STEPS: [&str; 10] =
    ["settings", "dns", "tcp", "tls", "page", "login", "list", "links", "subscription", "xray"];

/// What a step found, before it has its place and time.
struct Found {
    state: StepState,
    text: String,
    fix: Option<String>,
}

impl Found {
    fn ok(text: impl Into<String>) -> Self {
        Self { state: StepState::Ok, text: text.into(), fix: None }
    }

    fn unknown(text: impl Into<String>) -> Self {
        Self { state: StepState::Unknown, ..Self::ok(text) }
    }

    fn warn(text: impl Into<String>, fix: &str) -> Self {
        Self { state: StepState::Warn, text: text.into(), fix: Some(fix.to_owned()) }
    }

    fn crit(text: impl Into<String>, fix: &str) -> Self {
        Self { state: StepState::Crit, ..Self::warn(text, fix) }
    }
}

/// What the steps so far have found for those that follow.
struct Climb<'a> {
    panel: &'a Panel,
    deadline: Instant,
    url: Option<Url>,
    sockets: Vec<SocketAddr>,
    page: Option<Result<Heard, PanelFailure>>,
    /// Whose subscription is read.
    customer: Option<SubId>,
    has_list: bool,
}

impl Panel {
    /// Climbs the ladder.
    pub(crate) async fn probe(&self) -> Vec<Step> {
        let mut climb = Climb {
            panel: self,
            deadline: Instant::now() + self.timeout,
            url: None,
            sockets: Vec::new(),
            page: None,
            customer: None,
            has_list: false,
        };
        let mut steps = Vec::with_capacity(STEPS.len());
        let mut is_over = false;
        for name in STEPS {
            let began = Instant::now();
            let not_tried = Found { state: StepState::NotTried, ..Found::ok("") };
            let found = if is_over { not_tried } else { climb.step(name).await };
            is_over |= found.state == StepState::Crit;
            let Found { state, text, fix } = found;
            steps.push(Step { name, state, text, fix, took: began.elapsed() });
        }
        steps
    }
}

impl Climb<'_> {
    async fn step(&mut self, name: &str) -> Found {
        // Each step may take as long as any answer.
        self.deadline = Instant::now() + self.panel.timeout;
        match name {
            "settings" => self.settings(),
            "dns" => self.dns().await,
            "tcp" => self.tcp().await,
            "tls" => self.tls().await,
            "page" => self.page(),
            "login" => self.login().await,
            "list" => self.list().await,
            "links" => self.links().await,
            "subscription" => self.subscription().await,
            _ => self.xray().await,
        }
    }

    fn settings(&mut self) -> Found {
        let Ok(address) = self.panel.address() else {
            return Found::crit(
                "its row in the bot's database cannot be decrypted",
                "set ENCRYPTION_KEY_ALAMOR to the bot's key",
            );
        };
        self.url = address.panel_url.parse().ok();
        match &self.url {
            Some(url) if url.has_host() => Found::ok("its row can be read"),
            _ => Found::crit("its panel address is none", "correct it in the bot"),
        }
    }

    async fn dns(&mut self) -> Found {
        let Some((host, port)) = self.url.as_ref().and_then(place) else {
            return Found::crit("its panel address has no host", "correct it in the bot");
        };
        let looked = timeout_at(self.deadline, lookup_host((host.as_str(), port))).await;
        if let Ok(Ok(sockets)) = looked {
            self.sockets = sockets.collect();
        }
        match self.sockets.first() {
            Some(first) if first.ip().to_string() == host => {
                Found::ok(format!("{host} is an address already"))
            }
            Some(first) => Found::ok(format!("{host} is {}", first.ip())),
            None => Found::crit(
                format!("{host} has no address"),
                "correct the name in the bot, or its entry in DNS",
            ),
        }
    }

    async fn tcp(&mut self) -> Found {
        let mut last = None;
        for socket in &self.sockets {
            match timeout_at(self.deadline, TcpStream::connect(socket)).await {
                Ok(Ok(_)) => return Found::ok(format!("port {} is open", socket.port())),
                Ok(Err(error)) => last = Some((socket, error.to_string())),
                Err(_) => last = Some((socket, "no answer in time".to_owned())),
            }
        }
        let text = last.map_or_else(String::new, |(socket, why)| format!("{socket}: {why}"));
        Found::crit(text, "start the panel, or open the port in its firewall")
    }

    /// Asks for the panel's page: what is wrong with TLS shows itself there.
    async fn tls(&mut self) -> Found {
        let Some(url) = self.url.as_ref() else { return Found::unknown("it has no address") };
        let is_tls = url.scheme() == "https";
        let page = words::address(url.as_str(), "");
        let question = || Question::get(&page);
        let mut bill = Bill::default();
        let heard = self.panel.page(Topic::Panel, self.deadline, &mut bill, question).await;
        let heard = heard.map_err(|no_list| match no_list {
            NoList::Failed(failure) => failure,
            NoList::Useless(_) => PanelFailure::NotAsked,
        });
        let found = match &heard {
            Err(failure @ PanelFailure::Unreachable(Unreachable::Tls(_))) => Found::crit(
                failure.about(self.panel.name()).text,
                "renew the panel's certificate, or name the panel in PANEL_TLS_INSECURE",
            ),
            Err(failure) if !failure.was_reached() => {
                let text = failure.about(self.panel.name()).text;
                Found::crit(text, "look at the panel's log, and at what stands before it")
            }
            _ if !is_tls && self.sockets.iter().all(|socket| socket.ip().is_loopback()) => {
                Found::ok("plain HTTP, and it does not leave this machine")
            }
            _ if !is_tls => Found::warn(
                "plain HTTP: the password crosses the network readably",
                "give the panel a certificate, and write https:// in the bot",
            ),
            _ if !self.panel.is_verified() => Found::warn(
                "its certificate is not verified",
                "give the panel a valid one, and take it out of PANEL_TLS_INSECURE",
            ),
            _ => Found::ok("its certificate is valid"),
        };
        self.page = Some(heard);
        found
    }

    fn page(&mut self) -> Found {
        match self.page.take() {
            Some(Ok(heard)) if heard.status.is_success() || heard.status.is_redirection() => {
                Found::ok("there is a page at its address")
            }
            Some(Ok(heard)) if heard.status == StatusCode::FORBIDDEN => {
                Found::warn(words::Useless::Forbidden.in_words(), "ask it by that name in the bot")
            }
            Some(Ok(heard)) => Found::warn(
                format!("there is no page at its address (status {})", heard.status.as_u16()),
                "compare its base path with the one in the bot",
            ),
            Some(Err(failure)) => {
                Found::warn(failure.about(self.panel.name()).text, "look at the panel's log")
            }
            None => Found::unknown("nobody asked"),
        }
    }

    async fn login(&mut self) -> Found {
        let mut bill = Bill::default();
        match self.panel.enter(Who::Somebody, self.deadline, &mut bill).await {
            Ok(_) if self.panel.token.is_some() => Found::ok("there is a token for it"),
            Ok(_) => Found::ok("it took user and password"),
            Err(NoList::Useless(why)) => Found::warn(
                why.in_words(),
                "nothing, if it has subscriptions only: they are read by the purchase's own id",
            ),
            Err(NoList::Failed(failure)) => {
                let text = failure.about(self.panel.name()).text;
                let text =
                    if bill.asked_at.is_none() { format!("not tried again: {text}") } else { text };
                Found::crit(
                    text,
                    "correct it in the bot or in PANEL_TOKENS, or let it be tried again",
                )
            }
        }
    }

    async fn list(&mut self) -> Found {
        let mut bill = Bill::default();
        match self.panel.list(Duration::ZERO, self.deadline, &mut bill).await {
            Ok(list) => {
                self.has_list = true;
                let enabled = list.inbounds.iter().filter(|inbound| inbound.enabled);
                let mut clients = enabled.flat_map(|inbound| &inbound.clients);
                self.customer = clients
                    .find(|client| client.off.is_none() && client.sub_id.is_some())
                    .and_then(|client| client.sub_id.clone());
                let (inbounds, customers) = (list.inbounds.len(), list.client_count());
                Found::ok(format!("{inbounds} inbounds, {customers} customers"))
            }
            Err(NoList::Useless(_)) => Found::unknown("it has no list for us"),
            Err(NoList::Failed(failure)) => {
                Found::crit(failure.about(self.panel.name()).text, "look at the panel's log")
            }
        }
    }

    async fn links(&mut self) -> Found {
        if !self.has_list {
            return Found::unknown("it has no list for us");
        }
        let mut bill = Bill::default();
        match self.panel.all_links(self.deadline, &mut bill).await {
            Some(lines) => Found::ok(format!("one call gives {} links", lines.len())),
            None => Found::ok("it has no call that lists every link (3x-ui 3.4 and later have)"),
        }
    }

    async fn subscription(&mut self) -> Found {
        let Some(customer) = &self.customer else {
            return Found::unknown("no customer is known whose subscription could be read");
        };
        let mut bill = Bill::default();
        match self.panel.read(customer, self.deadline, &mut bill).await {
            Ok(fetched) => {
                let links = fetched.subscription.links.len();
                Found::ok(format!("one customer's subscription has {links} links"))
            }
            Err(failure) => Found::crit(
                failure.about(self.panel.name()).text,
                "compare address, port and path of its subscriptions with those in the bot",
            ),
        }
    }

    async fn xray(&mut self) -> Found {
        if !self.has_list {
            return Found::unknown("it does not say so");
        }
        let mut bill = Bill::default();
        let status = self.panel.find_status(Who::Somebody, self.deadline, &mut bill).await;
        match status {
            Ok(Some(status)) if status.is_running() => Found::ok("Xray runs"),
            Ok(Some(status)) => {
                let why = status.error.unwrap_or(status.xray);
                Found::crit(format!("Xray does not run: {why}"), "start it on the panel's own page")
            }
            Ok(None) | Err(_) => Found::unknown("it does not say so"),
        }
    }
}

fn place(url: &Url) -> Option<(String, u16)> {
    // `host_str` has brackets around an IPv6 address, which the resolver does not take.
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?))
}
