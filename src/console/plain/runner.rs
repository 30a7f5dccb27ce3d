//! The loop of the console line by line: as `console/runner.rs`, with sentences instead of frames.

use std::io::{self, BufRead, Write};
use std::thread;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::answers;
use super::job::capital;
use super::line::{self, Answer, Line, parse};
use super::tell::{self, Told};
use crate::client::{Client, Logs, Pace};
use crate::console::check::{self, Checker, Climber};
use crate::console::keymap::Action;
use crate::console::look::Look;
use crate::console::message::{self, Effect, Message};
use crate::console::options::{ConsoleError, Exit, Options};
use crate::console::runner::{answer, hear_log};
use crate::console::state::climb;
use crate::console::state::clock::Clock;
use crate::console::state::filter::Filter;
use crate::console::state::log::Wish;
use crate::console::state::{Session, State};
use crate::console::text::tame;
use crate::console::update::update;

/// A size that no screen of this console is drawn at; lists are asked for by it.
const SIZE: (u16, u16) = (80, 24);

struct Plain {
    state: State,
    look: Look,
    client: Client,
    started: Instant,
    told: Told,
    answers: mpsc::UnboundedSender<message::Answer>,
    logs: Option<(u64, Logs)>,
    checker: Checker,
    climber: Option<(u64, Climber)>,
    /// A list of purchases was asked for, and is told when it comes.
    wants_purchases: bool,
}

/// How a turn of the loop went.
enum After {
    On,
    Leave,
}

/// Runs the console until a line, the end of the input, or a signal ends it.
///
/// # Errors
///
/// [`ConsoleError`] if signals or threads are not to be had.
pub async fn run(options: Options) -> Result<Exit, ConsoleError> {
    let watch = |kind| signal(kind).map_err(ConsoleError::Terminal);
    let mut terminate = watch(SignalKind::terminate())?;
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut lines = read_lines().map_err(ConsoleError::Terminal)?;
    let (sender, mut answers) = mpsc::unbounded_channel();
    let mut plain = Plain::new(options, sender);
    let mut events = plain.client.events(Pace::default());
    let greeting = plain.state.words().plain_greeting(&plain.state.session.core_url);
    let mut said = plain.say(&[greeting]);
    loop {
        if said.is_err() {
            return Ok(Exit::HungUp);
        }
        let messages = tokio::select! {
            biased;
            _ = terminate.recv() => return Ok(Exit::Signal),
            _ = interrupt.recv() => return Ok(Exit::Signal),
            line = lines.recv() => {
                let Some(line) = line else { return Ok(Exit::Quit) };
                let (after, lines) = plain.read(parse(&line));
                if let After::Leave = after {
                    return Ok(Exit::Quit);
                }
                said = plain.say(&lines);
                continue;
            }
            Some(answer) = answers.recv() => vec![Message::Answer(answer)],
            heard = events.hear() => vec![Message::Heard(heard.ok_or(ConsoleError::StreamEnded)?)],
            heard = hear_log(&mut plain.logs) => heard,
            told = check::hear(&mut plain.climber) => vec![told],
        };
        let (after, lines) = plain.apply(messages);
        said = plain.say(&lines);
        if let After::Leave = after {
            return Ok(Exit::Quit);
        }
    }
}

impl Plain {
    fn new(options: Options, answers: mpsc::UnboundedSender<message::Answer>) -> Self {
        let Options { client, by, attachment, look, access, checker, .. } = options;
        let session = Session { core_url: client.url(), by, attachment, access, lang: look.lang };
        let clock = Clock::new(Timestamp::now(), TimeZone::system());
        Self {
            state: State::new(session, clock, SIZE),
            look,
            client,
            started: Instant::now(),
            told: Told::default(),
            answers,
            logs: None,
            checker,
            climber: None,
            wants_purchases: false,
        }
    }

