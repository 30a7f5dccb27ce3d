//! One purchase: its links by panel, with their ages, and how its last updates ended.
//!
//! ```text
//!  1041   user 77   ⚡ partial   5 links, 2 kept   expires 2027-02-28
//!  address  https://paytest.example.net/sub/af…f4
//!  de-1    2 links   fetched 14:01, 2 min ago   learned   compared 3 h ago
//!     vless://7b…9c@de1.example.net:443  Ali phone
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use super::signs;
use crate::api::purchases::{PastOutcome, PurchaseDetails, Slice};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::clock::Dated;
use crate::console::state::{Secrets, State};
use crate::console::words as said;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let Some(open) = &state.details else { return };
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    if open.found.is_none() {
        let text = open.refused.clone().unwrap_or_else(|| look.lang.say().reading_it());
        return words(look).plain(text).draw(buffer, area, 1);
    }
    let lines = lines(state, look);
    let most = lines.len().saturating_sub(usize::from(area.height));
    let mut shown = lines;
    shown.drain(..open.top.min(most));
    draw_lines(buffer, area, shown);
}

/// Everything on the screen, as far as it goes; nothing before it was read.
pub(super) fn lines(state: &State, look: Look) -> Vec<Words> {
    let found = state.details.as_ref().and_then(|open| open.found.as_ref());
    let Some(Dated { value: details, at }) = found else { return Vec::new() };
    let secrets = state.details.as_ref().map(|open| &open.secrets);
    let is_clear = matches!(secrets, Some(Secrets::Clear { .. }));
    let mut lines = head(state, look, details);
    lines.push(words(look));
    for slice in &details.slices {
        lines.push(slice_line(state, look, slice, *at));
        lines.extend(slice.links.iter().map(|link| {
            let text = if is_clear { link.clone() } else { format::masked_link(link) };
            words(look).gap(3).plain(text)
        }));
    }
    if details.slices.is_empty() {
        lines.push(words(look).dim(look.lang.say().no_links_kept()));
    }
    lines.push(words(look));
    lines.push(words(look).tone(Tone::Title, look.lang.say().last_updates()));
    lines.extend(details.history.iter().map(|past| past_line(state, look, past)));
    if details.history.is_empty() {
        lines.push(words(look).dim(look.lang.say().none_yet()));
    }
    lines
}

fn head(state: &State, look: Look, details: &PurchaseDetails) -> Vec<Words> {
    let purchase = &details.purchase;
    let (sign, word) = signs::purchase(look, purchase.state);
    let user = purchase.user.map_or_else(|| look.glyphs.none.to_owned(), |user| user.to_string());
    let (lang, say) = (look.lang, look.lang.say());
    let count = say.links(purchase.links, format::count(lang, purchase.links));
    let kept = format!(", {}", say.kept_count(format::count(lang, purchase.kept)));
    let kept = Some(kept).filter(|_| purchase.kept > 0).unwrap_or_default();
    let expires =
        format::expiry(look.lang, purchase.expires_at, state.clock.now(), &state.clock.zone);
    let name = |text: String| words(look).dim(text).to(10);
    let first = words(look)
        .tone(Tone::Title, purchase.id.to_string())
        .gap(3)
        .plain(say.user(user))
        .gap(3)
        .sign(sign, word)
        .gap(3)
        .plain(format!("{count}{kept}"));
    let mut lines = vec![first, name(say.label_expires()).plain(expires)];
    let panels = purchase.panels.join(", ");
    let profile = purchase.profile.as_ref().map(|profile| format!("   {}", say.profile(profile)));
    lines.push(name(say.label_panels()).plain(panels + &profile.unwrap_or_default()));
    let in_clear = state.details.as_ref().and_then(|open| match &open.secrets {
        Secrets::Clear { address } => address.clone(),
        Secrets::Masked | Secrets::Asked(_) => None,
    });
    let address = in_clear.or_else(|| details.address.clone()).unwrap_or_else(|| say.no_address());
    lines.push(name(say.label_address()).plain(address));
    let tried = details.attempted_at.map(|at| {
        format!("{}   ", format::moment(look.lang, at, state.clock.now(), &state.clock.zone))
    });
    let tried = tried.unwrap_or_else(|| format!("{}   ", say.never()));
    lines.push(match &details.reason {
        Some(reason) => {
            name(say.label_tried()).plain(tried).tone(Tone::Warn, sentence(lang, reason, None))
        }
        None => name(say.label_tried()).plain(tried),
    });
    let compared = purchase
        .compared_at
        .map_or_else(|| say.never_with_own(), |at| say.with_own(moment_and_age(state, look, at)));
    lines.push(name(say.label_compared()).plain(compared));
    lines.extend(
        purchase.notes.iter().map(|note| name(say.label_note()).tone(Tone::Warn, note.clone())),
    );
    let [first, second] = by_hand(state, purchase.id);
    lines.push(name(say.label_by_hand()).dim(first));
    lines.push(name(String::new()).dim(second));
    lines
}

/// The command that updates a purchase without this program, in two lines.
pub(in crate::console) fn by_hand(state: &State, id: i64) -> [String; 2] {
    let key = "curl -X POST -H \"Authorization: Bearer $ADMIN_API_KEY\" \\";
    [key.to_owned(), format!("  {}/admin/update_configs/{id}", state.session.core_url)]
}

/// `11:02, 3 h ago`.
fn moment_and_age(state: &State, look: Look, at: jiff::Timestamp) -> String {
    let moment = format::moment(look.lang, at, state.clock.now(), &state.clock.zone);
    format!("{moment}, {}", look.lang.say().ago(state.clock.since(look.lang, at)))
}

fn slice_line(state: &State, look: Look, slice: &Slice, heard: jiff::Timestamp) -> Words {
    let (lang, say) = (look.lang, look.lang.say());
    let name = slice.panel.clone().unwrap_or_else(|| say.before_first_update());
    let count = slice.links.len() as u64;
    let links = say.links(count, format::count(lang, count));
    let line = words(look).tone(Tone::Title, name).gap(3).plain(links).gap(3);
    let at = slice
        .fetched_at
        .map(|at| format::moment(look.lang, at, state.clock.now(), &state.clock.zone));
    let line = match (at, slice.age_ms) {
        (Some(at), Some(age)) => {
            let ago = say.ago(state.clock.age(lang, heard, age));
            line.plain(format!("{}, {ago}", say.fetched(at)))
        }
        (Some(at), None) => line.plain(say.fetched(at)),
        (None, _) => line.tone(Tone::Warn, say.age_unknown()),
    };
    let line = match &slice.way {
        Some(way) => line.gap(3).dim(said::way(lang, way)),
        None => line,
    };
    let line = match slice.compared_at {
        Some(at) => line.gap(3).dim(say.compared_ago(state.clock.since(lang, at))),
        None if slice.panel.is_some() => line.gap(3).dim(say.never_compared()),
        None => line,
    };
    match (&slice.panel, slice.current) {
        (Some(_), false) => line.gap(3).dim(say.no_longer_its_panel()),
        (None, _) | (Some(_), true) => line,
    }
}

fn past_line(state: &State, look: Look, past: &PastOutcome) -> Words {
    let (sign, word) = signs::outcome(look, past.outcome, None);
    let at = format::moment(look.lang, past.at, state.clock.now(), &state.clock.zone);
    let line =
        words(look).gap(3).plain(at).to(21).dim(format!("#{}", past.job)).to(28).sign(sign, word);
    match &past.reason {
        Some(reason) => line.to(42).plain(sentence(look.lang, reason, None)),
        None => line,
    }
}
