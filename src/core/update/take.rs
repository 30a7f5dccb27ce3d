//! What of a panel's links is a purchase's, and under which name it is served.

use super::rules::{Name, Rules, Usage};
use crate::core::links::Names;
use crate::core::panels::given::Given;
use crate::database::panels::{Products, SyncedInbound};
use crate::database::purchases::Known;
use crate::domain::ids::PanelId;
use crate::domain::inventory::is_scheme_of;
use crate::domain::remark::without_usage;
use crate::domain::share_link::ShareLink;

/// Leaves out links of inbounds that are not the profile's. When unsure, keeps.
pub(super) fn narrow(
    given: &Given,
    panel: PanelId,
    known: &Known,
    products: &Products,
) -> Vec<ShareLink> {
    let profile = known.purchase.profile.and_then(|profile| products.profiles.get(&profile));
    let Some(profile) = profile else { return given.links.clone() };
    let is_wanted = |link: &ShareLink| {
        let is_sold = |inbound: i64| profile.inbounds.contains(&(panel, inbound));
        let of_client = inbounds_of_client(given, link);
        if !of_client.is_empty() {
            return of_client.into_iter().any(is_sold);
        }
        if known.keys.secrets.iter().any(|secret| secret == link.secret()) {
            return true;
        }
        let synced = inbounds_by_port(link, products.synced.get(&panel));
        synced.is_empty() || synced.into_iter().any(is_sold)
    };
    let wanted: Vec<ShareLink> =
        given.links.iter().filter(|link| is_wanted(link)).cloned().collect();
    // Nothing left means that the bot's copy of the inbounds is old, not that nothing was sold.
    if wanted.is_empty() { given.links.clone() } else { wanted }
}

/// The inbounds in which the panel's list has the purchase's client with this link's secret; where
/// these are several, those of them at the link's port, if any is.
fn inbounds_of_client(given: &Given, link: &ShareLink) -> Vec<i64> {
    let (Some(inventory), Some(client)) = (&given.inventory, &given.client) else {
        return Vec::new();
    };
    let own: Vec<_> = inventory
        .clients_of(client)
        .filter(|(inbound, client)| {
            client.secret == link.secret() && is_scheme_of(link.scheme(), &inbound.protocol)
        })
        .map(|(inbound, _)| (inbound.id, inbound.port))
        .collect();
    let there: Vec<i64> =
        own.iter().filter(|(_, port)| *port == link.port()).map(|(id, _)| *id).collect();
    if there.is_empty() { own.into_iter().map(|(id, _)| id).collect() } else { there }
}

/// The inbounds that the bot's copy has for this link's port and protocol.
fn inbounds_by_port(link: &ShareLink, synced: Option<&Vec<SyncedInbound>>) -> Vec<i64> {
    let synced = synced.into_iter().flatten().filter(|inbound| {
        inbound.port == i64::from(link.port()) && is_scheme_of(link.scheme(), &inbound.protocol)
    });
    synced.map(|inbound| inbound.inbound).collect()
}

/// Gives each link the name that it is to bear; returns how many got another one than before.
pub(super) fn dress(links: Vec<ShareLink>, names: &Names, rules: Rules) -> (Vec<ShareLink>, usize) {
    let mut renamed = 0;
    let dressed = links.into_iter().map(|link| {
        let own = link.remark();
        let before = names.find(&link);
        let chosen = match (rules.name, before) {
            (Name::Kept, Some(before)) => before,
            _ => own,
        };
        let chosen = match rules.usage {
            Usage::Cut => without_usage(chosen),
            Usage::Shown => chosen,
        };
        renamed += usize::from(
            before.is_some_and(|before| without_usage(before) != without_usage(chosen)),
        );
        if chosen == own { link } else { link.with_remark(chosen) }
    });
    let dressed = dressed.collect();
    (dressed, renamed)
}
