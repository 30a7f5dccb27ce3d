//! What is written of a batch that was judged: every row for every table, put together beforehand.

use std::collections::HashMap;

use super::purchases::{Loaded, write_contributions};
use super::settle::{Change, Settle, Settlement, Verdict};
use super::shape::Shape;
use super::sides::{Ours, Sides};
use super::sql::{Connection, Ending, Rows};
use super::values::{digest, whose};
use super::{bots_column, items, outbox, slices};
use crate::domain::ids::{PurchaseId, SubId};
use crate::domain::outcome::Outcome;
use crate::domain::slice::Source;

/// See the head of this file.
pub(super) struct Draft {
    settlements: Vec<Settlement>,
    forgotten: Vec<(PurchaseId, Forgotten)>,
    rows: Ending,
}

/// What is no longer kept of a purchase.
enum Forgotten {
    /// Whatever was under its number: that was another one's.
    All,
    One(Source),
}

/// What is written of one purchase.
struct Written<'a> {
    purchase: PurchaseId,
    change: &'a Change,
    before: Option<&'a Loaded>,
}

impl Draft {
    /// Puts the rows together; `loaded` is what was there before.
    pub(super) fn of(
        ours: Ours,
        shape: &Shape,
        batch: &[Settle],
        settlements: Vec<Settlement>,
        loaded: &HashMap<PurchaseId, Loaded>,
    ) -> Self {
        let settled = || batch.iter().zip(&settlements);
        let mut changed: Vec<Written<'_>> = settled()
            .filter_map(|(settle, settlement)| {
                let (purchase, change) = (settle.purchase, settlement.change.as_ref()?);
                Some(Written { purchase, change, before: loaded.get(&purchase) })
            })
            .collect();
        // In the order of the tables: so each page is gone to once.
        changed.sort_by_key(|one| one.purchase);
        let columns = changed.iter().filter_map(|one| Some((one, one.change.json.as_deref()?)));
        // All rows stand in one database: where ours is another one, the bot's columns are noted.
        let columns = if ours.is_apart {
            outbox::note(columns.map(|(one, json)| (one.purchase, json, one.base())))
        } else {
            bots_column::write(shape, columns.map(|(one, json)| (one.purchase, json)))
        };
        let mut ends: Vec<_> = settled()
            .filter_map(|(settle, settlement)| match &settlement.verdict {
                Verdict::Ended(end) => Some((settle.job?, settle.purchase, end)),
                Verdict::Held(_) => None,
            })
            .collect();
        ends.sort_by_key(|(job, purchase, _)| (*job, *purchase));
        let new = changed.iter().flat_map(|one| {
            one.change.upsert.iter().map(move |slice| (one.purchase, slice.as_ref()))
        });
        let forgotten = changed.iter().flat_map(Written::forgotten).collect();
        let rows = slices::upsert(new).queries(ours.engine);
        let rows = rows.chain(summaries(&changed).queries(ours.engine));
        let rows = rows.chain(columns.queries(ours.engine));
        let rows = rows.chain(items::end(ends).queries(ours.engine));
        Self { settlements, forgotten, rows: Ending::after(ours.engine, rows) }
    }

    /// Writes the rows, in the transaction that our side is in, and ends that.
    pub(super) async fn commit(self, sides: &mut Sides) -> Result<Vec<Settlement>, sqlx::Error> {
        forget(sides.own(), &self.forgotten).await?;
        sides.own().end(self.rows).await?;
        Ok(self.settlements)
    }
}

async fn forget(
    own: &mut Connection,
    forgotten: &[(PurchaseId, Forgotten)],
) -> Result<(), sqlx::Error> {
    for (purchase, what) in forgotten {
        match what {
            Forgotten::All => slices::delete_all(own, *purchase).await?,
            Forgotten::One(source) => slices::delete(own, *purchase, *source).await?,
        }
    }
    Ok(())
}

impl<'a> Written<'a> {
    /// The digest of what the bot's column holds.
    fn base(&self) -> &'a str {
        self.before.map_or("", |loaded| loaded.base.as_str())
    }

    fn forgotten(&self) -> Vec<(PurchaseId, Forgotten)> {
        let is_another = self.before.is_some_and(|loaded| loaded.is_another);
        let all = is_another.then_some(Forgotten::All);
        let ones = self.change.delete.iter().map(|source| Forgotten::One(*source));
        all.into_iter().chain(ones).map(|what| (self.purchase, what)).collect()
    }
}

/// What is known of these purchases.
fn summaries(changed: &[Written<'_>]) -> Rows<14> {
    let mut rows = Rows::new(
        "INSERT INTO alamor.purchases AS o (purchase_id, standing, outcome, reason_code, \
         reason_text, attempted_at, links, kept, oldest_at, written, held_links, held_since, \
         panels, whose) VALUES rows() \
         ON CONFLICT (purchase_id) DO UPDATE SET standing = excluded.standing, \
         outcome = excluded.outcome, reason_code = excluded.reason_code, \
         reason_text = excluded.reason_text, attempted_at = excluded.attempted_at, \
         links = excluded.links, kept = excluded.kept, oldest_at = excluded.oldest_at, \
         written = CASE WHEN o.whose = excluded.whose \
         THEN coalesce(excluded.written, o.written) ELSE excluded.written END, \
         pending = CASE WHEN o.whose = excluded.whose THEN o.pending END, \
         held_links = excluded.held_links, held_since = excluded.held_since, \
         panels = excluded.panels, whose = excluded.whose",
    );
    for Written { purchase, change, before } in changed {
        let Change { summary, json, held, .. } = change;
        let sub_id = before.and_then(|loaded| loaded.known.purchase.sub_id.as_ref());
        rows.push([
            purchase.0.into(),
            summary.standing.as_str().into(),
            summary.outcome.map(Outcome::as_str).into(),
            summary.reason.as_ref().map(|reason| reason.code.as_str()).into(),
            summary.reason.as_ref().map(|reason| reason.text.as_str()).into(),
            summary.attempted_at.get().into(),
            summary.links.cast_signed().into(),
            summary.kept.cast_signed().into(),
            summary.oldest_at.get().into(),
            json.as_deref().map(digest).into(),
            held.as_ref().map(|held| held.links.as_str()).into(),
            held.as_ref().map(|held| held.since).into(),
            write_contributions(&summary.panels).into(),
            whose(sub_id.map(SubId::reveal)).into(),
        ]);
    }
    rows
}
