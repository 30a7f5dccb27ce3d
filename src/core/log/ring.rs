//! The newest records, bounded by count and by bytes. Pure: no clock, no lock.
//!
//! Invariant: the numbers of what is held follow each other without a gap.

use std::collections::VecDeque;
use std::sync::Arc;

use super::wanted::Wanted;
use crate::api::logs::Record;

/// How many records are kept: a day of a quiet core, and a job's worth of a loud one.
pub(crate) const RECORDS: usize = 4_096;

/// How many bytes of text they may have: usual ones have 150, so this is met only by long errors.
pub(crate) const BYTES: usize = 2_000_000;

/// See the head of the file.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
    /// The number of the newest record, also if that is not held any more.
    last: u64,
}

/// What a reader gets at once.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Oldest first.
    pub(crate) records: Vec<Arc<Record>>,
    /// How many were gone before the reader came.
    pub(crate) lost: u64,
    /// Where the reader is now: the number of the last record that was looked at.
    pub(crate) read_to: u64,
}

impl Ring {
    /// Keeps a record; returns its number.
    pub(crate) fn push(&mut self, mut record: Record) -> u64 {
        self.last += 1;
        record.seq = self.last;
        self.bytes += size(&record);
        self.records.push_back(Arc::new(record));
        while self.records.len() > RECORDS || self.bytes > BYTES {
            let Some(oldest) = self.records.pop_front() else { break };
            self.bytes -= size(&oldest);
        }
        self.last
    }

    /// The newest `limit` records that are wanted.
    pub(crate) fn newest(&self, wanted: &Wanted, limit: usize) -> Batch {
        let found = self.records.iter().rev().filter(|record| wanted.lets_pass(record));
        let mut records: Vec<_> = found.take(limit).cloned().collect();
        records.reverse();
        Batch { records, lost: 0, read_to: self.last }
    }

    /// The first `limit` records after number `after` that are wanted.
    pub(crate) fn after(&self, after: u64, wanted: &Wanted, limit: usize) -> Batch {
        let before = self.last - self.records.len() as u64;
        // A number that nobody has given yet belongs to an earlier run.
        let after = if after > self.last { before } else { after };
        let lost = before.saturating_sub(after);
        let mut batch = Batch { records: Vec::new(), lost, read_to: after.max(before) };
        let skipped = usize::try_from(batch.read_to - before).unwrap_or(usize::MAX);
        for record in self.records.iter().skip(skipped) {
            if batch.records.len() == limit {
                break;
            }
            batch.read_to = record.seq;
            if wanted.lets_pass(record) {
                batch.records.push(Arc::clone(record));
            }
        }
        batch
    }
}

/// Bytes of its text.
fn size(record: &Record) -> usize {
    let fields = record.fields.iter().map(|(name, value)| name.len() + value.len());
    record.target.len() + record.message.len() + fields.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::logs::Level;
    use jiff::Timestamp;

    fn record(message: &str) -> Record {
        Record {
            seq: 0,
            at: Timestamp::UNIX_EPOCH,
            level: Level::Info,
            target: "alamor::core".into(),
            message: message.into(),
            fields: [].into(),
        }
    }

    fn numbers(batch: &Batch) -> Vec<u64> {
        batch.records.iter().map(|record| record.seq).collect()
    }

    fn filled(count: usize) -> Ring {
        let mut ring = Ring::default();
        for number in 1..=count {
            ring.push(record(if number.is_multiple_of(2) { "even" } else { "odd" }));
        }
        ring
    }

    #[test]
    fn a_reader_goes_on_where_it_was_and_skips_what_it_does_not_want() {
        let ring = filled(10);
        let even = Wanted::new(None, None, Some("even"));
        assert_eq!(numbers(&ring.newest(&even, 2)), [8, 10]);
        let batch = ring.after(3, &even, 2);
        assert_eq!((numbers(&batch), batch.read_to, batch.lost), (vec![4, 6], 6, 0));
        let batch = ring.after(batch.read_to, &even, 9);
        assert_eq!((numbers(&batch), batch.read_to), (vec![8, 10], 10));
        assert_eq!(numbers(&ring.after(10, &even, 9)), [] as [u64; 0]);
        let none = Wanted::new(None, None, Some("neither"));
        assert_eq!(
            ring.after(0, &none, 9).read_to,
            10,
            "what is not wanted is not looked at twice"
        );
    }

    #[test]
    fn who_is_too_slow_loses_the_oldest_and_learns_how_many() {
        let ring = filled(RECORDS + 10);
        let batch = ring.after(3, &Wanted::default(), 1);
        assert_eq!((numbers(&batch), batch.lost), (vec![11], 7));
        assert_eq!(ring.after(11, &Wanted::default(), 1).lost, 0);
    }

    #[test]
    fn long_records_push_out_more_than_one() {
        let mut ring = filled(100);
        let long = "x".repeat(BYTES / 4);
        for _ in 0..5 {
            ring.push(record(&long));
        }
        let all = ring.newest(&Wanted::default(), RECORDS);
        assert_eq!(numbers(&all), [103, 104, 105]);
        assert!(ring.bytes <= BYTES, "{}", ring.bytes);
        ring.push(record(&"x".repeat(BYTES + 1)));
        assert_eq!((ring.records.len(), ring.bytes), (0, 0));
        assert_eq!(ring.push(record("small")), 107);
        assert_eq!(numbers(&ring.after(105, &Wanted::default(), 9)), [107]);
    }

    #[test]
    fn a_number_from_another_run_begins_at_the_oldest() {
        let batch = filled(3).after(99, &Wanted::default(), 9);
        assert_eq!((numbers(&batch), batch.lost), (vec![1, 2, 3], 0));
    }
}
