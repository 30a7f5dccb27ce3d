//! From `tracing` into the log.
//!
//! Invariants:
//! - Other crates are kept from `info` on only: what they say below is about each byte on the wire,
//!   and would come back with each record that is sent.
//! - Nothing here logs.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{Log, of_process};
use crate::api::logs::{Level, Record};

/// Longest message, in bytes. The text of an error may hold a whole answer.
const MESSAGE: usize = 4_096;

/// Longest value of a field, in bytes.
const VALUE: usize = 1_024;

/// The subscriber layer that fills the log. Put a filter on it: it takes every level of ours.
#[derive(Debug)]
pub struct LogLayer(&'static Log);

/// The layer of this process's log.
#[must_use]
pub fn log_layer() -> LogLayer {
    LogLayer(of_process())
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| is_kept(span.metadata())) else { return };
        let mut text = Text::default();
        attributes.record(&mut text);
        span.extensions_mut().insert(SpanFields(text.fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if is_kept(event.metadata()) {
            self.0.put(record(event, &context));
        }
    }
}

/// What a span says of everything in it: the trace of a request.
struct SpanFields(BTreeMap<String, String>);

fn is_kept(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_below = |folder: &str| {
        target.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    // A console in the same process has a log of its own.
    let is_consoles = is_below("alamor::console") || is_below("alamor::client");
    !is_consoles && (is_below("alamor") || *metadata.level() <= tracing::Level::INFO)
}

/// What an event says, and what [`LogLayer`] keeps of the spans that it is in. Nothing in it is longer
/// than the log takes.
pub(crate) fn record<S>(event: &Event<'_>, context: &Context<'_, S>) -> Record
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut text = Text::default();
    event.record(&mut text);
    for span in context.event_scope(event).into_iter().flatten() {
        if let Some(SpanFields(fields)) = span.extensions().get() {
            for (name, value) in fields {
                // What the record says itself counts, then what is nearest.
                text.fields.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    Record {
        seq: 0,
        at: Timestamp::now(),
        level: level(*event.metadata().level()),
        target: event.metadata().target().to_owned(),
        message: text.message,
        fields: text.fields,
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

/// The message and the fields of an event.
#[derive(Default)]
struct Text {
    message: String,
    fields: BTreeMap<String, String>,
}

impl Text {
    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let is_message = field.name() == "message";
        let mut text = Cut { text: String::new(), left: if is_message { MESSAGE } else { VALUE } };
        // It fails where the text is long enough.
        let _ = text.write_fmt(value);
        if is_message {
            self.message = text.text;
        } else {
            self.fields.insert(field.name().to_owned(), text.text);
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }
}

/// Takes text up to a length, and a sign that it was cut.
struct Cut {
    text: String,
    left: usize,
}

impl Write for Cut {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if more.len() <= self.left {
            self.left -= more.len();
            self.text.push_str(more);
            return Ok(());
        }
        self.text.push_str(&more[..more.floor_char_boundary(self.left)]);
        self.text.push('…');
        self.left = 0;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::log::wanted::Wanted;
    use tracing_subscriber::prelude::*;

    /// What of these is kept.
    fn kept(say: impl FnOnce()) -> Vec<Record> {
        let log: &'static Log = Box::leak(Box::new(Log::new()));
        let subscriber = tracing_subscriber::registry().with(LogLayer(log));
        tracing::subscriber::with_default(subscriber, say);
        let batch = log.newest(&Wanted::default(), 100);
        batch.records.iter().map(|record| Record::clone(record)).collect()
    }

    #[test]
    fn a_record_has_its_level_target_message_and_fields() {
        let kept =
            kept(|| tracing::warn!(panel = "fr-2", job = 42, error = %"cut", "It is {}", "away"));
        let [record] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!(
            (record.seq, record.level, record.message.as_str()),
            (1, Level::Warn, "It is away")
        );
        assert_eq!(record.target, module_path!());
        let fields: Vec<_> =
            record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(fields, ["error=cut", "job=42", "panel=fr-2"]);
    }

    #[test]
    fn what_others_say_of_sending_a_record_is_no_record() {
        let kept = kept(|| {
            tracing::trace!(target: "hyper::proto", "wrote a record");
            tracing::debug!(target: "alamorous", "not ours");
            tracing::info!(target: "alamor::console::runner", "the core answers");
            tracing::warn!(target: "alamor::client", "the core is lost");
            tracing::info!(target: "sqlx::query", "slow");
            tracing::trace!(target: "alamor::core::panels", "asked");
        });
        let targets: Vec<_> = kept.iter().map(|record| record.target.as_str()).collect();
        assert_eq!(targets, ["sqlx::query", "alamor::core::panels"]);
    }

    #[test]
    fn what_is_long_is_cut_between_two_characters() {
        let long = "я".repeat(5_000);
        let kept = kept(|| tracing::info!(error = long, "{long}"));
        assert_eq!(kept[0].message.chars().count(), 2_049);
        assert_eq!(kept[0].fields["error"].chars().count(), 513);
        assert!(kept[0].message.ends_with('…'));
    }
}
