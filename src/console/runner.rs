//! The console's loop: one `select!` that turns what happens into messages, and effects into deeds.
//!
//! ```text
//! signals, keys, the event stream, answers, time ─▶ Message ─▶ update() ─▶ Effects ─▶ spawned
//!                                                        │
//!                                                     changed? ─▶ draw() ─▶ Shown ─▶ Terminal
//! ```
//!
//! A frame follows a key at once, and news as often as `pacing.rs` says. Otherwise the loop sleeps
//! until something that is shown changes by itself: a minute of the clock, a second of a countdown.
//!
//! Invariants:
//! - Nothing in the loop waits for the network or for the terminal's line.
//! - Decisions are made in `update`, none here.

use std::env;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::{Event as TerminalEvent, MouseButton, MouseEvent, MouseEventKind};
use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::mpsc;

use super::check::{self, Checker, Climber};
use super::export;
use super::input::{Keys, Line};
use super::keymap::Action;
use super::look::Look;
use super::message::{Answer, Effect, Message, Pointer};
use super::options::{Begin, ConsoleError, Exit, Options};
use super::pacing::{Asked, Focus, Pacing};
use super::saving;
use super::screen::Shown;
use super::settings::{Preferences, load_theme};
use super::state::climb;
use super::state::clock::Clock;
use super::state::listed::Listed;
use super::state::log::{Wish, drain};
use super::state::{Session, State};
use super::terminal::{self, Terminal};
use super::update::update;
use super::view;
use crate::api::jobs::{JobAccepted, NewJob, Scope};
use crate::client::{Client, ClientError, Events, Heard, ItemsQuery, Logs, Pace};

/// The most that is heard or read in one turn.
const BATCH: usize = 64;

/// The most items that are listed when only the failed ones are wanted.
const FAILED: u32 = 500;

/// Whether the picture is out of date, and how urgently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// It is not.
    No,
    /// Something was heard.
    Soon,
    /// The operator waits for it.
    Now,
}

/// The signals that a console reacts to.
struct Watched {
    terminate: Signals,
    hang_up: Signals,
    interrupt: Signals,
    stop: Signals,
    carry_on: Signals,
}

impl Watched {
    /// Watches also what our parent told us to ignore, as `nohup` and `sudo` do with `HUP`.
    fn start() -> io::Result<Self> {
        let raw = |which: Signal| signal(SignalKind::from_raw(which.as_raw()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: raw(Signal::TSTP)?,
            carry_on: raw(Signal::CONT)?,
        })
    }
}

/// Everything that the loop turns.
struct Runner {
    state: State,
    look: Look,
    client: Client,
    terminal: Terminal,
    pacing: Pacing,
    shown: Shown,
    started: Instant,
    drawn: Instant,
    due: Due,
    /// What goes to the terminal with the next frame and is no part of the picture.
    unwritten: Vec<u8>,
    answers: mpsc::UnboundedSender<Answer>,
    /// The core's log, while somebody looks at it, and which of its streams it is.
    logs: Option<(u64, Logs)>,
    /// How the ladder is climbed, and who does, while somebody looks.
    checker: Checker,
    climber: Option<(u64, Climber)>,
}

/// Runs the console until the operator, a signal or the terminal ends it.
pub(super) async fn run(options: Options) -> Result<Exit, ConsoleError> {
    let mut signals = Watched::start().map_err(ConsoleError::Terminal)?;
    let terminal = Terminal::enter().map_err(ConsoleError::NoTerminal)?;
    let (sender, mut answers) = mpsc::unbounded_channel();
    let begin = options.begin;
    let mut runner = Runner::new(options, terminal, sender);
    if begin == Begin::Ladder {
        let effects = runner.apply(vec![Message::Do(Action::Why)]);
        effects.into_iter().for_each(|effect| runner.perform(effect));
    }
    runner.draw()?;
    let mut events = runner.client.events(Pace::default());
    let line = Line::watch().map_err(ConsoleError::Terminal)?;
    let mut keys = Keys::listen().map_err(ConsoleError::Terminal)?;
    loop {
        let turn = runner.turn(&mut signals, &line, &mut keys, &mut events, &mut answers).await?;
        let effects = match turn {
            Turn::Leave(exit) => return Ok(exit),
            Turn::Suspend => vec![Effect::Suspend],
            Turn::Again => {
                // A terminal that vanishes sends HUP and CONT together.
                if runner.terminal.enter_again().is_err() {
                    return Ok(Exit::HungUp);
                }
                vec![Effect::Redraw]
            }
            Turn::Messages(messages) => runner.apply(messages),
        };
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Exit::Quit),
                Effect::Suspend => runner.suspend(&mut signals.carry_on).await?,
                Effect::Redraw => runner.redraw(),
                other => runner.perform(other),
            }
        }
        runner.draw_if_due()?;
    }
}

