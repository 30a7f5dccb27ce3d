//! `alamor alert test`: whether alerts arrive.

use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;

use super::{args, output};
use crate::config::Settings;
use crate::console::Lang;
use crate::console::text::tame;
use crate::core::alerts::{self, Delivered};

/// Sends a test on every way of the settings, and prints what each answered.
///
/// Exit code 1: one has not got it.
///
/// # Errors
///
/// If the settings have no way.
pub(super) async fn run(
    command: args::Alert,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let args::Alert::Test = command;
    let say = lang.say();
    let delivered = alerts::test(&settings).await;
    if delivered.is_empty() {
        let file = settings.file.as_ref();
        let file = file.map_or_else(|| say.cli_environment(), |file| file.display().to_string());
        anyhow::bail!(say.cli_alert_none(file));
    }
    let widest = delivered.iter().map(|each| each.way.width()).max().unwrap_or_default();
    let line = |Delivered { way, result }: &Delivered| {
        let (word, what) = match result {
            Ok(answer) => (say.check_ok(), answer),
            Err(why) => (say.check_crit(), why),
        };
        format!("{way:widest$}  {word}  {}", tame(what))
    };
    let lines: Vec<String> = delivered.iter().map(line).collect();
    output::data(&lines.join("\n"))?;
    let all_arrived = delivered.iter().all(|each| each.result.is_ok());
    Ok(ExitCode::from(u8::from(!all_arrived)))
}
