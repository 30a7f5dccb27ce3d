//! One panel's part in the decision about one purchase.
//!
//! ```text
//! given ─▶ the profile's inbounds ─▶ steady random fields ─▶ names ─▶ slice
//!              + what a list cannot explain, from the old slice
//! ```

use std::sync::Arc;

use crate::core::links::{Names, Parsed};
use crate::core::panels::given::Given;
use crate::core::update::judge::{Attempt, PanelAnswer};
use crate::core::update::take::{dress, narrow};
use crate::database::panels::Products;
use crate::database::purchases::Known;
use crate::domain::ids::PanelId;
use crate::domain::inventory::ClientOff;
use crate::domain::reason::PanelFailure;
use crate::domain::share_link::ShareLink;
use crate::domain::slice::{Mapping, Origin, Slice, Source};
use crate::domain::way::Way;

/// What a panel's part is judged by.
pub(super) struct Context<'a> {
    pub(super) known: &'a Known,
    /// The slices that there are.
    pub(super) before: &'a [Parsed],
    pub(super) products: &'a Products,
    /// The links that customers have now.
    pub(super) names: &'a Names,
    pub(super) attempt: &'a Attempt,
}

/// See the head of this file.
pub(super) struct Part {
    pub(super) panel: PanelId,
    pub(super) name: String,
    /// The slice that it contributes from now on.
    pub(super) slice: Option<Parsed>,
    pub(super) failure: Option<PanelFailure>,
    /// Why none of the purchase's clients works there, if none does.
    pub(super) off: Option<ClientOff>,
    /// How many links get another name.
    pub(super) renamed: usize,
    /// How many links stay that the panel's list does not hold.
    pub(super) unexplained: usize,
}

impl Part {
    pub(super) fn of(panel: PanelId, context: &Context<'_>) -> Self {
        let source = Source::Panel(panel);
        let old = context.before.iter().find(|old| old.slice.source == source);
        let answer = context.attempt.answers.iter().find(|answer| answer.panel == panel);
        let mut part = Self {
            panel,
            name: answer.map_or_else(|| format!("#{panel}"), |answer| answer.name.clone()),
            slice: old.cloned(),
            failure: None,
            off: None,
            renamed: 0,
            unexplained: 0,
        };
        match answer.map(|answer| (&answer.result, answer.asked_at)) {
            // Somebody asked later than we did, and was settled first.
            Some((Ok(_), asked_at))
                if old.is_some_and(|old| old.slice.fetched_at > Some(asked_at)) => {}
            // The bot gave it another client meanwhile: these links may be somebody else's by now.
            Some((Ok(_), _)) if !is_of(answer, context.known) => {
                part.failure = Some(PanelFailure::NotAsked);
            }
            Some((Ok(given), asked_at)) => part.take(given, asked_at, old, context),
            Some((Err(failure), _)) => part.failure = Some(*failure),
            // The bot gave the purchase another panel while its old ones were asked.
            None => part.failure = Some(PanelFailure::NotAsked),
        }
        part
    }

    fn take(&mut self, given: &Given, asked_at: i64, old: Option<&Parsed>, context: &Context<'_>) {
        let origin = origin(given, asked_at, old, context.known);
        self.off = given.off;
        if given.off.is_some() {
            // Its links work again when the client does: they stay as they are.
            if let Some(Parsed { slice, .. }) = &mut self.slice {
                let slice = Arc::make_mut(slice);
                let Origin { compared_at, per_client, .. } = slice.origin;
                slice.origin = Origin { compared_at, per_client, ..origin };
            }
            return;
        }
        let mut links: Vec<ShareLink> = narrow(given, self.panel, context.known, context.products);
        let kept = unexplained(given, &links, old);
        self.unexplained = kept.len();
        links.extend(kept);
        let links: Vec<ShareLink> =
            links.into_iter().map(|link| steady(given, link, context.names)).collect();
        let (links, renamed) = dress(links, context.names, context.attempt.rules);
        self.renamed = renamed;
        let slice = Slice {
            source: Source::Panel(self.panel),
            links: lines(&links),
            fetched_at: Some(asked_at),
            headers: given.headers.clone(),
            origin,
        };
        self.slice = Some(Parsed { slice: Arc::new(slice), links });
    }
}

fn lines(links: &[ShareLink]) -> String {
    let lines: Vec<&str> = links.iter().map(ShareLink::as_str).collect();
    lines.join("\n")
}

/// Whether the panel was asked about what the purchase still is.
fn is_of(answer: Option<&PanelAnswer>, known: &Known) -> bool {
    let asked = answer.and_then(|answer| answer.asked.as_ref());
    asked.is_none_or(|asked| known.is_still(asked))
}

/// The link with the random fields of the same link before, where the panel still draws these:
/// subscribers' apps take another one for a new server.
fn steady(given: &Given, link: ShareLink, names: &Names) -> ShareLink {
    let list = given.inventory.as_ref().or(given.choices.as_ref());
    let steadied =
        list.zip(names.find_same(&link)).and_then(|(list, kept)| list.steady(&link, kept));
    steadied.unwrap_or(link)
}

/// Old links that are not among the new ones, and of which the panel's list does not say why.
///
/// A list holds no links of one client only. And a client that is off, among others that are not,
/// keeps its links.
fn unexplained(given: &Given, new: &[ShareLink], old: Option<&Parsed>) -> Vec<ShareLink> {
    let (Some(inventory), Some(old)) = (&given.inventory, old) else { return Vec::new() };
    if !given.way.is_list() {
        return Vec::new();
    }
    let is_off = |link: &ShareLink| {
        let mut clients = given.client.iter().flat_map(|client| inventory.clients_of(client));
        clients.any(|(_, client)| client.off.is_some() && client.secret == link.secret())
    };
    let old = old.links.iter();
    old.filter(|link| new.iter().all(|one| one.identity() != link.identity()))
        .filter(|link| is_off(link) || !inventory.explains(link, new))
        .cloned()
        .collect()
}

/// How the slice was read, and what is remembered for the next time.
fn origin(given: &Given, asked_at: i64, old: Option<&Parsed>, known: &Known) -> Origin {
    let before = old.map(|old| old.slice.origin.clone()).unwrap_or_default();
    let keys = known.keys.digest();
    let found = given.client.clone().map(|sub_id| Mapping { sub_id, keys: keys.clone() });
    if given.way.is_list() {
        return Origin {
            way: Some(given.way),
            client: found,
            compared_at: before.compared_at,
            per_client: before.per_client,
        };
    }
    Origin {
        way: Some(given.way),
        client: found.or_else(|| before.client.clone().filter(|client| client.keys == keys)),
        compared_at: Some(asked_at),
        per_client: has_more(given, old),
    }
}

/// Whether the purchase's own subscription holds links that the panel's lists do not.
///
/// The list at hand says so. Without one, a link that was not there when a list was read last is
/// suspicious: the purchase is read by itself until a list is at hand again.
fn has_more(given: &Given, old: Option<&Parsed>) -> bool {
    if let (Some(inventory), Some(client)) = (&given.inventory, &given.client) {
        return given.links.iter().any(|link| inventory.owner(link) != Some(client));
    }
    let Some(old) = old else { return false };
    let Origin { way, per_client, .. } = old.slice.origin;
    if !way.is_some_and(Way::is_list) {
        return per_client;
    }
    let known: Vec<_> = old.links.iter().map(ShareLink::identity).collect();
    per_client || given.links.iter().any(|link| !known.contains(&link.identity()))
}
