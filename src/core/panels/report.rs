//! What is known of a panel, for those who look at it.

use super::admin::session::{Means, NoList};
use super::admin::words::{Api, Status};
use super::panel::{LastSurvey, Panel};
use crate::domain::way::Way;

/// See the head of this file.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// `3x-ui`, `x-ui`; `None` until its API answered.
    pub(crate) make: Option<&'static str>,
    /// As the panel says (3.x).
    pub(crate) version: Option<String>,
    /// How it is read.
    pub(crate) way: Way,
    /// Why not in a cheaper way; `None` if there is none, or nobody has looked yet.
    pub(crate) way_reason: Option<String>,
    /// Whether it lets us in.
    pub(crate) login: Login,
    /// How many customers its last list had.
    pub(crate) customers: Option<u64>,
    /// What it last said of its Xray.
    pub(crate) status: Option<Status>,
    /// What the last survey came to.
    pub(crate) survey: Option<LastSurvey>,
}

/// Whether a panel lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    /// Nobody has tried, or nobody was there.
    Unknown,
    /// User and password were taken.
    Password,
    /// A token was taken.
    Token,
    /// It refused them.
    Refused,
    /// It has no API of ours.
    NoApi,
}

impl Panel {
    /// What is known now.
    pub(crate) fn report(&self) -> Report {
        let login = self.login();
        let no_list = self.no_list();
        let learned = self.learned();
        Report {
            make: learned.api.map(Api::make),
            version: learned.status.as_ref().and_then(|status| status.version.clone()),
            way: way(learned.survey.as_ref(), learned.customers, no_list),
            way_reason: None,
            login,
            customers: learned.customers,
            status: learned.status.clone(),
            survey: learned.survey.clone(),
        }
        .with_reason(no_list, self.name())
    }

    /// How it is read.
    pub(crate) fn way(&self) -> Way {
        let no_list = self.no_list();
        let learned = self.learned();
        way(learned.survey.as_ref(), learned.customers, no_list)
    }

    /// Why there is no list, as the last try or an earlier core was told.
    fn no_list(&self) -> Option<NoList> {
        let refused = self.access().outcome().and_then(Result::err);
        refused.or(self.learned().no_list)
    }

    fn login(&self) -> Login {
        match self.access().outcome() {
            None => Login::Unknown,
            Some(Ok(Means::Password)) => Login::Password,
            Some(Ok(Means::Token)) => Login::Token,
            Some(Err(NoList::Failed(_))) => Login::Refused,
            Some(Err(NoList::Useless(_))) => Login::NoApi,
        }
    }
}

fn way(survey: Option<&LastSurvey>, customers: Option<u64>, no_list: Option<NoList>) -> Way {
    match (survey, customers, no_list) {
        (_, _, Some(_)) | (_, None, _) => Way::Subscription,
        (Some(survey), ..) => survey.way,
        (None, Some(_), None) => Way::PerClient,
    }
}

impl Report {
    fn with_reason(mut self, no_list: Option<NoList>, name: &str) -> Self {
        self.way_reason = match (self.way, no_list) {
            (Way::Links, _) | (Way::Subscription, None) => None,
            (Way::Learned, _) => {
                Some("it has no call that lists every link, or not the right ones".to_owned())
            }
            (Way::PerClient, _) if self.survey.is_none() => {
                Some("no update of many has read its lists yet".to_owned())
            }
            (Way::PerClient, _) => Some("its lists are right for none of its inbounds".to_owned()),
            (Way::Subscription, Some(NoList::Useless(why))) => Some(why.in_words().to_owned()),
            (Way::Subscription, Some(NoList::Failed(failure))) => Some(failure.about(name).text),
        };
        self
    }
}
