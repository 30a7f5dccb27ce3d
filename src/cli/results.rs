//! The results of an update, in the words of the bot's button.
//!
//! # Source
//!
//! Fact C8; the Russian block is the bot's to the letter.

use std::collections::BTreeSet;

use crate::api::jobs::{Count, Job};
use crate::console::Lang;
use crate::console::format;

/// What is printed at the end of an update.
pub(super) enum Results<'a> {
    /// A job ended.
    Job(&'a Job),
    /// There is no core to do it.
    CoreNotReached,
}

/// The block of text.
pub(super) fn text(results: &Results<'_>, lang: Lang) -> String {
    let (success, failed, connection_error, total) = match results {
        Results::Job(job) => (job.success, job.failed, job.connection_error, job.total),
        Results::CoreNotReached => (0, 0, 0, 0),
    };
    let say = lang.say();
    let rows = [
        (say.results_success(), success),
        (say.results_failed(), failed),
        (say.results_connection(), connection_error),
        (say.results_total(), total),
    ];
    // Not grouped: the bot does not.
    let links = |number| say.links(number, format::plain(lang, number));
    let rows = rows.map(|(label, number)| say.results_line(label, links(number)));
    let head = format!("{}\n\n{}", say.results_title(), say.results_heading());
    format!("{head}\n{}\n\n{}", rows.join("\n"), closing(results, lang))
}

fn closing(results: &Results<'_>, lang: Lang) -> String {
    let say = lang.say();
    let Results::Job(job) = results else {
        return format!("{}\n{}", say.closing_server_down_1(), say.closing_server_down_2());
    };
    if job.dry_run {
        return say.closing_dry_run();
    }
    let unreached = unreached(job);
    match (job.success > 0, unreached.is_empty()) {
        (true, _) => say.closing_success(),
        (false, false) => say.closing_unreached(unreached),
        (false, true) => say.closing_see_log(),
    }
}

/// The panels that connection errors are about, by name.
fn unreached(job: &Job) -> String {
    let texts = job.causes.iter().filter(|cause| cause.count_as == Count::ConnectionError);
    let texts: Vec<&str> = texts.map(|cause| cause.reason.text.as_str()).collect();
    // A reason begins with the name of its panel.
    let is_named = |name: &str| {
        texts.iter().any(|text| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))
    };
    let names: BTreeSet<&str> =
        job.panels.iter().map(|panel| panel.name.as_str()).filter(|name| is_named(name)).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Reason;
    use crate::api::jobs::{Cause, JobPanel, JobState};
    use crate::api::panels::Breaker;

    fn job(success: u64, failed: u64, connection_error: u64) -> Job {
        let total = success + failed + connection_error;
        let unreached = Cause {
            reason: Reason { code: "refused".into(), text: "fr-2 refused the connection".into() },
            count_as: Count::ConnectionError,
            items: connection_error,
        };
        let panel = |name: &str| JobPanel {
            name: name.into(),
            way: "subscription".into(),
            total,
            done: total,
            latency_ms: None,
            breaker: Breaker::default(),
            left_out: None,
        };
        Job {
            id: 1,
            state: JobState::Done,
            by: "ali".into(),
            dry_run: false,
            force: false,
            retry_of: None,
            all: true,
            reason: None,
            started_at: None,
            finished_at: None,
            total,
            done: total,
            success,
            failed,
            connection_error,
            held: 0,
            elapsed_ms: 0,
            floor_ms: None,
            panels: vec![panel("fr-2"), panel("fr-20")],
            causes: if connection_error > 0 { vec![unreached] } else { Vec::new() },
        }
    }

    /// The last lines after the counters, for success, failed and connection errors.
    fn check(counts: [u64; 3], lang: Lang, closing: &str) {
        let job = job(counts[0], counts[1], counts[2]);
        let text = text(&Results::Job(&job), lang);
        assert!(text.ends_with(&format!("\n\n{closing}")), "{text}");
    }

    #[test]
    fn the_russian_block_is_the_bots_to_the_letter() {
        assert_eq!(
            text(&Results::Job(&job(12, 0, 0)), Lang::Ru),
            "🔄 Обновление ссылок Subscription\n\
             \n\
             📊 Результаты:\n\
             • ✅ Успешно: 12 ссылок\n\
             • ❌ Неудачно: 0 ссылок\n\
             • 📡 Ошибка соединения: 0 ссылок\n\
             • 📈 Всего: 12 ссылок\n\
             \n\
             🎉 Некоторые ссылки успешно обновлены."
        );
    }

    #[test]
    fn one_success_decides_the_closing_line() {
        check([1, 4, 1], Lang::Ru, "🎉 Некоторые ссылки успешно обновлены.");
        check([1, 4, 1], Lang::En, "🎉 Some links were updated successfully.");
    }

    #[test]
    fn panels_that_were_not_reached_are_named_and_no_others() {
        check([0, 0, 12], Lang::Ru, "⚠️ Нет связи с панелями: fr-2.");
        check([0, 3, 2], Lang::En, "⚠️ Panels that could not be reached: fr-2.");
    }

    #[test]
    fn other_failures_send_the_operator_to_the_log() {
        check(
            [0, 3, 0],
            Lang::Ru,
            "⚠️ Ссылки не обновлены. Причины в журнале: journalctl -u alamorwebhook",
        );
    }

    #[test]
    fn a_dry_run_is_never_called_an_update() {
        let job = Job { dry_run: true, ..job(12, 0, 0) };
        let text = text(&Results::Job(&job), Lang::Ru);
        assert!(text.ends_with("\n\n🔍 Пробный запуск: ничего не записано."), "{text}");
    }

    #[test]
    fn only_a_core_that_was_not_reached_is_called_unreachable() {
        let text = text(&Results::CoreNotReached, Lang::Ru);
        assert!(text.ends_with(
            "⚠️ Проблема: webhook server недоступен.\nПожалуйста, убедитесь, что webhook server запущен."
        ));
    }
}
