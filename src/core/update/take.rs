//! What of a panel's links is a purchase's, and under which name it is served.

use super::rules::{Name, Rules, Usage};
use crate::core::links::Names;
use crate::database::panels::Products;
use crate::domain::ids::PanelId;
use crate::domain::purchase::Purchase;
use crate::domain::remark::without_usage;
use crate::domain::share_link::ShareLink;

/// Leaves out links of inbounds that are not the profile's. When unsure, keeps.
pub(super) fn narrow<'a>(
    links: &'a [ShareLink],
    panel: PanelId,
    purchase: &Purchase,
    products: &Products,
) -> Vec<&'a ShareLink> {
    let all = || links.iter().collect::<Vec<_>>();
    let profile = purchase.profile.and_then(|profile| products.profiles.get(&profile));
    let (Some(profile), Some(synced)) = (profile, products.synced.get(&panel)) else {
        return all();
    };
    let is_wanted = |link: &ShareLink| {
        let mut matching = synced.iter().filter(|inbound| {
            inbound.port == i64::from(link.port()) && scheme_of(&inbound.protocol) == link.scheme()
        });
        let mut is_known = false;
        let belongs = matching.any(|inbound| {
            is_known = true;
            profile.inbounds.contains(&(panel, inbound.inbound))
        });
        belongs || !is_known
    };
    let wanted: Vec<&ShareLink> = links.iter().filter(|link| is_wanted(link)).collect();
    // Nothing left means that the bot's copy of the inbounds is old, not that nothing was sold.
    if wanted.is_empty() { all() } else { wanted }
}

/// The scheme of a protocol's links, where the words differ.
fn scheme_of(protocol: &str) -> &str {
    match protocol {
        "shadowsocks" => "ss",
        other => other,
    }
}

/// Gives each link the name that it is to bear; returns how many got another one than before.
pub(super) fn dress(links: Vec<&ShareLink>, names: &Names, rules: Rules) -> (Vec<String>, usize) {
    let mut renamed = 0;
    let lines = links.into_iter().map(|link| {
        let own = link.remark();
        let before = names.find(link);
        let chosen = match (rules.name, before) {
            (Name::Kept, Some(before)) => before,
            _ => own.as_str(),
        };
        let chosen = match rules.usage {
            Usage::Cut => without_usage(chosen),
            Usage::Shown => chosen.into(),
        };
        renamed += usize::from(
            before.is_some_and(|before| without_usage(before) != without_usage(&chosen)),
        );
        if chosen == own {
            link.as_str().to_owned()
        } else {
            link.with_remark(&chosen).as_str().to_owned()
        }
    });
    let lines = lines.collect();
    (lines, renamed)
}
