//! The two ways out: data on stdout, everything else on stderr.

use std::error::Error;
use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use super::attach;
use crate::console::Lang;
use crate::console::reasons::of_client;

/// Nobody reads our data any more.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads standard output any more")]
pub(super) struct ReaderGone;

/// Prints data.
///
/// # Errors
///
/// [`ReaderGone`] if the reader has enough, which ends the program quietly; else what the system
/// says: the disk behind a redirection is full, say.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
    written.and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => ReaderGone.into(),
        _ => anyhow::Error::new(error).context("standard output cannot be written"),
    })
}

/// Prints each as a JSON object on a line of its own.
pub(super) fn each<T: Serialize>(items: &[T]) -> anyhow::Result<()> {
    items.iter().try_for_each(|item| data(&serde_json::to_string(item)?))
}

/// Tells the operator something beside the data.
pub(super) fn note(text: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells why the program ends: what went wrong, each cause, and what to do if it is known.
pub(super) fn error(error: &anyhow::Error, lang: Lang) {
    let fix = error.downcast_ref().and_then(|error| attach::find_fix(error, lang));
    let said = |cause: &(dyn Error + 'static)| match cause.downcast_ref() {
        Some(error) => of_client(lang, error),
        None => cause.to_string(),
    };
    let causes: Vec<String> = error.chain().map(said).collect();
    let fix = fix.map(|fix| format!(". {fix}")).unwrap_or_default();
    note(&format!("alamor: {}{fix}", causes.join(": ")));
}
