//! Every family of metrics that there is. `assets/grafana.json` shows them.

use std::fmt;

use jiff::Timestamp;

use super::Seen;
use super::sheet::{Labels, Sheet, value};
use crate::api::CheckState;
use crate::api::panels::{BreakerState, Panel, PanelState};
use crate::core::said::age;

/// Ages that links are told apart by, in milliseconds.
const AGES: [(&str, u64); 5] = [
    ("5m", 5 * 60_000),
    ("1h", 3_600_000),
    ("6h", 6 * 3_600_000),
    ("1d", 24 * 3_600_000),
    ("7d", 7 * 24 * 3_600_000),
];

const SECONDS_A_DAY: f64 = 24.0 * 60.0 * 60.0;

/// Every state that a check can be shown in.
const STATES: [CheckState; 4] =
    [CheckState::Ok, CheckState::Warn, CheckState::Crit, CheckState::Unknown];

const BREAKERS: [(BreakerState, &str); 3] = [
    (BreakerState::Closed, "closed"),
    (BreakerState::Open, "open"),
    (BreakerState::HalfOpen, "half_open"),
];

fn label(name: &'static str, text: &str) -> Labels {
    vec![(name, value(text))]
}

/// In seconds.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

impl Seen {
    pub(super) fn core(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let health = &self.health;
        let about = vec![
            ("version", value(&health.version)),
            ("role", value(&health.role)),
            ("database", value(&health.database.engine)),
        ];
        sheet.gauges("alamor_core_info", "The core that answers", [(about, 1_u64)])?;
        sheet.gauge(
            "alamor_uptime_seconds",
            "Since it started",
            Some(seconds(health.uptime_ms)),
        )?;
        let is_up = u64::from(health.database.state == CheckState::Ok);
        sheet.gauge("alamor_database_up", "Whether the database answers", Some(is_up))?;
        let readers = [
            (label("stream", "events"), self.event_readers as u64),
            (label("stream", "logs"), self.log_readers as u64),
        ];
        sheet.gauges("alamor_stream_readers", "Who listens to a stream of the core", readers)
    }

    pub(super) fn requests(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let answers = self.routes.iter().flat_map(|(route, totals)| {
            totals.answers.iter().map(move |((method, status), count)| {
                let mut labels = label("route", route);
                labels.extend([("method", (*method).to_owned()), ("status", status.to_string())]);
                (labels, *count)
            })
        });
        sheet.counters("alamor_http_requests", "Requests that were answered", answers)?;
        let times = self.routes.iter().map(|(route, totals)| {
            (label("route", route), totals.sum(), totals.count(), totals.buckets())
        });
        let help = "Time to the first byte of the answer";
        sheet.histograms("alamor_http_request_duration_seconds", help, times)
    }

    pub(super) fn updates(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let updates = self.updates.iter().map(|((how, outcome), count)| {
            (vec![("by", how.as_str().to_owned()), ("outcome", (*outcome).to_owned())], *count)
        });
        sheet.counters("alamor_updates", "Updates of a purchase that ended", updates)?;
        let jobs = self.jobs.iter().map(|(state, count)| (label("state", state), *count));
        sheet.counters("alamor_jobs", "Jobs that ended", jobs)?;
        let running = self.running.as_ref();
        let is_running = u64::from(running.is_some());
        sheet.gauge("alamor_job_running", "Whether a job runs", Some(is_running))?;
        let items = running.map(|job| [("done", job.done), ("open", job.total - job.done)]);
        let items = items.into_iter().flatten().map(|(state, n)| (label("state", state), n));
        sheet.gauges("alamor_job_items", "Items of the running job", items)?;
        let ended = self.ended.as_ref();
        let took = ended.map(|job| seconds(job.elapsed_ms));
        sheet.gauge("alamor_last_job_duration_seconds", "Time of the last job at work", took)?;
        let at = ended.and_then(|job| job.finished_at).map(Timestamp::as_second);
        sheet.gauge("alamor_last_job_finished_timestamp_seconds", "When it ended", at)?;
        let counts = ended.map(|job| {
            [
                ("success", job.success),
                ("failed", job.failed),
                ("connection_error", job.connection_error),
            ]
        });
        let counts = counts.into_iter().flatten().map(|(count, n)| (label("count", count), n));
        sheet.gauges("alamor_last_job_items", "Its items, as the bot counts them", counts)
    }

