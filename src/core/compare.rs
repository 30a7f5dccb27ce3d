//! A job beside an earlier one: who fails now, and who does no more. Pure.
//!
//! Of a job that has ended, items that did not change are gone. Whoever is missing among the items
//! of a finished job of all was unchanged in it, or no purchase of its then; elsewhere nobody knows.

use std::collections::HashMap;

use crate::database::items::ShortItem;
use crate::domain::ids::PurchaseId;
use crate::domain::job::{Job, JobState, Scope};
use crate::domain::outcome::CountAs;

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Differences {
    /// Who fails now and did not before, by id.
    pub(crate) newly_failing: Vec<PurchaseId>,
    /// Who failed before and does not now, by id.
    pub(crate) recovered: Vec<PurchaseId>,
    /// How many failed in both.
    pub(crate) still_failing: u64,
    /// How many failed in one, and are not known of the other.
    pub(crate) unknown: u64,
}

/// One of the two jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) job: &'a Job,
    pub(crate) items: &'a [ShortItem],
}

/// How a purchase did in one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Succeeded,
    Failed,
    Unknown,
}

impl Side<'_> {
    fn index(&self) -> HashMap<PurchaseId, Standing> {
        let standing = |item: &ShortItem| match item.end {
            None => Standing::Unknown,
            Some((_, CountAs::Success)) => Standing::Succeeded,
            Some((_, CountAs::Failed | CountAs::ConnectionError)) => Standing::Failed,
        };
        self.items.iter().map(|item| (item.purchase, standing(item))).collect()
    }

    /// How a purchase did that is not among the items.
    fn missing(&self) -> Standing {
        let is_whole = self.job.scope == Scope::All && self.job.state == JobState::Done;
        if is_whole { Standing::Succeeded } else { Standing::Unknown }
    }

    fn failed(&self) -> impl Iterator<Item = PurchaseId> {
        let is_failed =
            |item: &&ShortItem| item.end.is_some_and(|(_, count)| count != CountAs::Success);
        self.items.iter().filter(is_failed).map(|item| item.purchase)
    }
}

/// What differs between `now` and `before`.
pub(crate) fn differ(now: Side<'_>, before: Side<'_>) -> Differences {
    let (index_now, index_before) = (now.index(), before.index());
    let mut found = Differences::default();
    for purchase in now.failed() {
        match index_before.get(&purchase).copied().unwrap_or(before.missing()) {
            Standing::Failed => found.still_failing += 1,
            Standing::Succeeded => found.newly_failing.push(purchase),
            Standing::Unknown => found.unknown += 1,
        }
    }
    for purchase in before.failed() {
        match index_now.get(&purchase).copied().unwrap_or(now.missing()) {
            Standing::Succeeded => found.recovered.push(purchase),
            Standing::Unknown => found.unknown += 1,
            // Counted above.
            Standing::Failed => {}
        }
    }
    found.newly_failing.sort_unstable();
    found.recovered.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::JobId;
    use crate::domain::job::JobOrder;
    use crate::domain::outcome::Outcome;

    fn job(scope: Scope, state: JobState) -> Job {
        let order = JobOrder {
            by: "ali".into(),
            dry_run: false,
            force: false,
            retry_of: None,
            purchases: Vec::new(),
            scope,
        };
        Job { state, ..Job::queued(JobId(1), &order) }
    }

    fn items(texts: &[&str]) -> Vec<ShortItem> {
        let item = |text: &&str| {
            let (id, end) = text.split_at(1);
            let end = match end {
                "+" => Some((Outcome::Updated, CountAs::Success)),
                "-" => Some((Outcome::Failed, CountAs::Failed)),
                _ => None,
            };
            ShortItem { purchase: PurchaseId(id.parse().unwrap()), end }
        };
        texts.iter().map(item).collect()
    }

    /// `1+` succeeded, `1-` failed, `1?` was left open.
    fn check(
        scope: Scope,
        state: JobState,
        before: &[&str],
        now: &[&str],
        expected: (&[i64], &[i64], u64, u64),
    ) {
        let job = job(scope, state);
        let (before, now) = (items(before), items(now));
        let found = differ(Side { job: &job, items: &now }, Side { job: &job, items: &before });
        let ids = |list: &[PurchaseId]| list.iter().map(|id| id.0).collect::<Vec<_>>();
        let (newly, recovered) = (ids(&found.newly_failing), ids(&found.recovered));
        assert_eq!(
            (newly.as_slice(), recovered.as_slice(), found.still_failing, found.unknown),
            expected
        );
    }

    #[test]
    fn who_fails_now_and_who_recovered() {
        use JobState::Done;
        use Scope::All;
        check(All, Done, &["1+", "2-", "3-"], &["1-", "2+", "3-"], (&[1], &[2], 1, 0));
        check(All, Done, &["2-"], &["1-"], (&[1], &[2], 0, 0));
        check(All, Done, &[], &[], (&[], &[], 0, 0));
    }

    #[test]
    fn who_is_missing_or_was_left_open_is_not_guessed() {
        check(Scope::Chosen, JobState::Done, &["2-"], &["1-"], (&[], &[], 0, 2));
        check(Scope::All, JobState::Cancelled, &["2-"], &["1-"], (&[], &[], 0, 2));
        check(Scope::All, JobState::Done, &["1?", "2-"], &["1-", "2?"], (&[], &[], 0, 2));
    }
}
