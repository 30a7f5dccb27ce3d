//! Why something did not succeed, in the operator's language.
//!
//! The core says a stable code and an English sentence. English shows the sentence, which knows
//! more; other languages say what the code means, and show the sentence where they do not know it.

use super::lang::Lang;
use crate::api::Reason;
use crate::client::{ClientError, NotReached};

/// The sentence of a reason; `panel` is the panel that it is about, where that is known.
pub(crate) fn sentence(lang: Lang, reason: &Reason, panel: Option<&str>) -> String {
    if lang == Lang::En {
        return reason.text.clone();
    }
    let named = panel.filter(|name| reason.text.starts_with(name));
    // A reason about a panel begins with its name.
    let panel = named.or_else(|| reason.text.split(' ').next()).unwrap_or_default();
    about_panel(lang, &reason.code, panel)
        .or_else(|| about_purchase(lang, &reason.code))
        .unwrap_or_else(|| reason.text.clone())
}

fn about_panel(lang: Lang, code: &str, panel: &str) -> Option<String> {
    let say = lang.say();
    Some(match code {
        "refused" => say.reason_refused(panel),
        "timeout" => say.reason_timeout(panel),
        "dns" => say.reason_dns(panel),
        "tls" => say.reason_tls(panel),
        "no_route" => say.reason_no_route(panel),
        "cut" => say.reason_cut(panel),
        "gateway" => say.reason_gateway(panel),
        "busy" => say.reason_busy(panel),
        "unknown_subscription" => say.reason_unknown_subscription(panel),
        "not_a_subscription" => say.reason_not_a_subscription(panel),
        "wrong_password" => say.reason_wrong_password(panel),
        "locked_out" => say.reason_locked_out(panel),
        "too_large" => say.reason_too_large(panel),
        "status" => say.reason_status(panel),
        "panel_unusable" => say.reason_panel_unusable(panel),
        "panel_left_out" => say.reason_panel_left_out(panel),
        "not_asked" => say.reason_not_asked(panel),
        _ => return None,
    })
}

fn about_purchase(lang: Lang, code: &str) -> Option<String> {
    let say = lang.say();
    Some(match code {
        "would_lose_links" => say.reason_would_lose_links(),
        "not_found" => say.reason_not_found(),
        "no_subscription_id" => say.reason_no_subscription_id(),
        "not_active" => say.reason_not_active(),
        "no_panel" => say.reason_no_panel(),
        "guard" => say.reason_guard(),
        "cancelled" => say.reason_cancelled(),
        "internal" => say.reason_internal(),
        _ => return None,
    })
}

/// Why a request gave no answer.
pub(crate) fn of_client(lang: Lang, error: &ClientError) -> String {
    let say = lang.say();
    match error {
        ClientError::NotReached { url, cause } => {
            say.url_not_reached(url, not_reached(lang, *cause))
        }
        ClientError::Unauthorized { url } => say.url_refuses_key(url),
        ClientError::KeyNotSet { url } => say.url_without_key(url),
        ClientError::NotOurs { url, what } => say.url_not_a_core(url, what),
        ClientError::JobRunning { job } => say.another_job_runs(*job),
        ClientError::BadSettings { .. } | ClientError::Refused(_) => error.to_string(),
    }
}

/// The same without the address, for a line below it.
pub(crate) fn of_client_in_short(lang: Lang, error: &ClientError) -> String {
    let say = lang.say();
    match error {
        ClientError::NotReached { cause, .. } => say.core_not_reached(not_reached(lang, *cause)),
        ClientError::Unauthorized { .. } => say.core_refuses_key(),
        ClientError::KeyNotSet { .. } => say.core_without_key(),
        ClientError::NotOurs { what, .. } => say.not_a_core(what),
        other => of_client(lang, other),
    }
}

fn not_reached(lang: Lang, cause: NotReached) -> String {
    let say = lang.say();
    match cause {
        NotReached::Refused => say.nothing_listens(),
        NotReached::TimedOut => say.no_answer_in_time(),
        NotReached::NameUnknown => say.name_unknown(),
        NotReached::Tls => say.tls_failed(),
        NotReached::Cut => say.connection_cut(),
        NotReached::Silent => say.connection_silent(),
        NotReached::Gateway(status) => say.gateway_answers(status),
        NotReached::Network => say.connection_failed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str, text: &str) -> Reason {
        Reason { code: code.into(), text: text.into() }
    }

    #[test]
    fn a_known_code_is_said_in_the_language_and_an_unknown_one_as_it_came() {
        let known = reason("refused", "fr-2 refused the connection");
        assert_eq!(sentence(Lang::En, &known, None), "fr-2 refused the connection");
        assert_eq!(sentence(Lang::Ru, &known, None), "fr-2: отказ в соединении");
        let blank = reason("refused", "fr 2 refused the connection");
        assert_eq!(sentence(Lang::Ru, &blank, Some("fr 2")), "fr 2: отказ в соединении");
        let new = reason("invented", "fr-2 sings");
        assert_eq!(sentence(Lang::Fa, &new, None), "fr-2 sings");
    }

    #[test]
    fn english_says_what_the_client_says() {
        let url = || "http://core".to_owned();
        for cause in [NotReached::Refused, NotReached::Gateway(502), NotReached::Silent] {
            let error = ClientError::NotReached { url: url(), cause };
            assert_eq!(of_client(Lang::En, &error), error.to_string());
        }
        for error in [
            ClientError::Unauthorized { url: url() },
            ClientError::KeyNotSet { url: url() },
            ClientError::NotOurs { url: url(), what: "404".into() },
            ClientError::JobRunning { job: 7 },
        ] {
            assert_eq!(of_client(Lang::En, &error), error.to_string());
        }
    }
}
