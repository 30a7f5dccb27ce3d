//! Every screen once, drawn without a terminal: how the pictures of the documents are made.
//!
//! ```text
//! a core ─▶ one update of all, begun ─▶ a picture ─▶ its end ─▶ every screen at every size
//! ```
//!
//! State, decisions, client and drawing are those of the console; only keys and terminal are left
//! out. On the demo two tours differ in what is measured (times, latencies, memory), in ids and
//! ports, and in how far the update is on its picture; purchases, panels and results are the same.

use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc;

use super::asking::answer;
use super::keymap::{Action, Screen};
use super::lang::Lang;
use super::look::Look;
use super::message::{Answer, Effect, Message};
use super::options::ConsoleError;
use super::picture::PictureFormat;
use super::runner::hear_log;
use super::state::clock::{Clock, Dated};
use super::state::log::Wish;
use super::state::{Access, Attachment, Session, State};
use super::update::update;
use super::view;
use crate::api::logs::Record;
use crate::api::panels::{Panel, PanelState};
use crate::client::{Client, Events, Logs, Pace};

/// The sizes that are drawn: a phone over SSH, and a desk.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 30)];

/// Who starts the update.
const OPERATOR: &str = "ali";

/// One screen at one size.
#[derive(Debug)]
pub struct Picture {
    /// `overview-80x24`.
    pub name: String,
    /// For a browser.
    pub svg: String,
    /// For a reader.
    pub text: String,
}

/// Updates everything on the core behind `client`, and draws every screen.
///
/// It waits for the core as long as it takes: whoever calls ends it by dropping the future.
///
/// # Errors
///
/// [`ConsoleError::StreamEnded`], which is a defect.
pub async fn run(client: Client) -> Result<Vec<Picture>, ConsoleError> {
    let mut tour = Tour::new(client);
    tour.until(|state| state.connection.is_live() && !state.panels.is_empty()).await?;
    tour.step(vec![Message::Do(Action::UpdateAll)]);
    tour.draw("question");
    tour.step(vec![key(KeyCode::Enter)]);
    tour.until(|state| {
        state.job.job.as_ref().is_some_and(|job| job.value.done * 8 >= job.value.total)
    })
    .await?;
    tour.draw("running");
    tour.until(|state| state.job.find_final().is_some()).await?;
    // What the panels said in it is told a moment later.
    let is_asked = |panel: &Dated<Panel>| panel.value.state != PanelState::Unknown;
    tour.until(|state| state.panels.iter().all(is_asked)).await?;
    // And so is the core's own count.
    tour.until(|state| {
        state.health.as_ref().is_some_and(|health| health.value.purchases.never == 0)
    })
    .await?;
    // The ladder is this machine's, and different on each.
    for screen in Screen::TABS.into_iter().filter(|screen| *screen != Screen::Troubleshoot) {
        tour.show(Action::Show(screen), screen.name()).await?;
    }
    tour.step(vec![Message::Do(Action::Show(Screen::Purchases))]);
    tour.show(Action::Open, "purchase").await?;
    tour.step(vec![Message::Do(Action::Show(Screen::Panels))]);
    tour.show(Action::Open, "panel").await?;
    tour.show(Action::Show(Screen::Help), "keys").await?;
    Ok(tour.pictures)
}

struct Tour {
    state: State,
    client: Client,
    started: Instant,
    events: Events,
    logs: Option<(u64, Logs)>,
    sender: mpsc::UnboundedSender<Option<Answer>>,
    answers: mpsc::UnboundedReceiver<Option<Answer>>,
    /// Requests that have no answer yet.
    open: usize,
    pictures: Vec<Picture>,
}

impl Tour {
    fn new(client: Client) -> Self {
        let session = Session {
            core_url: client.url(),
            by: OPERATOR.to_owned(),
            attachment: Attachment::Attached,
            access: Access::Full,
            lang: Lang::En,
        };
        let clock = Clock::new(Timestamp::now(), TimeZone::UTC);
        let (sender, answers) = mpsc::unbounded_channel();
        Self {
            state: State::new(session, clock, SIZES[0]),
            events: client.events(Pace::default()),
            client,
            started: Instant::now(),
            logs: None,
            sender,
            answers,
            open: 0,
            pictures: Vec::new(),
        }
    }

    /// Does `action`, waits for all that it asks for, and draws what is shown then.
    async fn show(&mut self, action: Action, name: &str) -> Result<(), ConsoleError> {
        self.state.note = None;
        self.step(vec![Message::Do(action)]);
        if action == Action::Show(Screen::Logs) {
            let is_end = |record: &Record| record.message == "A job ended";
            self.until(|state| state.log.records.iter().any(is_end)).await?;
        }
        self.settle().await?;
        self.draw(name);
        Ok(())
    }

    async fn until(&mut self, is: impl Fn(&State) -> bool) -> Result<(), ConsoleError> {
        while !is(&self.state) {
            self.turn().await?;
        }
        Ok(())
    }

    /// Until every request has its answer.
    async fn settle(&mut self) -> Result<(), ConsoleError> {
        while self.open > 0 {
            self.turn().await?;
        }
        Ok(())
    }

    async fn turn(&mut self) -> Result<(), ConsoleError> {
        let messages = tokio::select! {
            heard = self.events.hear() => vec![Message::Heard(heard.ok_or(ConsoleError::StreamEnded)?)],
            heard = hear_log(&mut self.logs) => heard,
            Some(answer) = self.answers.recv() => {
                self.open -= 1;
                answer.into_iter().map(Message::Answer).collect()
            }
        };
        self.step(messages);
        Ok(())
    }

    fn step(&mut self, messages: Vec<Message>) {
        let now = Message::Now(self.started.elapsed());
        for message in std::iter::once(now).chain(messages) {
            for effect in update(&mut self.state, message) {
                self.follow(effect);
            }
        }
    }

    fn follow(&mut self, effect: Effect) {
        match effect {
            Effect::Log(Wish::Follow { generation, query }) => {
                self.logs = Some((generation, self.client.logs(query, Pace::default())));
            }
            Effect::Log(Wish::Leave) => self.logs = None,
            other => {
                self.open += 1;
                let (client, sender) = (self.client.clone(), self.sender.clone());
                tokio::spawn(async move {
                    // Nobody waits any more: the tour was ended.
                    let _ = sender.send(answer(&client, other).await);
                });
            }
        }
    }

    fn draw(&mut self, name: &str) {
        for (columns, rows) in SIZES {
            self.step(vec![Message::Resize(columns, rows)]);
            let picture = view::draw(&self.state, Look::new(false, true));
            self.pictures.push(Picture {
                name: format!("{}-{columns}x{rows}", name.to_lowercase()),
                svg: PictureFormat::Svg.write(&picture),
                text: PictureFormat::Text.write(&picture),
            });
        }
    }
}

fn key(code: KeyCode) -> Message {
    Message::Key(KeyEvent::new(code, KeyModifiers::NONE))
}
