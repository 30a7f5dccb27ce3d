//! How the links of one inbound are made, and whether what is made is right.

use super::Why;
use super::attribution::{Lesson, Told};
use crate::domain::inventory::Client;
use crate::domain::pattern::{Pattern, same};
use crate::domain::share_link::ShareLink;

/// What was found out about an inbound.
pub(super) enum Maker {
    /// The panel's list of links is right; each client has so many.
    Links(usize),
    /// One pattern for each link of a client.
    Patterns(Vec<Pattern>),
    /// Only the clients' own subscriptions are.
    PerClient(Why),
}

/// Compares the panel's list of links with what was read. `None` if they differ.
pub(super) fn by_links(lessons: &[&Lesson], listed: &[Option<Told<'_>>]) -> Option<Maker> {
    let count = lessons.first()?.links.len();
    let is_listed = lessons.iter().zip(listed).all(|(lesson, listed)| {
        let listed = listed.as_ref().and_then(|told| told.links_of(lesson.inbound, &lesson.client));
        let links: Vec<&ShareLink> = listed.into_iter().flatten().collect();
        lesson.links.len() == count && are_same(&links, &lesson.links)
    });
    is_listed.then_some(Maker::Links(count))
}

/// Learns from one client and checks with all others, each in its turn; `lessons` are of two
/// customers or more. Who has the teacher's secret checks nothing.
///
/// A client with a `flow` teaches more than one without: those are tried first.
pub(super) fn by_pattern(lessons: &[&Lesson]) -> Maker {
    let mut teachers = lessons.to_vec();
    teachers.sort_by_key(|lesson| lesson.client.flow.is_empty());
    let mut why = Why::NotLearned;
    for teacher in teachers {
        let Some(learned) = learn(teacher) else { continue };
        let mut others =
            lessons.iter().filter(|other| other.client.secret != teacher.client.secret).peekable();
        if others.peek().is_none() {
            why = Why::OneSecret;
            continue;
        }
        why = Why::Differs;
        let checked = others.try_fold(learned, |patterns, other| checked(&patterns, other));
        if let Some(patterns) = checked {
            return Maker::Patterns(patterns);
        }
    }
    Maker::PerClient(why)
}

fn learn(lesson: &Lesson) -> Option<Vec<Pattern>> {
    lesson.links.iter().map(|link| Pattern::learn(link, &lesson.client)).collect()
}

/// The patterns, narrowed by another client's links, if they make these.
fn checked(patterns: &[Pattern], lesson: &Lesson) -> Option<Vec<Pattern>> {
    if patterns.len() != lesson.links.len() {
        return None;
    }
    let pairs = patterns.iter().zip(&lesson.links);
    let narrowed: Option<Vec<Pattern>> =
        pairs.map(|(pattern, link)| pattern.narrowed(link, &lesson.client)).collect();
    let narrowed = narrowed?;
    let made = make(&narrowed, &lesson.client)?;
    are_same(&made.iter().collect::<Vec<_>>(), &lesson.links).then_some(narrowed)
}

/// A client's links. `None` if one of them is not sure.
pub(super) fn make(patterns: &[Pattern], client: &Client) -> Option<Vec<ShareLink>> {
    patterns.iter().map(|pattern| pattern.make(client)).collect()
}

/// Whether these are the same links, in whatever order.
fn are_same(some: &[&ShareLink], others: &[ShareLink]) -> bool {
    let mut left: Vec<&ShareLink> = others.iter().collect();
    some.len() == others.len()
        && some.iter().all(|link| {
            let found = left.iter().position(|other| same(link, other));
            found.map(|at| left.swap_remove(at)).is_some()
        })
}
