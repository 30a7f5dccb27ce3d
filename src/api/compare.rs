//! A job beside an earlier one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::jobs::{Job, Outcome};
use super::{Page, Reason};

/// Answer to `GET /api/v1/jobs/{id}/compare`.
///
/// Of a job that has ended, items that did not change are kept only as counts. So a purchase that
/// failed in one job and is not among the items of the other counts as unchanged there, if that one
/// was a finished job of all; else nobody can tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The job that was asked for.
    pub job: Job,
    /// The earlier one.
    pub with: Job,
    /// How many purchases fail now and did not before.
    pub newly_failing: u64,
    /// How many failed before and do not now.
    pub recovered: u64,
    /// How many failed in both.
    pub still_failing: u64,
    /// How many failed in one, and are not known of the other.
    pub unknown: u64,
    /// A page of the purchases that newly fail, then of those that recovered.
    pub changed: Page<Changed>,
}

/// What is different of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It fails now, and did not.
    NewlyFailing,
    /// It failed, and does not any more.
    Recovered,
}

/// One purchase that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// The bot's id of the purchase.
    pub purchase_id: i64,
    /// The customer's Telegram id.
    pub user: Option<i64>,
    /// What is different.
    pub difference: Difference,
    /// How it ended in the job; `null` if it is not among its items.
    pub outcome: Option<Outcome>,
    /// How it ended in the earlier one; `null` if it is not among its items.
    pub outcome_before: Option<Outcome>,
    /// Why it did not succeed, where it did not.
    pub reason: Option<Reason>,
}
