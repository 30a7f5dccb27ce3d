//! The terminal as ours for a while: raw mode, alternate screen, and everything back as it was.
//!
//! ```text
//! enter() ─▶ raw, alternate screen, cursor hidden, pastes bracketed, focus told
//! write() ─▶ a thread of its own ─▶ one write a frame, and `Written` when it is done
//! leave() ─▶ as it was: also on drop, and before a panic is told
//! ```
//!
//! Invariants:
//! - What `enter` changed, `leave` changes back, once, whoever calls it.
//! - The loop never waits for a slow line: while one frame is on its way, no other is made.
//! - Leaving waits at most a second for a line that takes nothing any more.
//!
//! Deliberately absent: questions to the terminal. Crossterm's reader does not know the answer to
//! "is output synchronized?" and keeps it, with the keys after it, until a `u` or a `c` is pressed;
//! and tmux, which synchronizes, did not answer before 2026. So [`synchronizes`] goes by names.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::panic;
use std::sync::mpsc as threads;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustix::termios::{self, OptionalActions, Termios};
use tokio::sync::mpsc;

use super::report;
use super::settings::Mouse;

/// Alternate screen, bracketed paste, reports of the focus, no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l";

/// The reverse, with any half-written frame ended first.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// How long leaving waits for a line that takes nothing any more.
const PATIENCE: Duration = Duration::from_secs(1);

/// The size of a terminal that does not know its own.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// What must be put back, and which thread draws; `None` while the terminal is not ours.
static ENTERED: Mutex<Option<Entered>> = Mutex::new(None);

struct Entered {
    modes: Termios,
    thread: ThreadId,
}

/// The terminal while it is ours.
#[derive(Debug)]
pub(crate) struct Terminal {
    frames: threads::Sender<Vec<u8>>,
    written: mpsc::UnboundedReceiver<io::Result<()>>,
    /// When the frame on its way was sent.
    sent: Option<Instant>,
    /// Not so between `leave` and `enter_again`.
    is_ours: bool,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// If standard input or output is no terminal, or its modes cannot be set.
    pub(crate) fn enter() -> io::Result<Self> {
        take()?;
        watch_panics();
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let (frames, waiting) = threads::channel();
        let (done, written) = mpsc::unbounded_channel();
        thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || write_frames(out, &waiting, &done))?;
        Ok(Self { frames, written, sent: None, is_ours: true })
    }

    /// Whether a frame is on its way.
    pub(crate) fn is_writing(&self) -> bool {
        self.sent.is_some()
    }

    /// Writes a frame, beside the caller. Nothing is written for no bytes.
    pub(crate) fn write(&mut self, frame: Vec<u8>) {
        if !frame.is_empty() {
            self.sent = self.frames.send(frame).is_ok().then(Instant::now);
        }
    }

    /// The frame on its way has arrived; how long that took.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// If the terminal is gone.
    pub(crate) async fn written(&mut self) -> io::Result<Duration> {
        let result = self.written.recv().await;
        let took = self.sent.take().map(|sent| sent.elapsed()).unwrap_or_default();
        result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into())).map(|()| took)
    }

    /// Gives the terminal back; [`Terminal::enter_again`] takes it anew.
    pub(crate) fn leave(&mut self) {
        restore_patiently();
        self.is_ours = false;
    }

    /// Takes the terminal again, in whatever modes it is now.
    ///
    /// # Errors
    ///
    /// As [`Terminal::enter`].
    pub(crate) fn enter_again(&mut self) -> io::Result<()> {
        if self.is_ours {
            restore_patiently();
        }
        take()?;
        self.is_ours = true;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore_patiently();
    }
}

/// Columns and rows of the terminal now.
pub(crate) fn size() -> (u16, u16) {
    match termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        Ok(_) | Err(_) => USUAL_SIZE,
    }
}

/// The bytes that take the mouse, or give it to the terminal. [`LEAVE`] gives it in any case.
pub(crate) fn mouse(mouse: Mouse) -> Vec<u8> {
    match mouse {
        Mouse::Ours => b"\x1b[?1000h\x1b[?1006h".to_vec(),
        Mouse::Terminals => b"\x1b[?1006l\x1b[?1000l".to_vec(),
    }
}

/// The bytes that put a text into the operator's clipboard (OSC 52).
///
/// tmux and screen keep such a sequence for themselves unless it is wrapped; tmux passes it on where
/// it is allowed to (`allow-passthrough`), and takes the bare one where `set-clipboard` is on.
/// `variable` reads one of the environment. Nobody answers whether it was taken.
pub(crate) fn copy(text: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let bare = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text));
    let is_screen = variable("TERM").is_some_and(|term| term.starts_with("screen"));
    if variable("TMUX").is_some() {
        let wrapped = bare.replace('\x1b', "\x1b\x1b");
        return format!("{bare}\x1bPtmux;{wrapped}\x1b\\").into_bytes();
    }
    if !is_screen {
        return bare.into_bytes();
    }
    // screen takes 768 bytes at once, and what it takes goes on as it is.
    let pieces = bare.as_bytes().chunks(MOST_OF_SCREEN);
    pieces.flat_map(|piece| [b"\x1bP", piece, b"\x1b\\"].concat()).collect()
}

