//! The journal: each record as a line that says all of it, and as fields to look for.
//!
//! ```text
//! journalctl -u alamorwebhook              A check is crit  check=nginx reason=nginx has no site …
//! journalctl ALAMOR_CHECK=nginx -p err     the same, and nothing else
//! ```
//!
//! Invariants:
//! - What stands in a field stands in the line, too: nobody has to know of fields to read it.
//! - Nothing in a line is a control character, whoever chose the name of a panel.
//!
//! # Source
//!
//! *Native Journal Protocol* and `systemd.journal-fields(7)` of systemd. A record is cut at some
//! kilobytes, so each is one datagram.

use std::fmt::Write as _;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::api::logs::{Level, Record};
use crate::core;

/// Where journald listens.
const SOCKET: &str = "/run/systemd/journal/socket";

/// The subscriber layer that writes there.
#[derive(Debug)]
pub(super) struct Journal(UnixDatagram);

impl Journal {
    /// # Errors
    ///
    /// Nobody listens there.
    pub(super) fn open() -> io::Result<Self> {
        Self::at(Path::new(SOCKET))
    }

    fn at(socket: &Path) -> io::Result<Self> {
        let ours = UnixDatagram::unbound()?;
        ours.connect(socket)?;
        Ok(Self(ours))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // A journal that is away is no reason to stop, and there is nowhere to say so.
        let _ = self.0.send(&entry(&core::record(event, &context), event.metadata()));
    }
}

/// A record as journald takes it.
fn entry(record: &Record, metadata: &Metadata<'_>) -> Vec<u8> {
    let mut entry = Vec::new();
    put(&mut entry, "MESSAGE", &line(record));
    put(&mut entry, "PRIORITY", priority(record.level));
    put(&mut entry, "SYSLOG_IDENTIFIER", "alamor");
    put(&mut entry, "TARGET", &record.target);
    if let (Some(file), Some(line)) = (metadata.file(), metadata.line()) {
        put(&mut entry, "CODE_FILE", file);
        put(&mut entry, "CODE_LINE", &line.to_string());
    }
    for (name, value) in &record.fields {
        put(&mut entry, &field(name), value);
    }
    entry
}

/// The message with what stands in fields.
fn line(record: &Record) -> String {
    let mut line = record.message.clone();
    let mut gap = "  ";
    for (name, value) in &record.fields {
        // Writing to a String cannot fail.
        let _ = write!(line, "{gap}{name}={value}");
        gap = " ";
    }
    line.replace(char::is_control, " ")
}

/// What a field of ours is called: `journalctl ALAMOR_PANEL=fr-2`.
fn field(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("ALAMOR_{}", name.chars().map(plain).collect::<String>())
}

/// The levels of syslog(3): what is of interest to nobody but us is its "debug".
fn priority(level: Level) -> &'static str {
    match level {
        Level::Error => "3",
        Level::Warn => "4",
        Level::Info => "6",
        Level::Debug | Level::Trace => "7",
    }
}

/// A field with its length before it: its value may be of several lines.
fn put(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    entry.push(b'\n');
    entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tracing_subscriber::prelude::*;

    use super::*;

    /// What journald makes of one record.
    fn written(say: impl FnOnce()) -> BTreeMap<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let journald = UnixDatagram::bind(folder.path().join("socket")).unwrap();
        let journal = Journal::at(&folder.path().join("socket")).unwrap();
        let subscriber = tracing_subscriber::registry().with(journal).with(core::log_layer());
        tracing::subscriber::with_default(subscriber, say);
        let mut entry = [0; 4096];
        let length = journald.recv(&mut entry).unwrap();
        let (mut rest, mut fields) = (&entry[..length], BTreeMap::new());
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (name, value) = (&rest[..end], &rest[end + 1..]);
            let (length, value) = value.split_first_chunk().unwrap();
            let (value, after) =
                value.split_at(usize::try_from(u64::from_le_bytes(*length)).unwrap());
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            fields.insert(text(name), text(value));
            rest = after.strip_prefix(b"\n").unwrap();
        }
        fields
    }

    #[test]
    fn a_line_says_what_its_fields_say_and_each_is_found() {
        let written = written(|| {
            let _of = tracing::info_span!("request", trace = "ab12").entered();
            tracing::error!(check = "panel fr-2", error.kind = ?Some(1), "A check is {}", "crit");
        });
        let expected = "A check is crit  check=panel fr-2 error.kind=Some(1) trace=ab12";
        assert_eq!(written["MESSAGE"], expected);
        assert_eq!(written["PRIORITY"], "3");
        assert_eq!(written["SYSLOG_IDENTIFIER"], "alamor");
        assert_eq!(written["TARGET"], module_path!());
        assert_eq!(written["CODE_FILE"], file!());
        assert_eq!(written["ALAMOR_CHECK"], "panel fr-2");
        assert_eq!(written["ALAMOR_ERROR_KIND"], "Some(1)");
        assert_eq!(written["ALAMOR_TRACE"], "ab12");
    }

    #[test]
    fn what_is_usual_is_no_notice_and_a_control_character_is_none() {
        let written = written(|| tracing::info!(panel = "x\n\u{1b}[2J", "It answers"));
        assert_eq!(written["PRIORITY"], "6");
        assert_eq!(written["MESSAGE"], "It answers  panel=x  [2J");
        assert_eq!(written["ALAMOR_PANEL"], "x\n\u{1b}[2J");
    }
}
