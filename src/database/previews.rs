//! The JSON columns of a dry run's items: what would become of their links.
//!
//! Counts and links are apart: links are customers' access, and are kept of the newest dry run only.

use serde::{Deserialize, Serialize};

use super::parts::json;
use super::sql::{Connection, Query};
use crate::domain::changes::{Change, Changes, LinkChange};
use crate::domain::ids::JobId;

#[derive(Serialize, Deserialize)]
struct StoredLink {
    change: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// `[removed, replaced, renamed, added, kept]`.
pub(super) fn write_counts(changes: &Changes) -> String {
    json(&changes.counts)
}

/// The links; `None` where there is none to keep.
pub(super) fn write_links(changes: &Changes) -> Option<String> {
    let links = changes.links.iter().map(|link| {
        let change = link.change.as_str().to_owned();
        // A link that stays is its own past.
        let before = link.before.clone().filter(|_| link.change != Change::Kept);
        StoredLink { change, before, after: link.after.clone() }
    });
    let links: Vec<StoredLink> = links.collect();
    if links.is_empty() { None } else { serde_json::to_string(&links).ok() }
}

/// What was written; `None` for something else.
pub(super) fn parse(counts: &str, links: Option<&str>) -> Option<Changes> {
    let counts = serde_json::from_str(counts).ok()?;
    let stored: Vec<StoredLink> =
        links.and_then(|links| serde_json::from_str(links).ok()).unwrap_or_default();
    let links = stored.into_iter().filter_map(|link| {
        let change = Change::parse(&link.change)?;
        let before = if change == Change::Kept { link.after.clone() } else { link.before };
        Some(LinkChange { change, before, after: link.after })
    });
    Some(Changes { counts, links: links.collect() })
}

/// Forgets the links of every dry run but this one; their counts stay.
pub(super) async fn forget_older(own: &mut Connection, job: JobId) -> Result<(), sqlx::Error> {
    let sql = "UPDATE alamor.items SET changed_links = NULL WHERE changed_links IS NOT NULL \
               AND job_id IN (SELECT id FROM alamor.jobs WHERE dry_run = 1 AND id <> $1)";
    own.execute(Query::new(sql).bind(job.0)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_is_not_ours_is_nothing() {
        let link = |change, before: Option<&str>, after: Option<&str>| LinkChange {
            change,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let links = vec![
            link(Change::Removed, Some("vless://a@h:1"), None),
            link(Change::Renamed, Some("vless://a@h:2#x"), Some("vless://a@h:2#y")),
            link(Change::Kept, Some("vless://a@h:3"), Some("vless://a@h:3")),
        ];
        let changes = Changes { counts: [1, 0, 1, 0, 1], links };
        let (counts, links) = (write_counts(&changes), write_links(&changes));
        assert_eq!(parse(&counts, links.as_deref()), Some(changes.clone()));
        let bare = parse(&counts, None).unwrap();
        assert_eq!((bare.counts, bare.links.len()), (changes.counts, 0));
        assert_eq!(parse("{}", None), None);
    }
}
