//! `alamor logs`: the core's log, for people and for scripts.
//!
//! ```text
//! 2026-11-24 14:03:12 WARN  core::panels  fr-2 refused the connection  panel=fr-2
//! ```

use std::process::ExitCode;

use jiff::tz::TimeZone;

use super::args::NewLevel;
use super::stop::Stop;
use super::{args, attach, output};
use crate::api::logs::{Level, Record};
use crate::client::{Client, ClientError, LogHeard, LogsQuery, Pace};
use crate::config::Settings;
use crate::console::Lang;
use crate::console::format;
use crate::console::reasons::of_client;
use crate::console::text::tame;

/// Prints the newest records; with `--follow` goes on until it is stopped, which is no failure.
pub(super) async fn run(
    options: &args::Logs,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    if let Some(wanted) = options.set_level {
        return set_level(&client, wanted, lang).await;
    }
    if options.follow {
        follow(&client, options, lang).await
    } else {
        list(&client, options, lang).await
    }
}

/// Prints the filter that is in use now.
async fn set_level(client: &Client, wanted: NewLevel, lang: Lang) -> anyhow::Result<ExitCode> {
    let level = match wanted {
        NewLevel::Setting => None,
        NewLevel::To(level) => Some(level),
    };
    match client.set_log_level(level).await {
        Ok(now) => output::data(&tame(&now.filter))?,
        Err(error) => return refused(error, lang),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, options: &args::Logs, lang: Lang) -> anyhow::Result<ExitCode> {
    let page = match client.list_logs(&query(options)).await {
        Ok(page) => page,
        Err(error) => return refused(error, lang),
    };
    for record in &page.items {
        print(record, options.json)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn follow(client: &Client, options: &args::Logs, lang: Lang) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::watch()?;
    // Fails at once, and says why, where a stream would go on trying.
    if let Err(error) = client.get_health().await {
        return refused(error, lang);
    }
    let mut logs = client.logs(query(options), Pace::default());
    loop {
        let heard = tokio::select! {
            heard = logs.hear() => heard,
            _ = stop.heard() => return Ok(ExitCode::SUCCESS),
        };
        match heard {
            Some(LogHeard::Record { record, .. }) => print(&record, options.json)?,
            Some(LogHeard::Missed(records)) => {
                output::note(&lang.say().logs_missed(records, format::count(lang, records)));
            }
            Some(LogHeard::Lost { cause }) => {
                output::note(&lang.say().connection_lost(of_client(lang, &cause)));
            }
            Some(LogHeard::Connected | LogHeard::Retrying { .. }) => {}
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// A core that is not reached may have said why before it ended.
fn refused(error: ClientError, lang: Lang) -> anyhow::Result<ExitCode> {
    if !matches!(error, ClientError::NotReached { .. }) {
        return Err(error.into());
    }
    let elsewhere = lang.say().logs_elsewhere();
    output::note(&format!("alamor: {}. {elsewhere}", of_client(lang, &error)));
    Ok(ExitCode::from(2))
}

fn query(options: &args::Logs) -> LogsQuery {
    LogsQuery {
        level: options.level.map(Level::as_str),
        target: options.target.clone(),
        grep: options.grep.clone(),
        after: None,
        limit: Some(options.lines),
    }
}

fn print(record: &Record, json: bool) -> anyhow::Result<()> {
    output::data(&if json {
        serde_json::to_string(record)?
    } else {
        line(record, &TimeZone::system())
    })
}

/// One record as one line, in which nothing moves a cursor.
fn line(record: &Record, zone: &TimeZone) -> String {
    let at = record.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
    let level = record.level.as_str().to_uppercase();
    let target = record.target.strip_prefix("alamor::").unwrap_or(&record.target);
    let fields = record.fields.iter().map(|(name, value)| format!(" {name}={value}"));
    let fields: String = fields.collect();
    let gap = if fields.is_empty() { "" } else { " " };
    tame(&format!("{at} {level:<5} {target}  {}{gap}{fields}", record.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_whatever_is_in_it() {
        let record = Record {
            seq: 7,
            at: "2026-11-24T11:03:12.5Z".parse().unwrap(),
            level: Level::Warn,
            target: "alamor::core::panels".into(),
            message: "it says\n\u{1b}[2Jhello".into(),
            fields: [("panel".to_owned(), "fr-2".to_owned())].into(),
        };
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        let expected = "2026-11-24 14:03:12 WARN  core::panels  it says[2Jhello  panel=fr-2";
        assert_eq!(line(&record, &zone), expected);
    }
}