/// What one turn of the loop brought.
enum Turn {
    Leave(Exit),
    Suspend,
    /// Somebody else stopped us, and we go on.
    Again,
    /// What happened; nothing if a frame has arrived, or something shown changes by itself.
    Messages(Vec<Message>),
}

impl Runner {
    fn new(options: Options, terminal: Terminal, answers: mpsc::UnboundedSender<Answer>) -> Self {
        let Options {
            client, by, attachment, look, bandwidth, access, preferences, checker, ..
        } = options;
        let session = Session { core_url: client.url(), by, attachment, access, lang: look.lang };
        let clock = Clock::new(Timestamp::now(), TimeZone::system());
        let mut state = State::new(session, clock, terminal::size());
        let Preferences { keymap, mouse, theme, complaints } = preferences;
        (state.keymap, state.mouse) = (keymap, mouse);
        let look = look.with_theme(theme);
        complain(&mut state, &complaints);
        update(&mut state, Message::Bandwidth(bandwidth));
        let is_gathered = terminal::synchronizes(|name| env::var(name).ok());
        let now = Instant::now();
        Self {
            state,
            look,
            client,
            terminal,
            pacing: Pacing::new(bandwidth),
            shown: if is_gathered { Shown::default() } else { Shown::plain() },
            started: now,
            drawn: now,
            due: Due::Now,
            unwritten: terminal::mouse(mouse),
            answers,
            logs: None,
            checker,
            climber: None,
        }
    }

    /// Waits for the next thing that happens.
    async fn turn(
        &mut self,
        signals: &mut Watched,
        line: &Line,
        keys: &mut Keys,
        events: &mut Events,
        answers: &mut mpsc::UnboundedReceiver<Answer>,
    ) -> Result<Turn, ConsoleError> {
        let (mut batch, mut heard) = (Vec::new(), Vec::new());
        let pause = self.pause();
        let is_writing = self.terminal.is_writing();
        Ok(tokio::select! {
            // In this order, so that no flood of news keeps a signal or a key waiting.
            biased;
            _ = signals.terminate.recv() => Turn::Leave(Exit::Signal),
            _ = signals.hang_up.recv() => Turn::Leave(Exit::HungUp),
            _ = signals.interrupt.recv() => Turn::Leave(Exit::Signal),
            _ = signals.stop.recv() => Turn::Suspend,
            _ = signals.carry_on.recv() => Turn::Again,
            () = line.gone() => Turn::Leave(Exit::HungUp),
            count = keys.hear_many(&mut batch, BATCH) => {
                if count == 0 {
                    return Ok(Turn::Leave(Exit::HungUp));
                }
                Turn::Messages(batch.into_iter().filter_map(|event| self.read(event)).collect())
            }
            written = self.terminal.written(), if is_writing => match written {
                Ok(took) => Turn::Messages(self.pace(took)),
                Err(_) => Turn::Leave(Exit::HungUp),
            },
            Some(answer) = answers.recv() => {
                let asked = !matches!(answer, Answer::RoundTrip(_) | Answer::Health(_));
                self.due = self.due.max(if asked { Due::Now } else { Due::Soon });
                Turn::Messages(vec![Message::Answer(answer)])
            }
            count = events.hear_many(&mut heard, BATCH) => {
                if count == 0 {
                    return Err(ConsoleError::StreamEnded);
                }
                self.due = self.due.max(Due::Soon);
                heard.iter().for_each(log);
                Turn::Messages(heard.into_iter().map(Message::Heard).collect())
            }
            heard = hear_log(&mut self.logs) => {
                self.due = self.due.max(Due::Soon);
                Turn::Messages(heard)
            }
            told = check::hear(&mut self.climber) => {
                self.due = self.due.max(Due::Soon);
                Turn::Messages(vec![told])
            }
            () = tokio::time::sleep(pause) => {
                self.due = self.due.max(Due::Soon);
                Turn::Messages(Vec::new())
            }
        })
    }