    pub(super) fn panels(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let up = self.of_panels(|panel| match panel.state {
            PanelState::Reachable => Some(1_u64),
            PanelState::Unreachable | PanelState::Failing | PanelState::Unusable => Some(0),
            PanelState::Unknown => None,
        });
        sheet.gauges("alamor_panel_up", "Whether its last answer made sense", up)?;
        let latency = self.of_panels(|panel| panel.latency_ms.map(seconds));
        sheet.gauges("alamor_panel_latency_seconds", "Median of its last answers", latency)?;
        let breakers = self.panels.iter().flat_map(|panel| {
            BREAKERS.into_iter().map(|(state, word)| {
                let mut labels = label("panel", &panel.name);
                labels.push(("state", word.to_owned()));
                (labels, u64::from(panel.breaker.state == state))
            })
        });
        sheet.gauges("alamor_panel_breaker", "1 at the position of its breaker", breakers)?;
        let purchases = self.of_panels(|panel| Some(panel.purchases));
        sheet.gauges("alamor_panel_purchases", "Active purchases that use it", purchases)?;
        let kept = self.of_panels(|panel| Some(panel.kept));
        sheet.gauges("alamor_panel_purchases_kept", "Those with older links of it", kept)?;
        let oldest = self.of_panels(|panel| panel.oldest_ms.map(seconds));
        sheet.gauges("alamor_panel_oldest_links_seconds", "Age of its oldest links", oldest)
    }

    fn of_panels<V>(
        &self,
        read: impl Fn(&Panel) -> Option<V>,
    ) -> impl Iterator<Item = (Labels, V)> {
        self.panels
            .iter()
            .filter_map(move |panel| Some((label("panel", &panel.name), read(panel)?)))
    }

    pub(super) fn links(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let counts = &self.health.purchases;
        let states = [
            ("fresh", counts.fresh),
            ("partial", counts.partial),
            ("kept", counts.kept),
            ("failed", counts.failed),
            ("never", counts.never),
            ("off_there", counts.off_there),
            ("disabled", counts.disabled),
        ];
        let states = states.map(|(state, count)| (label("state", state), count));
        sheet.gauges("alamor_purchases", "Purchases by what their links are worth", states)?;
        let ages: Vec<u64> = self.fetched.iter().flatten().map(|at| age(*at, self.now)).collect();
        let older = AGES.map(|(word, ms)| {
            (label("age", word), ages.iter().filter(|age| **age > ms).count() as u64)
        });
        let help = "Active purchases whose oldest links are older than that";
        sheet.gauges("alamor_purchases_older_than", help, older)?;
        let unknown = (self.fetched.len() - ages.len()) as u64;
        let help = "Active purchases without links, or whose age nobody knows";
        sheet.gauge("alamor_purchases_of_unknown_age", help, Some(unknown))?;
        let oldest = counts.oldest_ms.map(seconds);
        sheet.gauge("alamor_oldest_links_seconds", "Age of the oldest links served", oldest)
    }

    pub(super) fn checks(&self, sheet: &mut Sheet<'_>, now: Timestamp) -> fmt::Result {
        let checks = &self.health.checks;
        let states = STATES.map(|state| {
            let count = checks.iter().filter(|check| check.state == state).count();
            (label("state", state.as_str()), count as u64)
        });
        let help = "Checks by state; a panel's only if it is not well";
        sheet.gauges("alamor_checks", help, states)?;
        let each = checks.iter().map(|check| {
            let mut labels = label("check", &check.name);
            labels.push(("state", check.state.as_str().to_owned()));
            (labels, 1_u64)
        });
        sheet.gauges("alamor_check_state", "1 at the state of each check", each)?;
        let days = checks.iter().filter(|check| check.kind() == "tls").filter_map(|check| {
            let not_after: Timestamp = check.facts.get("not_after")?.parse().ok()?;
            let left = (not_after - now).total(jiff::Unit::Second).ok()? / SECONDS_A_DAY;
            Some((label("domain", check.subject().unwrap_or_default()), left))
        });
        let help = "Days until the served certificate ends; below 0 once it has";
        sheet.gauges("alamor_certificate_days_left", help, days)
    }

    /// Under the names that every exporter uses.
    pub(super) fn process(&self, sheet: &mut Sheet<'_>) -> fmt::Result {
        let vitals = self.vitals.as_ref();
        let memory = vitals.and_then(|vitals| vitals.memory_bytes);
        sheet.gauge("process_resident_memory_bytes", "Resident memory", memory)?;
        let open = vitals.and_then(|vitals| vitals.open_files);
        sheet.gauge("process_open_fds", "Open file descriptors", open)?;
        let most = vitals.and_then(|vitals| vitals.open_files_limit);
        sheet.gauge("process_max_fds", "Most that may be open", most)?;
        let threads = vitals.map(|vitals| vitals.threads);
        sheet.gauge("process_threads", "Threads", threads)?;
        let busy = vitals.map(|vitals| (Labels::new(), vitals.busy.as_secs_f64()));
        sheet.counters("process_cpu_seconds", "Time of processors used", busy)?;
        let start = self.health.started_at.as_second();
        sheet.gauge("process_start_time_seconds", "When the core started", Some(start))
    }
}
