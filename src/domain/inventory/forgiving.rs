//! A panel's list, read piece by piece: what one piece has wrong does not lose the others.
//!
//! The text is gone through several times, since a piece that cannot be read must be skipped.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::answer::{
    Envelope, MOST_CLIENTS, RawClient, RawInbound, RawSettings, Stats, StatsList, nested,
};
use super::entry::{read_client, read_inbound};
use super::listed::{Listed, MOST_INBOUNDS, NotAList};
use super::{Client, Inbound};
use crate::domain::at_most::AtMost;
use crate::domain::subscription::BodyKind;

/// # Errors
///
/// [`NotAList`], with what the text is instead.
pub(super) fn read(text: &str) -> Result<Listed<'_>, NotAList> {
    let (raw, dropped) = raw_inbounds(text)?;
    let mut listed = Listed { dropped, ..Listed::default() };
    let (mut clients, mut stats) = (0, 0);
    for raw in &raw {
        let own = read_stats(raw)?;
        stats += own.len();
        let inbound = with_clients(raw)?;
        clients += inbound.clients.len();
        if clients.max(stats) > MOST_CLIENTS {
            return Err(NotAList::TooMany);
        }
        listed.stats.push(own);
        listed.inbounds.push(inbound);
    }
    Ok(listed)
}

/// The inbounds, and how many entries are none.
fn raw_inbounds(text: &str) -> Result<(Vec<RawInbound<'_>>, usize), NotAList> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| NotAList::Body(kind(text)))?;
    if envelope.success == Some(false) {
        return Err(NotAList::Refused);
    }
    let no_list = NotAList::Body(BodyKind::Json);
    let list = envelope.obj.ok_or(no_list)?;
    let list: AtMost<&RawValue, MOST_INBOUNDS> =
        serde_json::from_str(list.get()).map_err(|_| no_list)?;
    let list = list.all().ok_or(NotAList::TooMany)?;
    let raw: Vec<RawInbound> =
        list.iter().filter_map(|one| serde_json::from_str(one.get()).ok()).collect();
    // A list of links or of clients has no inbound in it.
    let is_list = raw.iter().any(|inbound| !inbound.protocol.text().is_empty());
    let dropped = list.len() - raw.len();
    if is_list || list.is_empty() { Ok((raw, dropped)) } else { Err(no_list) }
}

fn kind(text: &str) -> BodyKind {
    match text.chars().next() {
        None => BodyKind::Empty,
        Some('<') => BodyKind::Html,
        Some(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => BodyKind::Json,
        Some(_) => BodyKind::Text,
    }
}

fn read_stats<'a>(raw: &RawInbound<'a>) -> Result<Vec<Stats<'a>>, NotAList> {
    let list = raw.client_stats.map(|list| serde_json::from_str(list.get()));
    let list: StatsList<'_> = list.and_then(Result::ok).unwrap_or_default();
    list.all().ok_or(NotAList::TooMany)
}

fn with_clients(raw: &RawInbound<'_>) -> Result<Inbound, NotAList> {
    let inbound = read_inbound(raw);
    match read_clients(raw, &inbound.protocol) {
        Ok(clients) => Ok(Inbound { clients: clients.ok_or(NotAList::TooMany)?, ..inbound }),
        Err(_) => {
            let unread = Some("its clients cannot be read: the settings are no JSON");
            Ok(Inbound { unread, ..inbound })
        }
    }
}

/// `None` if there are too many.
fn read_clients(
    raw: &RawInbound<'_>,
    protocol: &str,
) -> Result<Option<Vec<Client>>, serde_json::Error> {
    let Some(json) = nested(raw.settings)? else { return Ok(Some(Vec::new())) };
    let settings: RawSettings = serde_json::from_str(&json)?;
    let Some(clients) = settings.clients.map_or(Some(Vec::new()), AtMost::all) else {
        return Ok(None);
    };
    let read = |client: RawClient<'_>| read_client(client, protocol);
    Ok(Some(clients.into_iter().flatten().map(read).collect()))
}