    /// What an event of the terminal means, and how urgent a frame is after it.
    fn read(&mut self, event: TerminalEvent) -> Option<Message> {
        let (due, message) = match event {
            TerminalEvent::Key(key) => (Due::Now, Some(Message::Key(key))),
            TerminalEvent::Paste(text) => (Due::Now, Some(Message::Paste(text))),
            // A window that is dragged sends hundreds: the first is answered at once, then ten a second.
            TerminalEvent::Resize(columns, rows) => {
                (Due::Soon, Some(Message::Resize(columns, rows)))
            }
            TerminalEvent::FocusGained => (Due::Now, None),
            TerminalEvent::FocusLost => {
                self.pacing.focus(Focus::Elsewhere);
                return None;
            }
            TerminalEvent::Mouse(event) => (Due::Now, Some(read_mouse(event)?)),
        };
        if due == Due::Now {
            // Also where the focus is told badly: who presses keys is here.
            self.pacing.focus(Focus::Here);
        }
        self.due = self.due.max(due);
        message
    }

    /// A frame took so long to arrive: whether the line counts as slow or quick from now on.
    fn pace(&mut self, took: Duration) -> Vec<Message> {
        let before = self.pacing.bandwidth();
        self.pacing.wrote(self.started.elapsed(), took);
        let now = self.pacing.bandwidth();
        if before == now {
            return Vec::new();
        }
        self.due = self.due.max(Due::Soon);
        vec![Message::Bandwidth(now)]
    }

    /// How long nothing has to be drawn if nothing happens.
    fn pause(&mut self) -> Duration {
        self.apply(Vec::new());
        match (self.due, self.terminal.is_writing()) {
            (Due::No, _) | (_, true) => self.state.next_change(),
            (Due::Soon, false) => self.pacing.rest().saturating_sub(self.drawn.elapsed()),
            (Due::Now, false) => Duration::ZERO,
        }
    }

    fn apply(&mut self, messages: Vec<Message>) -> Vec<Effect> {
        let mut effects = update(&mut self.state, Message::Now(self.started.elapsed()));
        for message in messages {
            // The terminal has moved or cut what it shows, also if it ends at the size it had.
            if matches!(message, Message::Resize(..)) {
                self.shown.forget();
            }
            effects.extend(update(&mut self.state, message));
        }
        effects
    }

    fn draw_if_due(&mut self) -> Result<(), ConsoleError> {
        let waited = self.due == Due::Now || self.drawn.elapsed() >= self.pacing.rest();
        if self.due == Due::No || !waited || self.terminal.is_writing() {
            return Ok(());
        }
        self.draw()
    }

    fn draw(&mut self) -> Result<(), ConsoleError> {
        if self.state.shows_own_log() {
            drain();
        }
        let picture = view::draw(&self.state, self.look);
        let picture = self.shown.encode(picture).map_err(ConsoleError::Terminal)?;
        let mut bytes = std::mem::take(&mut self.unwritten);
        bytes.extend(picture);
        let asked = if self.due == Due::Now { Asked::ByOperator } else { Asked::ByNobody };
        self.pacing.drew(bytes.len(), asked);
        self.terminal.write(bytes);
        (self.due, self.drawn) = (Due::No, Instant::now());
        Ok(())
    }

    /// Draws everything, at the size that the terminal has now.
    fn redraw(&mut self) {
        let (columns, rows) = terminal::size();
        update(&mut self.state, Message::Resize(columns, rows));
        self.shown.forget();
        self.unwritten.extend(terminal::mouse(self.state.mouse));
        self.due = Due::Now;
    }

    /// Does what the terminal is for, and asks the core for the rest.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Copy(text) => {
                let copied = terminal::copy(&text, |name| env::var(name).ok());
                self.unwritten.extend(copied);
            }
            Effect::SetMouse(mouse) => self.unwritten.extend(terminal::mouse(mouse)),
            Effect::SetTheme(name) => match load_theme(&name) {
                Ok(theme) => self.look = self.look.with_theme(theme),
                Err(complaints) => complain(&mut self.state, &complaints),
            },
            Effect::Log(Wish::Follow { generation, query }) => {
                self.logs = Some((generation, self.client.logs(query, Pace::default())));
            }
            Effect::Log(Wish::Leave) => self.logs = None,
            Effect::Climb(climb::Wish::Start { generation, from }) => {
                let climber = Climber::start(&self.checker, from.as_deref());
                self.climber = Some((generation, climber));
            }
            Effect::Climb(climb::Wish::Leave) => self.climber = None,
            Effect::Report(text) => return saving::report(&self.state, text, &self.answers),
            Effect::Save(format) => {
                return saving::picture(&self.state, self.look, format, &self.answers);
            }
            other => return self.ask(other),
        }
        self.due = Due::Now;
    }

    /// Stops this process until somebody continues it.
    async fn suspend(&mut self, carry_on: &mut Signals) -> Result<(), ConsoleError> {
        if self.terminal.is_writing() {
            self.terminal.written().await.map_err(ConsoleError::Terminal)?;
        }
        self.terminal.leave();
        if kill_process(getpid(), Signal::STOP).is_ok() {
            // This thread may run on for a moment: only CONT says that we were really stopped.
            carry_on.recv().await;
        }
        self.terminal.enter_again().map_err(ConsoleError::Terminal)?;
        self.redraw();
        Ok(())
    }

    /// Does what needs the core, beside the loop; the answer comes back as a message.
    fn ask(&self, effect: Effect) {
        let (client, answers) = (self.client.clone(), self.answers.clone());
        tokio::spawn(async move {
            if let Some(answer) = answer(&client, effect).await {
                // Nobody listens any more: the console was left.
                let _ = answers.send(answer);
            }
        });
    }
}

