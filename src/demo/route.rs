//! Which answer a request is after: read off port, method and path, whatever the make has of it.

use axum::http::Method;

/// One of a panel's two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Port {
    /// Web interface and API.
    Web,
    /// Subscriptions.
    Subscriptions,
}

/// What a request is after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// The subscription with this id.
    Subscription(String),
    /// The login page.
    Root,
    /// To log in.
    Login,
    /// A CSRF token.
    Csrf,
    /// Every inbound with its clients; of the line of 3x-ui or of Alireza's.
    List(Line),
    /// Every link.
    AllLinks,
    /// One client, by e-mail.
    Client(String),
    /// The panel's health; asked by GET or POST.
    Status(Method),
    /// A path under the base path that no panel has.
    UnknownPage,
    /// A path elsewhere.
    Nowhere,
}

/// Whose path a list was asked under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// `/panel/api/inbounds/list`
    ThreeXui,
    /// `/xui/API/inbounds/`
    Alireza,
}

/// Kinds of requests, as they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A login.
    Login,
    /// A CSRF token.
    Csrf,
    /// A list of inbounds.
    List,
    /// Every link.
    AllLinks,
    /// A subscription.
    Subscription,
    /// The panel's health.
    Status,
    /// Anything else.
    Other,
}

impl Route {
    /// Where `path` leads on `port` of a panel with this base path and this prefix.
    pub(super) fn of(port: Port, method: &Method, path: &str, base: &str, prefix: &str) -> Self {
        match port {
            Port::Subscriptions => match path.strip_prefix(prefix).filter(|id| !id.is_empty()) {
                Some(id) => Self::Subscription(id.to_owned()),
                None => Self::Nowhere,
            },
            Port::Web => match path.strip_prefix(base).filter(|rest| rest.starts_with('/')) {
                Some(rest) => Self::of_page(method, rest),
                None => Self::Nowhere,
            },
        }
    }

    fn of_page(method: &Method, page: &str) -> Self {
        let is_get = *method == Method::GET;
        match page {
            "/" => Self::Root,
            "/login" if *method == Method::POST => Self::Login,
            "/csrf-token" if is_get => Self::Csrf,
            "/panel/api/inbounds/list" if is_get => Self::List(Line::ThreeXui),
            "/xui/API/inbounds/" if is_get => Self::List(Line::Alireza),
            "/panel/api/inbounds/allLinks" if is_get => Self::AllLinks,
            "/panel/api/server/status" if is_get => Self::Status(Method::GET),
            "/server/status" if *method == Method::POST => Self::Status(Method::POST),
            _ => match page.strip_prefix("/panel/api/clients/get/") {
                Some(email) if is_get => Self::Client(email.to_owned()),
                _ => Self::UnknownPage,
            },
        }
    }

    /// What it counts as.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Subscription(_) => Kind::Subscription,
            Self::Login => Kind::Login,
            Self::Csrf => Kind::Csrf,
            Self::List(_) => Kind::List,
            Self::AllLinks => Kind::AllLinks,
            Self::Status(_) => Kind::Status,
            Self::Root | Self::Client(_) | Self::UnknownPage | Self::Nowhere => Kind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_where_it_leads_on_a_real_panel() {
        let web = |path| Route::of(Port::Web, &Method::GET, path, "/base", "/s/");
        assert_eq!(web("/base/"), Route::Root);
        assert_eq!(web("/base/panel/api/inbounds/list"), Route::List(Line::ThreeXui));
        assert_eq!(web("/base/s/alice"), Route::UnknownPage);
        assert_eq!(web("/baseline"), Route::Nowhere);
        assert_eq!(web("/s/alice"), Route::Nowhere);
        let sub = |path| Route::of(Port::Subscriptions, &Method::GET, path, "/base", "/s/");
        assert_eq!(sub("/s/alice"), Route::Subscription("alice".to_owned()));
        assert_eq!(sub("/s/"), Route::Nowhere);
        assert_eq!(sub("/base/"), Route::Nowhere);
    }
}
