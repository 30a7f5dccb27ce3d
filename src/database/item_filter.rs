//! Which items of a job are wanted, as the condition of a statement.
//!
//! Invariant: what somebody typed is bound, never written into a statement.

use super::sql::{Query, Value};
use crate::domain::ids::{JobId, PurchaseId};
use crate::domain::outcome::Outcome;

/// Which items of a job are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All that are kept.
    #[default]
    All,
    /// Those that ended and did not succeed.
    NotSucceeded,
    /// Those that did not succeed, and those that a cancelled or stopped job left open.
    ToRetry,
}

/// Where in their list items begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After this purchase.
    After(PurchaseId),
    /// After so many.
    Skip(u64),
}

impl From<PurchaseId> for Place {
    fn from(purchase: PurchaseId) -> Self {
        Self::After(purchase)
    }
}

/// Everything that an item has to be. What is empty lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// See there.
    pub which: Which,
    /// It ended in one of these ways; `None` among them: it is open.
    pub outcomes: Vec<Option<Outcome>>,
    /// It did not succeed for one of these reasons, by their codes.
    pub reasons: Vec<String>,
    /// It uses one of these panels, by their names at the time.
    pub panels: Vec<String>,
    /// It is one of these purchases.
    pub purchases: Option<Vec<i64>>,
    /// It holds each of these.
    pub words: Vec<Word>,
}

/// A word that somebody looks for.
#[derive(Debug, Clone)]
pub struct Word {
    /// In lower case: in the purchase's id, or in the reason.
    pub text: String,
    /// The purchases of customers in whose Telegram id it is.
    pub purchases: Vec<i64>,
}

impl From<Which> for ItemFilter {
    fn from(which: Which) -> Self {
        Self { which, ..Self::default() }
    }
}

/// A condition in the making.
struct Condition {
    query: String,
    /// What is bound, in its order.
    bound: Vec<Value>,
}

impl Condition {
    /// The number of the place at which a value is bound.
    fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.bound.push(value.into());
        self.bound.len()
    }

    fn and(&mut self, condition: &str) {
        self.query = format!("{} AND {condition}", self.query);
    }

    /// One of several; nothing where there is none.
    fn and_any(&mut self, conditions: &[String]) {
        if !conditions.is_empty() {
            self.and(&format!("({})", conditions.join(" OR ")));
        }
    }

    fn finish(self, before: &str, after: &str) -> Query {
        let query = Query::new(format!("{before}{}{after}", self.query));
        self.bound.into_iter().fold(query, Query::bind)
    }
}

/// Whether a text holds another: the same in both engines, whatever characters it has.
fn holds(text: &str, place: usize) -> String {
    format!("replace({text}, ${place}, '') <> {text}")
}

impl ItemFilter {
    /// A page of the items.
    pub(super) fn select(&self, job: JobId, place: Place, limit: u32) -> Query {
        let mut condition = self.condition(job);
        let skip = match place {
            Place::After(purchase) => {
                let place = condition.bind(purchase.0);
                condition.and(&format!("purchase_id > ${place}"));
                0
            }
            Place::Skip(rows) => i64::try_from(rows).unwrap_or(i64::MAX),
        };
        let (limit, skip) = (condition.bind(i64::from(limit)), condition.bind(skip));
        let order = format!(" ORDER BY purchase_id LIMIT ${limit} OFFSET ${skip}");
        condition.finish("SELECT * FROM alamor.items WHERE ", &order)
    }

    /// How many there are.
    pub(super) fn count(&self, job: JobId) -> Query {
        self.condition(job).finish("SELECT count(*) AS n FROM alamor.items WHERE ", "")
    }

    fn condition(&self, job: JobId) -> Condition {
        let query = "job_id = $1".to_owned();
        let mut all = Condition { query, bound: vec![job.0.into()] };
        match self.which {
            Which::All => {}
            Which::NotSucceeded => all.and("outcome IS NOT NULL AND count_as <> 'success'"),
            Which::ToRetry => all.and("(outcome IS NULL OR count_as <> 'success')"),
        }
        let outcomes = self.outcomes.iter().map(|outcome| match outcome {
            None => "outcome IS NULL".to_owned(),
            Some(outcome) => format!("outcome = '{outcome}'"),
        });
        all.and_any(&outcomes.collect::<Vec<_>>());
        let reasons = self.reasons.iter().map(|code| {
            let place = all.bind(code.as_str());
            format!("reason_code = ${place}")
        });
        let reasons: Vec<_> = reasons.collect();
        all.and_any(&reasons);
        let panels = self.panels.iter().map(|name| {
            // As `parts.rs` writes it: the name stands between these two.
            let name = format!("\"name\":{},\"outcome\"", serde_json::json!(name));
            holds("panels", all.bind(name))
        });
        let panels: Vec<_> = panels.collect();
        all.and_any(&panels);
        if let Some(purchases) = &self.purchases {
            let place = all.bind(purchases.clone());
            all.and(&format!("purchase_id IN list(${place})"));
        }
        for word in &self.words {
            let (text, ids) = (all.bind(word.text.as_str()), all.bind(word.purchases.clone()));
            all.and_any(&[
                holds("CAST(purchase_id AS TEXT)", text),
                holds("lower(coalesce(reason_text, ''))", text),
                format!("purchase_id IN list(${ids})"),
            ]);
        }
        all
    }
}
