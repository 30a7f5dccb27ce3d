//! HTTP to a panel: one question, what came, and what an error of the network means.
//!
//! Invariants:
//! - A body is read up to its limit, counted after it was unpacked, and no further.
//! - No error holds an address, a cookie or a password.
//! - Nothing that we send says more of us than our name.
//!
//! Deliberately absent: limits, breakers, repetition; what an answer means.

pub(crate) mod exchange;
mod fault;
mod text;
pub(crate) mod subscription;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

/// Longest that connecting may take: three lost packets on a bad link.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The two ways to ask over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// For a panel's pages and API: follows nothing by itself, since a session and a password must
    /// not travel to wherever an answer points.
    pub(crate) api: Client,
    /// For subscriptions: follows redirects (fact C6).
    pub(crate) subscriptions: Client,
}

impl Clients {
    /// `idle` is how many connections to one panel are kept open.
    ///
    /// # Errors
    ///
    /// If the system's certificates cannot be read.
    pub(crate) fn new(idle: usize, is_verified: bool) -> Result<Self, reqwest::Error> {
        let builder = || builder(idle).danger_accept_invalid_certs(!is_verified);
        Ok(Self {
            api: builder().redirect(Policy::none()).build()?,
            subscriptions: builder().build()?,
        })
    }
}

fn builder(idle: usize) -> ClientBuilder {
    Client::builder()
        // A `Host` of our own, which one call needs, is HTTP/1.1's.
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(idle)
        .tcp_nodelay(true)
        // Neutral on purpose: an app's agent gets another format (fact C14).
        .user_agent(concat!("alamor/", env!("CARGO_PKG_VERSION")))
}
