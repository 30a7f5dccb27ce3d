//! The paths of the admin API, and what its answers say.
//!
//! Invariant: what a panel can do is read off the body of its answers, never off a status alone:
//! one version answers 200 and nothing on each path that it does not have (fact C19).

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::core::panels::wire::exchange::Heard;
use crate::domain::at_most::AtMost;

/// The two APIs that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// 3x-ui's, of every version.
    ThreeXui,
    /// Alireza's X-UI.
    Alireza,
}

impl Api {
    /// The one that is likely for a panel of the bot's `kind`, then the other.
    pub(crate) fn likely(kind: &str) -> [Self; 2] {
        match kind {
            "alireza" => [Self::Alireza, Self::ThreeXui],
            _ => [Self::ThreeXui, Self::Alireza],
        }
    }

    /// Where the list of inbounds is.
    pub(crate) fn list_path(self) -> &'static str {
        match self {
            Self::ThreeXui => "panel/api/inbounds/list",
            Self::Alireza => "xui/API/inbounds/",
        }
    }

    /// What operators call panels with this API.
    pub(crate) fn make(self) -> &'static str {
        match self {
            Self::ThreeXui => "3x-ui",
            Self::Alireza => "x-ui",
        }
    }
}

/// Where a token for the login form is (3.0 and later).
pub(crate) const CSRF_PATH: &str = "csrf-token";

/// Where the login form is posted to.
pub(crate) const LOGIN_PATH: &str = "login";

/// Where every link of the panel is (3.4 and later).
pub(crate) const ALL_LINKS_PATH: &str = "panel/api/inbounds/allLinks";

/// Where the state of the panel's machine and of its Xray is: 2.8 and later, and before.
pub(crate) const STATUS_PATHS: [(Method, &str); 2] =
    [(Method::GET, "panel/api/server/status"), (Method::POST, "server/status")];

/// An address of the API; `path` begins without a slash.
pub(crate) fn address(panel_url: &str, path: &str) -> String {
    format!("{}/{path}", panel_url.trim_end_matches('/'))
}

/// Why a panel's API is of no use to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Useless {
    /// The bot has no user for it.
    NoUser,
    /// It answers 403 whatever is asked.
    Forbidden,
    /// Its login is none.
    NoLogin,
    /// It lets us in, and has no list of inbounds.
    NoList,
    /// With our token, its API is as if it were not there.
    TokenOpensNothing,
}

impl Useless {
    /// One sentence about the panel.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::NoUser => "the bot's database has no user and password for it",
            Self::Forbidden => {
                "its web address answers 403: it takes another host name only (webDomain), or a \
                 firewall stands before it"
            }
            Self::NoLogin => {
                "there is no login of X-UI at its web address: another make, or another base path"
            }
            Self::NoList => "its API has no list of inbounds that we know",
            Self::TokenOpensNothing => {
                "its token in PANEL_TOKENS opens no list: a wrong token, another base path, or a \
                 panel before 3.0, which takes none"
            }
        }
    }
}

/// What a login form came back with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LoginAnswer {
    /// We are in.
    Taken,
    /// User, password or second factor are wrong, or we are locked out: panels do not say which.
    Refused,
    /// That was no login of X-UI.
    Useless(Useless),
}

/// Reads the answer to a login form.
pub(crate) fn login_answer(heard: &Heard) -> LoginAnswer {
    match heard.json().as_ref().and_then(|json| json.get("success")?.as_bool()) {
        Some(true) => LoginAnswer::Taken,
        Some(false) => LoginAnswer::Refused,
        None if heard.status == 403 => LoginAnswer::Useless(Useless::Forbidden),
        None => LoginAnswer::Useless(Useless::NoLogin),
    }
}

/// What a successful call carries; `None` if it was none.
fn object(heard: &Heard) -> Option<Value> {
    let Value::Object(mut json) = heard.json()? else { return None };
    (json.get("success")? == true).then(|| json.remove("obj"))?
}

