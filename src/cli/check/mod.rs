//! `alamor check`: the ladder, with and without a running core.
//!
//! ```text
//! ✔ settings       .env read, key keeps the rule                         1 ms
//! ✖ tls            served certificate expired yesterday                 31 ms
//!                  do   systemctl reload nginx
//! · key            not tried
//! ```
//!
//! Exit code: 0 all is well or nobody can see it, 1 somebody should look, 2 something does not work.

mod fix;
mod ladder;
mod report;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use url::Host;

use self::ladder::{Ladder, wanted};
use super::args::{self, Args};
use super::stop::Stop;
use super::table::Paper;
use super::{attach, output, rungs};
use crate::api::Check;
use crate::config::here::is_local;
use crate::config::{Settings, Violations};
use crate::console::Lang;
use crate::core::probes::machine::names::Resolved;
use crate::core::probes::watch::plausible;
use crate::core::probes::{Found, Looker, Sight, named};
use crate::database::domains;

/// Climbs, and prints each rung as soon as it is known.
pub(super) async fn run(
    args: &Args,
    options: &args::Check,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let loaded = Settings::load(&super::source(args));
    let ladder = stand(&loaded, options).await;
    let given = loaded.as_ref().err().map(broken_settings);
    let paper = Paper::detect(lang);
    let mut climbed = Vec::new();
    let mut stop = Stop::watch()?;
    let report = options.report.as_deref().map(report::create).transpose()?;
    let climb = ladder.climb(given, |check| {
        let is_printed = options.report.is_none();
        let printed = match (is_printed, options.json) {
            (false, _) => Ok(()),
            (true, true) => output::data(&serde_json::to_string(&check)?),
            (true, false) => output::data(&rungs::lines(&check, paper).join("\n")),
        };
        climbed.push(check);
        printed
    });
    let worst = tokio::select! {
        worst = climb => worst?,
        // Whatever a probe has started ends with it.
        name = stop.heard() => bail!("stopped by {name}"),
    };
    if let Some(report) = report {
        let file = report.write(&climbed, loaded.as_ref().ok())?;
        output::note(&lang.say().check_reported(file.display().to_string()));
    }
    if options.fix {
        fix::offer(&climbed, lang).await?;
    }
    Ok(rungs::exit_code(worst))
}

/// What the ladder stands on.
async fn stand(loaded: &Result<Settings, Violations>, options: &args::Check) -> Ladder {
    let rungs = wanted(options.from.as_deref(), options.public);
    let Ok(settings) = loaded else {
        return Ladder { sight: None, client: None, is_remote: false, rungs };
    };
    // Without a key no core answers, and the rung of the key says so.
    let client = attach::client(settings).ok();
    let is_bind = match settings.core_url.host() {
        Some(Host::Ipv4(ip)) => ip == settings.bind.ip(),
        Some(Host::Ipv6(ip)) => ip == settings.bind.ip(),
        Some(Host::Domain(_)) | None => false,
    };
    let is_remote = !is_local(&settings.core_url) && !is_bind;
    let place = crate::core::place(settings);
    let domains = domains::find(&place).await;
    let sight = Sight {
        settings: Arc::new(settings.clone()),
        listen: settings.bind,
        looker: Looker::operator(),
        domains: plausible(&domains),
        resolved: Resolved::default(),
    };
    Ladder { sight: Some(sight), client, is_remote, rungs }
}

/// Settings that cannot be read are the first rung's fault; every violation is its evidence.
fn broken_settings(violations: &Violations) -> Check {
    let mut all = violations.iter();
    let first =
        all.next().map(|first| (format!("{}: {}", first.place, first.what), first.fix.clone()));
    let (what, fix) = first.unwrap_or_default();
    let more = all.count();
    let what = if more == 0 { what } else { format!("{what}; and {more} more") };
    let lines =
        violations.iter().map(|each| format!("{}: {}; {}", each.place, each.what, each.fix));
    let found = Found::crit(what, fix).with_details(lines);
    named("settings".to_owned(), found, Duration::ZERO, Looker::operator())
}
