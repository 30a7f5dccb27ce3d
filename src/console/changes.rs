//! What would become of links, a line each: the same on a screen and on a command's output.
//!
//! ```text
//! - removed   trojan://old.example.net:443  Ali
//! ~ replaced  vless://de1.example.net:443 -> vless://de2.example.net:8443  Ali
//! ~ renamed   vless://de1.example.net:443  Ali -> Sara
//! + added     vless://de3.example.net:443  Sara
//! ```
//!
//! Invariant: no secret of a link.

use unicode_width::UnicodeWidthStr;

use super::format;
use super::lang::Lang;
use crate::api::changes::{Change, Changes, Link, LinkChange};

/// The sign in front of a change.
pub(crate) fn sign(change: Change) -> &'static str {
    match change {
        Change::Removed => "-",
        Change::Replaced | Change::Renamed => "~",
        Change::Added => "+",
        Change::Kept => "=",
    }
}

/// `removed`, `renamed`, …
fn word(lang: Lang, change: Change) -> String {
    let say = lang.say();
    match change {
        Change::Removed => say.change_removed(),
        Change::Replaced => say.change_replaced(),
        Change::Renamed => say.change_renamed(),
        Change::Added => say.change_added(),
        Change::Kept => say.change_kept(),
    }
}

/// One link before and after, without its secret.
pub(crate) fn line(lang: Lang, link: &LinkChange) -> String {
    let [place, name] = place_and_name(link);
    let name = if name.is_empty() { name } else { format!("  {name}") };
    format!("{}{place}{name}", head(lang, link))
}

/// The same in rows of `width` cells, as far as places and names have them.
pub(crate) fn rows(lang: Lang, link: &LinkChange, width: usize) -> Vec<String> {
    let whole = line(lang, link);
    if whole.width() <= width {
        return vec![whole];
    }
    let ([place, name], head) = (place_and_name(link), head(lang, link));
    let indent = " ".repeat(head.width());
    let place = split(&place, width.saturating_sub(indent.len()));
    let name = split(&name, width.saturating_sub(indent.len()));
    let rows = place.into_iter().chain(name).enumerate();
    rows.map(|(index, row)| format!("{}{row}", if index == 0 { &head } else { &indent })).collect()
}

/// `a -> b` in one row or in two; nothing of an empty one.
fn split(text: &str, width: usize) -> Vec<String> {
    match text.split_once(ARROW) {
        Some((before, after)) if text.width() > width => {
            vec![before.to_owned(), format!("{}{after}", ARROW.trim_start())]
        }
        _ if text.is_empty() => Vec::new(),
        _ => vec![text.to_owned()],
    }
}

/// `~ renamed   `.
fn head(lang: Lang, link: &LinkChange) -> String {
    let all = [Change::Removed, Change::Replaced, Change::Renamed, Change::Added, Change::Kept];
    let widest = all.map(|change| word(lang, change).width()).into_iter().max().unwrap_or(0);
    let word = word(lang, link.change);
    let blanks = " ".repeat(widest.saturating_sub(word.width()));
    format!("{} {word}{blanks}  ", sign(link.change))
}

fn place_and_name(link: &LinkChange) -> [String; 2] {
    match (&link.before, &link.after) {
        (Some(before), Some(after)) => [
            before_and_after(&place(before), &place(after)),
            before_and_after(&before.remark, &after.remark),
        ],
        (Some(link), None) | (None, Some(link)) => [place(link), link.remark.clone()],
        (None, None) => [String::new(), String::new()],
    }
}

/// Between what is and what would be.
const ARROW: &str = " -> ";

/// `a -> b`; only one of them where they are the same.
fn before_and_after(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before}{ARROW}{after}") }
}

/// `vless://de1.example.net:443`: an IPv6 address in brackets.
fn place(link: &Link) -> String {
    let Link { scheme, host, port, .. } = link;
    if host.contains(':') {
        return format!("{scheme}://[{host}]:{port}");
    }
    format!("{scheme}://{host}:{port}")
}

/// `1 removed, 2 renamed, 3 kept`: what there is none of is left out.
pub(crate) fn summary(lang: Lang, changes: &Changes) -> String {
    let counts = [
        (changes.removed, Change::Removed),
        (changes.replaced, Change::Replaced),
        (changes.renamed, Change::Renamed),
        (changes.added, Change::Added),
        (changes.kept, Change::Kept),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let said = counts
        .map(|(count, change)| format!("{} {}", format::count(lang, count), word(lang, change)));
    let said: Vec<_> = said.collect();
    let comma = if lang == Lang::Fa { "، " } else { ", " };
    if said.is_empty() { lang.say().none() } else { said.join(comma) }
}

/// `-1 ~2 +3`: the same in a few cells; empty where nothing would change.
pub(crate) fn in_short(changes: &Changes) -> String {
    let counts = [
        (Change::Removed, changes.removed),
        (Change::Renamed, changes.replaced + changes.renamed),
        (Change::Added, changes.added),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(change, count)| format!("{}{count}", sign(change))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(host: &str, remark: &str) -> Link {
        Link {
            scheme: "vless".into(),
            host: host.into(),
            port: 443,
            remark: remark.into(),
            text: Some("vless://s3cret@x:1".into()),
        }
    }

    #[test]
    fn a_change_is_one_line_without_a_secret() {
        let said = |change, before, after| line(Lang::En, &LinkChange { change, before, after });
        assert_eq!(
            said(Change::Removed, Some(link("h", "Ali")), None),
            "- removed   vless://h:443  Ali"
        );
        assert_eq!(
            said(Change::Renamed, Some(link("h", "Ali")), Some(link("h", "Sara"))),
            "~ renamed   vless://h:443  Ali -> Sara"
        );
        assert_eq!(
            said(Change::Replaced, Some(link("h", "")), Some(link("::1", ""))),
            "~ replaced  vless://h:443 -> vless://[::1]:443"
        );
        assert_eq!(
            said(Change::Kept, Some(link("h", "A")), Some(link("h", "A"))),
            "= kept      vless://h:443  A"
        );
    }

    #[test]
    fn what_is_too_long_for_a_row_goes_on_below() {
        let (before, after) = (Some(link("host.example.net", "Ali")), Some(link("h", "Sara")));
        let change = LinkChange { change: Change::Replaced, before, after };
        assert_eq!(rows(Lang::En, &change, 80).len(), 1);
        assert_eq!(
            rows(Lang::En, &change, 66),
            [
                "~ replaced  vless://host.example.net:443 -> vless://h:443",
                "            Ali -> Sara"
            ]
        );
        assert_eq!(
            rows(Lang::En, &change, 40),
            [
                "~ replaced  vless://host.example.net:443",
                "            -> vless://h:443",
                "            Ali -> Sara"
            ]
        );
    }

    #[test]
    fn counts_leave_out_what_there_is_none_of() {
        let changes = Changes { removed: 1, renamed: 2, kept: 3, ..Changes::default() };
        assert_eq!(summary(Lang::En, &changes), "1 removed, 2 renamed, 3 kept");
        assert_eq!(in_short(&changes), "-1 ~2");
        assert_eq!(in_short(&Changes::default()), "");
    }
}