/// Bytes that GNU screen takes in one string.
const MOST_OF_SCREEN: usize = 512;

/// Whether the terminal knows synchronized output, or at least ignores it: all but some old ones do.
///
/// `variable` reads one of the environment.
pub(crate) fn synchronizes(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, what: &str| variable(name).is_some_and(|value| value.starts_with(what));
    // tmux, which calls itself `screen` too, does know it.
    let is_screen = is("TERM", "screen") && variable("TMUX").is_none();
    let is_old = ["linux", "vt", "dumb", "cons25"].iter().any(|term| is("TERM", term));
    !is_screen && !is_old && !is("TERM_PROGRAM", "Apple_Terminal")
}

fn take() -> io::Result<()> {
    let modes = termios::tcgetattr(io::stdin())?;
    termios::tcgetattr(io::stdout())?;
    let mut raw = modes.clone();
    raw.make_raw();
    termios::tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
    let thread = thread::current().id();
    *ENTERED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Entered { modes, thread });
    write_now(ENTER)
}

/// Puts everything back. The second call does nothing.
fn restore() {
    let entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(entered) = entered {
        // The modes first: that never waits. Neither can be helped if the terminal is gone.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &entered.modes);
        let _ = write_now(LEAVE);
    }
}

/// The same from a thread of its own, since a line that takes nothing would hold us for ever.
fn restore_patiently() {
    let (done, waiting) = threads::channel();
    let spawned = thread::Builder::new().spawn(move || {
        restore();
        let _ = done.send(());
    });
    match spawned {
        Ok(_) => {
            let _ = waiting.recv_timeout(PATIENCE);
        }
        Err(_) => restore(),
    }
}

fn write_now(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(io::stdout(), bytes))?;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Writes frames, one write each, until nobody sends any.
fn write_frames(
    mut out: impl Write,
    waiting: &threads::Receiver<Vec<u8>>,
    done: &mpsc::UnboundedSender<io::Result<()>>,
) {
    while let Ok(frame) = waiting.recv() {
        if done.send(out.write_all(&frame)).is_err() {
            return;
        }
    }
}

/// Puts the terminal back before a panic of the console is told, see `report.rs`.
///
/// A panic elsewhere in this process (an embedded core catches its own) is logged instead: its
/// message would be written over the screen.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let drawing = {
                let entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
                entered.as_ref().map(|entered| entered.thread == thread::current().id())
            };
            match drawing {
                Some(false) => {
                    let place = info.location().map(ToString::to_string).unwrap_or_default();
                    tracing::error!("a task of this process panicked at {place}");
                }
                Some(true) => {
                    restore();
                    report::tell(info);
                }
                None => before(info),
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Counts writes, as a terminal would see them.
    #[derive(Clone, Default)]
    struct Counting(Arc<Mutex<Vec<usize>>>);

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn old_terminals_get_no_synchronized_output() {
        let check = |environment: &[(&str, &str)], expected: bool| {
            let found = synchronizes(|name| {
                let found = environment.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found, expected, "{environment:?}");
        };
        check(&[("TERM", "xterm-256color")], true);
        check(&[("TERM", "linux")], false);
        check(&[("TERM", "screen-256color")], false);
        check(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")], true);
        check(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], false);
    }

    #[test]
    fn a_text_is_copied_through_what_stands_between() {
        let copied = |name: &'static str, value: &'static str| {
            let variable = move |asked: &str| (asked == name).then(|| value.to_owned());
            String::from_utf8(copy("hi", variable)).unwrap()
        };
        let bare = "\x1b]52;c;aGk=\x07";
        assert_eq!(copied("TERM", "xterm-256color"), bare);
        assert_eq!(
            copied("TMUX", "/tmp/tmux-0"),
            format!("{bare}\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\")
        );
        assert_eq!(copied("TERM", "screen.xterm"), format!("\x1bP{bare}\x1b\\"));
    }

    #[test]
    fn a_frame_is_one_write() {
        let out = Counting::default();
        let (frames, waiting) = threads::channel();
        let (done, mut written) = mpsc::unbounded_channel();
        frames.send(vec![b'a'; 20_000]).unwrap();
        frames.send(vec![b'b'; 3]).unwrap();
        drop(frames);
        write_frames(out.clone(), &waiting, &done);
        assert_eq!(*out.0.lock().unwrap(), [20_000, 3]);
        assert!(written.try_recv().unwrap().is_ok());
    }
}
