//! How many requests there are, how long they take, how many fail: as a whole, and by route.
//!
//! ```text
//! http/measure.rs ─▶ Meter ─┬▶ window.rs: the last requests, the last minute ─▶ /api/v1/health
//!                           └▶ totals.rs: everything since the start ─────────▶ /metrics
//! ```
//!
//! Invariants:
//! - A route is its template, `/sub/{sub_id}`: what somebody asked for never stands here.
//! - What whoever asks can make up (a path, a method) is counted under one name: nothing grows.

mod window;
pub(crate) mod totals;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::Instant;

use self::totals::Totals;
use self::window::Window;
use crate::api::health::{Requests, RouteRequests};

/// How many requests percentiles are taken over, as a whole and for one route.
const REMEMBERED: usize = 1024;
const REMEMBERED_OF_ROUTE: usize = 256;

/// Routes that health leaves out: event streams end when somebody leaves, and what asks how we are
/// must not be what it hears of.
const UNMEASURED: [&str; 4] = ["/api/v1/events", "/api/v1/logs", "/api/v1/health", "/metrics"];

/// Counts requests.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    all: Window,
    routes: HashMap<Box<str>, Route>,
}

#[derive(Debug)]
struct Route {
    window: Window,
    totals: Totals,
}

impl Default for Meter {
    fn default() -> Self {
        let counts = Counts { all: Window::new(REMEMBERED), routes: HashMap::new() };
        Self { started: Instant::now(), counts: Mutex::new(counts) }
    }
}

impl Meter {
    /// A request to `route` was answered.
    pub(crate) fn count(
        &self,
        route: &str,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let second = self.started.elapsed().as_secs();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.add(second, route, (method, status), took);
    }

    /// What was counted lately.
    pub(crate) fn read(&self) -> Requests {
        let second = self.started.elapsed().as_secs();
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).read(second)
    }

    /// Everything since the start, by route.
    pub(crate) fn totals(&self) -> Vec<(Box<str>, Totals)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let totals = counts.routes.iter().map(|(name, route)| (name.clone(), route.totals.clone()));
        let mut totals: Vec<_> = totals.collect();
        totals.sort_by(|a, b| a.0.cmp(&b.0));
        totals
    }
}

impl Counts {
    fn add(&mut self, second: u64, name: &str, answer: (&'static str, StatusCode), took: Duration) {
        // Looked up before it is inserted: a name is copied once, not with every request.
        if !self.routes.contains_key(name) {
            self.routes.insert(name.into(), Route::new());
        }
        let failed = answer.1.is_server_error();
        let is_measured = !UNMEASURED.contains(&name);
        if let Some(route) = self.routes.get_mut(name) {
            route.totals.add(answer, took);
            if is_measured {
                route.window.add(second, took, failed);
            }
        }
        if is_measured {
            self.all.add(second, took, failed);
        }
    }

    fn read(&self, second: u64) -> Requests {
        let all = self.all.read(second);
        let lately = self.routes.iter().filter(|(name, _)| !UNMEASURED.contains(&name.as_ref()));
        let mut routes: Vec<RouteRequests> = lately
            .map(|(name, route)| {
                let read = route.window.read(second);
                RouteRequests {
                    route: name.to_string(),
                    per_second: read.per_second,
                    error_ratio: read.error_ratio,
                    p50_ms: read.p50_ms,
                    p99_ms: read.p99_ms,
                }
            })
            .collect();
        routes.sort_by(|a, b| a.route.cmp(&b.route));
        Requests {
            per_second: all.per_second,
            error_ratio: all.error_ratio,
            p50_ms: all.p50_ms,
            p99_ms: all.p99_ms,
            recent: self.all.recent(second),
            routes,
        }
    }
}

impl Route {
    fn new() -> Self {
        Self { window: Window::new(REMEMBERED_OF_ROUTE), totals: Totals::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(requests: &[(&str, u16)]) -> Requests {
        let mut counts = Counts { all: Window::new(REMEMBERED), routes: HashMap::new() };
        for (route, status) in requests {
            let status = StatusCode::from_u16(*status).unwrap();
            counts.add(0, route, ("GET", status), Duration::from_millis(4));
        }
        counts.read(1)
    }

    #[test]
    fn each_route_has_figures_of_its_own() {
        let read = counted(&[("/sub/{sub_id}", 200), ("/test", 500), ("/sub/{sub_id}", 404)]);
        let routes: Vec<_> =
            read.routes.iter().map(|route| (route.route.as_str(), route.error_ratio)).collect();
        assert_eq!(routes, [("/sub/{sub_id}", Some(0.0)), ("/test", Some(1.0))]);
        assert!((read.routes[0].per_second - 2.0).abs() < f64::EPSILON);
        assert!((read.per_second - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn asking_how_we_are_is_not_heard_of() {
        let read = counted(&[("/metrics", 200), ("/api/v1/health", 200)]);
        assert_eq!((read.routes.len(), read.p50_ms), (0, None));
    }
}