/// Whether an answer begins as a list does; only who reads all of it knows.
pub(crate) fn is_likely_list(heard: &Heard) -> bool {
    heard.status.is_success() && heard.body.starts_with(br#"{"success":true"#)
}

/// The token for the login form; `None` where forms need none.
pub(crate) fn csrf_token(heard: &Heard) -> Option<String> {
    Some(object(heard)?.as_str()?.to_owned())
}

/// Most links that are read: as many as the largest list has room for.
const MOST_LINES: usize = 1_000_000;

/// The answer of the call that lists every link.
#[derive(Deserialize)]
struct Lines {
    success: bool,
    obj: Option<AtMost<String, MOST_LINES>>,
}

/// The lines of the call that lists every link; `None` where there is no such call, and where
/// there are too many.
pub(crate) fn lines(heard: &Heard) -> Option<Vec<String>> {
    let lines: Lines = serde_json::from_slice(&heard.body).ok()?;
    lines.obj.filter(|_| lines.success)?.all()
}

/// What a panel says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// `running`, `stop`, `error`.
    pub(crate) xray: String,
    /// Why, in the panel's own words.
    pub(crate) error: Option<String>,
    /// The panel's version, where it says so (3.x).
    pub(crate) version: Option<String>,
}

impl Status {
    /// Whether customers can connect.
    pub(crate) fn is_running(&self) -> bool {
        self.xray == "running"
    }
}

/// Longest error of Xray's that is kept, in characters: its last lines fill screens.
const LONGEST_ERROR: usize = 300;

/// Reads a status; `None` if that was none.
pub(crate) fn status(heard: &Heard) -> Option<Status> {
    let object = object(heard)?;
    let text = |value: &Value| {
        let text: String = value.as_str()?.trim().chars().take(LONGEST_ERROR).collect();
        (!text.is_empty()).then_some(text)
    };
    let xray = object.get("xray")?;
    Some(Status {
        xray: text(xray.get("state")?)?,
        error: xray.get("errorMsg").and_then(text),
        version: object.get("panelVersion").and_then(text),
    })
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::*;

    fn heard(status: u16, body: &str) -> Heard {
        Heard {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn a_login_is_told_by_its_body() {
        let check = |status, body, expected| {
            assert_eq!(login_answer(&heard(status, body)), expected, "{status} {body}");
        };
        check(200, r#"{"success":true,"msg":"","obj":null}"#, LoginAnswer::Taken);
        check(200, r#"{"success":false,"msg":"Wrong","obj":null}"#, LoginAnswer::Refused);
        check(401, r#"{"success":false}"#, LoginAnswer::Refused);
        for (status, body) in [(200, ""), (404, ""), (405, r#"{"detail":"no"}"#), (200, "<html>")] {
            check(status, body, LoginAnswer::Useless(Useless::NoLogin));
        }
        check(403, "", LoginAnswer::Useless(Useless::Forbidden));
    }

    #[test]
    fn nothing_is_no_answer_of_the_api_whatever_its_status() {
        for body in ["", "[]", "1", "{}", r#"{"success":false,"obj":"x"}"#, r#"{"obj":"x"}"#] {
            let heard = heard(200, body);
            assert_eq!((csrf_token(&heard), lines(&heard), status(&heard)), (None, None, None));
        }
        let good = |obj: &str| heard(200, &format!(r#"{{"success":true,"obj":{obj}}}"#));
        assert_eq!(csrf_token(&good(r#""abc""#)).as_deref(), Some("abc"));
        assert_eq!(lines(&good(r#"["a","b"]"#)).unwrap(), ["a", "b"]);
        assert_eq!(lines(&good(r#"["a",1]"#)), None);
        let stopped = status(&good(r#"{"xray":{"state":"stop","errorMsg":" "}}"#)).unwrap();
        assert_eq!((stopped.xray.as_str(), stopped.error, stopped.version), ("stop", None, None));
    }
}
