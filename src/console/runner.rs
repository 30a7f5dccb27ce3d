//! The console's loop: one `select!` that turns what happens into messages, and effects into deeds.
//!
//! ```text
//! signals, keys, the event stream, answers, time ─▶ Message ─▶ update() ─▶ Effects ─▶ spawned
//!                                                        │
//!                                                     changed? ─▶ draw() ─▶ Shown ─▶ Terminal
//! ```
//!
//! A frame follows a key at once, and news at most ten times a second. Otherwise the loop sleeps
//! until something that is shown changes by itself: a minute of the clock, a second of a countdown.
//!
//! Invariants:
//! - Nothing in the loop waits for the network or for the terminal's line.
//! - Decisions are made in `update`, none here.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::Event as TerminalEvent;
use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::mpsc;

use super::input::{Keys, Line};
use super::look::Look;
use super::message::{Answer, Effect, Message};
use super::options::{ConsoleError, Exit, Options};
use super::picture::{self, Format};
use super::screen::Shown;
use super::state::clock::Clock;
use super::state::log::{Wish, drain};
use super::state::{Session, State};
use super::terminal::{self, Terminal};
use super::update::update;
use super::view;
use crate::client::{Client, Events, Heard, ItemsQuery, Logs, Pace};

/// The shortest time between two frames that no key asked for. A job tells of itself as often.
const FRAME: Duration = Duration::from_millis(100);

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
    shown: Shown,
    started: Instant,
    drawn: Instant,
    due: Due,
    answers: mpsc::UnboundedSender<Answer>,
    /// The core's log, while somebody looks at it, and which of its streams it is.
    logs: Option<(u64, Logs)>,
}

/// Runs the console until the operator, a signal or the terminal ends it.
pub(super) async fn run(options: Options) -> Result<Exit, ConsoleError> {
    let mut signals = Watched::start().map_err(ConsoleError::Terminal)?;
    let terminal = Terminal::enter().map_err(ConsoleError::NoTerminal)?;
    let (sender, mut answers) = mpsc::unbounded_channel();
    let mut runner = Runner::new(options, terminal, sender);
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
            Turn::Written | Turn::Time => Vec::new(),
        };
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Exit::Quit),
                Effect::Suspend => runner.suspend(&mut signals.carry_on).await?,
                Effect::Redraw => runner.redraw(),
                Effect::Log(Wish::Follow { generation, query }) => {
                    let logs = runner.client.logs(query, Pace::default());
                    runner.logs = Some((generation, logs));
                }
                Effect::Log(Wish::Leave) => runner.logs = None,
                Effect::Save(format) => runner.save(format),
                other => runner.ask(other),
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
    Messages(Vec<Message>),
    /// A frame has arrived.
    Written,
    /// Something shown changes by itself.
    Time,
}

impl Runner {
    fn new(options: Options, terminal: Terminal, answers: mpsc::UnboundedSender<Answer>) -> Self {
        let Options { client, by, attachment, look } = options;
        let session = Session { core_url: client.url(), by, attachment };
        let clock = Clock::new(Timestamp::now(), TimeZone::system());
        let state = State::new(session, clock, terminal::size());
        let now = Instant::now();
        Self {
            state,
            look,
            client,
            terminal,
            shown: Shown::default(),
            started: now,
            drawn: now,
            due: Due::Now,
            answers,
            logs: None,
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
        let mut batch = Vec::new();
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
            count = keys.hear_many(&mut batch, 64) => {
                if count == 0 {
                    return Ok(Turn::Leave(Exit::HungUp));
                }
                self.due = Due::Now;
                Turn::Messages(batch.into_iter().filter_map(read_terminal).collect())
            }
            written = self.terminal.written(), if is_writing => match written {
                Ok(()) => Turn::Written,
                Err(_) => Turn::Leave(Exit::HungUp),
            },
            Some(answer) = answers.recv() => {
                self.due = Due::Now;
                Turn::Messages(vec![Message::Answer(answer)])
            }
            heard = events.hear() => {
                self.due = self.due.max(Due::Soon);
                let heard = heard.ok_or(ConsoleError::StreamEnded)?;
                log(&heard);
                Turn::Messages(vec![Message::Heard(heard)])
            }
            heard = hear_log(&mut self.logs) => {
                self.due = self.due.max(Due::Soon);
                Turn::Messages(heard)
            }
            () = tokio::time::sleep(pause) => {
                self.due = Due::Now;
                self.apply(Vec::new());
                Turn::Time
            }
        })
    }

    /// How long nothing has to be drawn if nothing happens.
    fn pause(&mut self) -> Duration {
        self.apply(Vec::new());
        match (self.due, self.terminal.is_writing()) {
            (Due::No, _) | (_, true) => self.state.next_change(),
            (Due::Soon | Due::Now, false) => FRAME.saturating_sub(self.drawn.elapsed()),
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
        let waited = self.due == Due::Now || self.drawn.elapsed() >= FRAME;
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
        let bytes = self.shown.encode(picture).map_err(ConsoleError::Terminal)?;
        self.terminal.write(bytes);
        (self.due, self.drawn) = (Due::No, Instant::now());
        Ok(())
    }

    /// Draws everything, at the size that the terminal has now.
    fn redraw(&mut self) {
        let (columns, rows) = terminal::size();
        update(&mut self.state, Message::Resize(columns, rows));
        self.shown.forget();
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

    /// Saves what is shown, beside the loop.
    fn save(&self, format: Format) {
        let text = format.write(&view::draw(&self.state, self.look));
        let name = picture::name(&self.state.clock, self.state.screen.title());
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let _ = answers.send(Answer::Saved(format.save(&name, &text)));
        });
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
        Effect::ListPurchases { generation, query } => {
            Answer::Purchases { generation, page: client.list_purchases(&query).await }
        }
        Effect::OpenPurchase(id) => {
            Answer::Purchase { id, details: client.get_purchase(id, false).await }
        }
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
        Effect::Log(_) | Effect::Save(_) | Effect::Redraw | Effect::Suspend | Effect::Quit => {
            return None;
        }
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

/// Writes the fate of the connection into the log.
fn log(heard: &Heard) {
    match heard {
        Heard::Connected => tracing::info!("the core answers"),
        Heard::Lost { cause } => tracing::warn!("{cause}"),
        Heard::Event(_) | Heard::Retrying { .. } => {}
    }
}

fn read_terminal(event: TerminalEvent) -> Option<Message> {
    match event {
        TerminalEvent::Key(key) => Some(Message::Key(key)),
        TerminalEvent::Paste(text) => Some(Message::Paste(text)),
        TerminalEvent::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost | TerminalEvent::Mouse(_) => None,
    }
}