/// Asks the core for what an effect wants; `None` for effects that are not the core's.
pub(super) async fn answer(client: &Client, effect: Effect) -> Option<Answer> {
    Some(match effect {
        Effect::CheckHealth => Answer::Health(client.get_health().await),
        Effect::MeasureRoundTrip => {
            let began = Instant::now();
            client.get_health().await.ok()?;
            Answer::RoundTrip(began.elapsed())
        }
        Effect::ListPurchases { generation, query } => {
            Answer::Purchases { generation, page: client.list_purchases(&query).await }
        }
        Effect::OpenPurchase(id) => {
            Answer::Purchase { id, details: client.get_purchase(id, false).await }
        }
        Effect::Reveal(id) => Answer::Revealed { id, details: client.get_purchase(id, true).await },
        Effect::Export { listed, format } => {
            Answer::Exported(export::run(client, &listed, format, Path::new(".")).await)
        }
        Effect::StartListed { listed, job } => Answer::Started(start(client, &listed, job).await),
        Effect::ListFailed(job) => {
            let query = ItemsQuery { limit: Some(FAILED), cursor: None, failed: Some(1) };
            Answer::Failed { job, page: client.list_items(job, &query).await }
        }
        Effect::ProbePanel(panel) => {
            let rungs = client.probe_panel(&panel).await;
            Answer::Probed { panel, rungs }
        }
        Effect::RetryLogin(panel) => Answer::LoginRetried(client.retry_login(&panel).await),
        Effect::StartJob(job) => Answer::Started(client.start_job(&job).await),
        Effect::CancelJob(job) => Answer::Cancelled(client.cancel_job(job).await),
        Effect::Copy(_)
        | Effect::SetMouse(_)
        | Effect::SetTheme(_)
        | Effect::Log(_)
        | Effect::Climb(_)
        | Effect::Report(_)
        | Effect::Save(_)
        | Effect::Redraw
        | Effect::Suspend
        | Effect::Quit => return None,
    })
}

/// What the stream of the log has; waits for ever where there is none.
///
/// Cancel safe.
pub(super) async fn hear_log(logs: &mut Option<(u64, Logs)>) -> Vec<Message> {
    let Some((generation, stream)) = logs else { return std::future::pending().await };
    let mut batch = Vec::new();
    stream.hear_many(&mut batch, 256).await;
    let generation = *generation;
    batch.into_iter().map(|heard| Message::Log { generation, heard }).collect()
}

/// Starts a job with the ids that a list has now.
async fn start(client: &Client, listed: &Listed, job: NewJob) -> Result<JobAccepted, ClientError> {
    let ids = export::read_ids(client, listed).await?;
    client.start_job(&NewJob { purchases: Some(Scope::Ids(ids)), ..job }).await
}

/// Says that a file was left aside; the log has every mistake.
fn complain(state: &mut State, complaints: &[String]) {
    for complaint in complaints {
        tracing::warn!("{complaint}");
    }
    match complaints {
        [] => {}
        [one] => state.say(one.clone()),
        [first, rest @ ..] => state.say(format!("{first} (and {} more in the logs)", rest.len())),
    }
}

/// Writes the fate of the connection into the log.
fn log(heard: &Heard) {
    match heard {
        Heard::Connected => tracing::info!("the core answers"),
        Heard::Lost { cause } => tracing::warn!("{cause}"),
        Heard::Event(_) | Heard::Retrying { .. } => {}
    }
}

/// What the mouse says; its movements say nothing.
fn read_mouse(event: MouseEvent) -> Option<Message> {
    let pointer = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Pointer::Click(event.column, event.row),
        MouseEventKind::ScrollDown => Pointer::Wheel(1),
        MouseEventKind::ScrollUp => Pointer::Wheel(-1),
        _ => return None,
    };
    Some(Message::Pointer(pointer))
}
