//! What comes from the terminal: keys, pastes, sizes, and its end.
//!
//! Crossterm's reader waits inside a key sequence that is not complete, and turns round at full
//! speed for ever when the terminal is gone and `SIGHUP` did not end the process. So it reads on
//! a thread of its own, and [`Line::gone`] watches the terminal beside it: the loop is never held
//! up, and ends when the terminal does.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use ratatui::crossterm::event::{self, Event};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// Events of the terminal, in their order. Ends when it cannot be read any more.
pub(crate) fn listen() -> io::Result<mpsc::UnboundedReceiver<Event>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::Builder::new().name("keys".to_owned()).spawn(move || {
        while let Ok(event) = event::read() {
            if sender.send(event).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// The line to the terminal.
#[derive(Debug)]
pub(crate) struct Line(AsyncFd<OwnedFd>);

impl Line {
    /// Watches standard input.
    ///
    /// # Errors
    ///
    /// If it cannot be watched: it is a file, say.
    #[expect(
        deprecated,
        reason = "its successor is an unsafe function whose condition an OwnedFd fulfils: the \
                  descriptor stays open, and the same, as long as the value lives"
    )]
    pub(crate) fn watch() -> io::Result<Self> {
        let fd = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self(AsyncFd::with_interest(fd, Interest::READABLE)?))
    }

    /// Returns when the terminal is gone.
    ///
    /// Cancel safe.
    pub(crate) async fn gone(&self) {
        while let Ok(mut guard) = self.0.readable().await {
            if guard.ready().is_read_closed() {
                return;
            }
            guard.clear_ready();
        }
    }
}
