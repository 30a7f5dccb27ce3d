//! A link that looks like a URL, cut into its raw pieces: put together they are the link again.
//!
//! ```text
//! vless://  1b2c…  @de.example.net:443  ?flow=…&type=tcp  #DE-in1.u42
//! scheme    userinfo  place              query             fragment
//! ```
//!
//! Deliberately absent: links that are Base64 as a whole, and `tg://`: they have no such pieces.

use super::ShareLink;
use super::parts::percent_decoded;
use super::url_form::UrlForm;

/// The pieces as they are written; `?` and `#` are in none.
#[derive(Clone, Copy)]
pub(in crate::domain) struct Anatomy<'a> {
    /// With its `://`.
    pub(in crate::domain) scheme: &'a str,
    /// What stands before the `@`.
    pub(in crate::domain) userinfo: &'a str,
    /// The `@`, the address and the path.
    pub(in crate::domain) place: &'a str,
    pub(in crate::domain) query: Option<&'a str>,
    pub(in crate::domain) fragment: Option<&'a str>,
}

impl ShareLink {
    /// The pieces of a link with a user info; `None` if it has none.
    pub(in crate::domain) fn anatomy(&self) -> Option<Anatomy<'_>> {
        let (scheme, rest) = self.as_str().split_at(self.as_str().find("://")? + 3);
        // Any port: whether one is needed was decided when the link was read.
        let userinfo = UrlForm::split(rest).find_address(Some(1))?.userinfo;
        let (before, fragment) = cut(rest, '#');
        let (body, query) = cut(before, '?');
        Some(Anatomy { scheme, userinfo, place: body.get(userinfo.len()..)?, query, fragment })
    }

    /// A field of the query, decoded. `None` for links without a query, such as `vmess://`.
    #[must_use]
    pub fn find_query(&self, key: &str) -> Option<String> {
        let query = cut(cut(self.as_str(), '#').0, '?').1?;
        let value = query.split('&').find_map(|pair| value_of(pair, key))?;
        Some(percent_decoded(&value.replace('+', " ")))
    }

    /// This link with the fields `keys` of its query as `other` has them, all else byte for byte.
    ///
    /// `None` if one of the two has a field that the other has not.
    #[must_use]
    pub fn with_query_of(&self, other: &Self, keys: &[&str]) -> Option<Self> {
        let (mine, its) = (self.anatomy()?, other.anatomy()?);
        let mut query = mine.query?.to_owned();
        for key in keys {
            let find = |query: Option<&str>| {
                let pairs = query.unwrap_or_default().split('&');
                pairs.map(str::to_owned).find(|pair| value_of(pair, key).is_some())
            };
            match (find(mine.query), find(its.query)) {
                (None, None) => {}
                (Some(_), Some(kept)) => query = with_pair(&query, key, Some(&kept)),
                (Some(_), None) | (None, Some(_)) => return None,
            }
        }
        let made = Anatomy { query: Some(&query), ..mine };
        Self::parse(&made.text()).ok()
    }
}

impl Anatomy<'_> {
    /// The link.
    pub(in crate::domain) fn text(&self) -> String {
        let pieces = [self.scheme, self.userinfo, self.place];
        let others = [self.query, self.fragment].into_iter().flatten();
        let length = pieces.into_iter().chain(others).map(|piece| piece.len() + 1).sum();
        let mut text = String::with_capacity(length);
        text.extend(pieces);
        for (mark, piece) in [('?', self.query), ('#', self.fragment)] {
            if let Some(piece) = piece {
                text.push(mark);
                text.push_str(piece);
            }
        }
        text
    }
}

/// The raw value of a pair of a query, if this is its key.
pub(in crate::domain) fn value_of<'a>(pair: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name == key).then_some(value)
}

/// A raw query with the pair of this key replaced, or dropped.
pub(in crate::domain) fn with_pair(query: &str, key: &str, pair: Option<&str>) -> String {
    let pairs = query.split('&');
    let replaced =
        pairs.filter_map(|old| if value_of(old, key).is_some() { pair } else { Some(old) });
    replaced.collect::<Vec<_>>().join("&")
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> ShareLink {
        ShareLink::parse(text).unwrap()
    }

    #[test]
    fn the_pieces_put_together_are_the_link() {
        for text in [
            "vless://u@h:1?a=b&c#r",
            "trojan://9f/+=@h:1#FR/x",
            "hysteria2://u:p@h?sni=x",
            "ss://YTpi@h:1",
            "vless://u@[::1]:1/path?#",
        ] {
            assert_eq!(link(text).anatomy().unwrap().text(), text);
        }
        let link = link("trojan://a@b/+=@h:1/p?a=%2Fb+c#r");
        let pieces = link.anatomy().unwrap();
        assert_eq!((pieces.userinfo, pieces.place), ("a@b/+=", "@h:1/p"));
        assert_eq!(link.find_query("a").as_deref(), Some("/b c"));
    }

    #[test]
    fn links_in_one_piece_have_no_pieces() {
        for text in ["tg://proxy?server=h&port=1&secret=s", "ss://YWVzOnBAaDox#r"] {
            assert!(link(text).anatomy().is_none(), "{text}");
        }
    }

    #[test]
    fn fields_are_taken_over_where_both_have_them() {
        let (new, kept) =
            (link("vless://u@h:1?sid=a&sni=x&type=tcp#n"), link("vless://u@h:1?sni=%79&sid=b"));
        let made = new.with_query_of(&kept, &["sni", "sid", "spx"]).unwrap();
        assert_eq!(made.as_str(), "vless://u@h:1?sid=b&sni=%79&type=tcp#n");
        assert!(new.with_query_of(&link("vless://u@h:1?sid=b"), &["sni", "sid"]).is_none());
    }
}