    /// Does what a line says; returns what is to be told.
    fn read(&mut self, line: Line) -> (After, Vec<String>) {
        let mut messages: Vec<Message> = line::screen(&line)
            .map(|screen| Message::Do(Action::Show(screen)))
            .into_iter()
            .collect();
        let mut lines = Vec::new();
        // What is written next must not answer it.
        let keeps_question = matches!(
            line,
            Line::Answer(_) | Line::Empty | Line::Help | Line::Status | Line::Unknown(_)
        );
        if self.state.question.is_some() && !keeps_question {
            messages.insert(0, press(Answer::No));
            lines.push(self.state.words().plain_withdrawn());
        }
        match line {
            Line::Empty | Line::Logs => {}
            // What was found just now is looked at again all the same: somebody asked.
            Line::Check if self.state.climb.is_fresh(self.state.clock.now()) => {
                messages.extend([Action::First, Action::ClimbAgain].map(Message::Do));
            }
            Line::Check => {}
            Line::Help => lines.extend(answers::help(self.state.session.lang)),
            Line::Status => {
                lines.extend(answers::status(&self.state));
                lines.extend(tell::question(&self.state));
            }
            Line::Panels => lines.extend(answers::panels(&self.state)),
            Line::Purchases(filter) => match Filter::parse(&filter) {
                Ok(_) => {
                    self.wants_purchases = self.state.connection.is_live();
                    // Also what is there is read again: it is told once, and stays as told.
                    self.state.purchases.outdate();
                    messages.extend(write_filter(&filter));
                }
                Err(mistake) => {
                    let mistake = mistake.said(self.state.session.lang);
                    lines.push(format!("{}.", capital(&mistake)));
                }
            },
            Line::Do(action) => messages.push(Message::Do(action)),
            Line::Answer(answer) if self.state.question.is_some() => messages.push(press(answer)),
            Line::Answer(_) => lines.push(self.state.words().plain_no_question()),
            Line::Unknown(text) => {
                lines.push(self.state.words().plain_no_such_line(format!("{text:?}")));
            }
        }
        let (after, changes) = self.apply(messages);
        lines.extend(changes);
        (after, lines)
    }

    /// Applies messages and does what follows; returns what is to be told.
    fn apply(&mut self, messages: Vec<Message>) -> (After, Vec<String>) {
        let mut effects = update(&mut self.state, Message::Now(self.started.elapsed()));
        let mut lines = Vec::new();
        for message in messages {
            let is_page = matches!(
                message,
                Message::Answer(message::Answer::Purchases { generation, .. })
                    if generation == self.state.purchases.generation()
            );
            effects.extend(update(&mut self.state, message));
            // The page of an older filter may come first: it is no answer.
            let is_there = self.state.purchases.is_read() || self.state.purchases.is_refused();
            if is_page && is_there && std::mem::take(&mut self.wants_purchases) {
                lines.extend(answers::purchases(&self.state));
            }
        }
        lines.splice(..0, self.told.changes(&self.state));
        for effect in effects {
            match effect {
                Effect::Quit => return (After::Leave, lines),
                Effect::Log(Wish::Follow { generation, query }) => {
                    self.logs = Some((generation, self.client.logs(query, Pace::default())));
                }
                Effect::Log(Wish::Leave) => self.logs = None,
                Effect::Climb(climb::Wish::Start { generation, from }) => {
                    let climber = Climber::start(&self.checker, from.as_deref());
                    self.climber = Some((generation, climber));
                }
                Effect::Climb(climb::Wish::Leave) => self.climber = None,
                other => self.ask(other),
            }
        }
        (After::On, lines)
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

    /// Writes one sentence a line, in which nothing moves a cursor.
    fn say(&self, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for line in lines {
            let mut line = tame(line);
            if self.look.is_ascii() {
                line = line.chars().map(|char| if char.is_ascii() { char } else { '?' }).collect();
            }
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}

/// Writes a filter in place of the one that is there, as an operator would.
fn write_filter(filter: &str) -> [Message; 4] {
    let key = |code, modifiers| Message::Key(KeyEvent::new(code, modifiers));
    [
        Message::Do(Action::Filter),
        key(KeyCode::Char('u'), KeyModifiers::CONTROL),
        Message::Paste(filter.to_owned()),
        key(KeyCode::Enter, KeyModifiers::NONE),
    ]
}

/// The key that answers a question.
fn press(answer: Answer) -> Message {
    let code = match answer {
        Answer::Yes => KeyCode::Enter,
        Answer::No => KeyCode::Esc,
        Answer::Dry => KeyCode::Char('d'),
    };
    Message::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// Lines of standard input, until it ends. The thread waits for the next one as long as we live.
fn read_lines() -> io::Result<mpsc::UnboundedReceiver<String>> {
    let (sender, lines) = mpsc::unbounded_channel();
    thread::Builder::new().name("lines".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut bytes = Vec::new();
        while input.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&std::mem::take(&mut bytes)).into_owned();
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}
