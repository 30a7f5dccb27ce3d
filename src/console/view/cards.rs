//! The cards of Overview: what was measured of the core, its port, its certificate, its links and its
//! database, a few lines each.
//!
//! What is not known is said to be unknown, with why, and never to be well. What was measured is as
//! of the minute in the header (`state/checks.rs`); its age stands there once it is worth knowing.

use jiff::Timestamp;

use super::paint::{Words, spark, words};
use super::signs;
use crate::api::health::Health;
use crate::api::{Check, CheckState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::connection::Connection;
use crate::console::state::link::Bandwidth;
use crate::console::text::wrap;
use crate::console::words as said;

/// From here on the age of what was measured is worth knowing: a core looks more often than that at
/// what stands on cards.
const OLD_MS: u64 = 5 * 60_000;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60_000;

/// One card: four lines that stand below each other, or in pairs side by side.
pub(super) struct Card {
    /// On its box.
    pub(super) title: String,
    /// Before its lines.
    pub(super) label: String,
    /// How bad it is.
    pub(super) state: CheckState,
    /// What is known.
    pub(super) lines: Vec<Words>,
}

/// What is bad comes first.
pub(super) fn order(state: CheckState) -> u8 {
    match state {
        CheckState::Crit => 0,
        CheckState::Warn => 1,
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => 2,
    }
}

/// Core, port and certificate.
pub(super) fn upper(state: &State, look: Look, health: &Health) -> [Card; 3] {
    let say = look.lang.say();
    let port = health.listen.rsplit_once(':').map_or("", |(_, port)| port);
    let domain = health.domain.clone().unwrap_or_else(|| say.no_domain());
    let worst = |kinds: &[&str]| {
        let checks = kinds.iter().filter_map(|kind| state.checks.find(kind));
        said::worst(checks.map(|check| check.state))
    };
    [
        Card {
            title: say.core(),
            label: say.core(),
            state: worst(&["process"]),
            lines: core(state, look, health).into(),
        },
        Card {
            title: format!("{} {port}", say.port()),
            label: say.port(),
            state: worst(&["port", "endpoint"]),
            lines: self::port(state, look, health).into(),
        },
        Card {
            title: format!("TLS {domain}"),
            label: "TLS".to_owned(),
            state: worst(&["tls"]),
            lines: tls(state, look, health).into(),
        },
    ]
}

fn core(state: &State, look: Look, health: &Health) -> [Words; 4] {
    let say = look.lang.say();
    let bad = state.checks.bad();
    let bad: Vec<String> = bad.iter().map(|check| said::check_name(look.lang, check)).collect();
    let word = match health.state {
        CheckState::Ok => say.healthy(),
        CheckState::Warn => say.look_at(bad.join(", ")),
        CheckState::Crit => say.broken(bad.join(", ")),
        CheckState::Unknown | CheckState::NotTried => say.not_measured(),
    };
    let requests = &health.requests;
    let unknown = || look.glyphs.none.to_owned();
    let errors =
        requests.error_ratio.map_or_else(unknown, |value| format::percent(look.lang, value));
    let median = requests.p50_ms.map_or_else(unknown, |value| format::latency(look.lang, value));
    let slowest = requests.p99_ms.map_or_else(unknown, |value| format::latency(look.lang, value));
    let curve = match state.link.bandwidth {
        Bandwidth::Usual => spark(look, &requests.recent),
        Bandwidth::Low => String::new(),
    };
    let process = state.checks.find("process");
    let memory = process.and_then(|check| number(check, "memory_bytes")).or(health.memory_bytes);
    let memory = memory.map_or_else(unknown, |value| format::bytes(look.lang, value));
    let memory = words(look).plain(format!("rss {memory}")).gap(3);
    let cpu = process.and_then(|check| number::<f64>(check, "cpu_percent"));
    [
        words(look)
            .sign(signs::check(look, health.state), word)
            .gap(3)
            .plain(format!("pid {}", health.pid)),
        words(look)
            .plain(format!("{} ", say.requests_rate(format::rate(look.lang, requests.per_second))))
            .tone(Tone::Good, curve)
            .plain(format!(" {}", say.errors(errors))),
        words(look).plain(format!("p50 {median}   p99 {slowest}")),
        match cpu {
            Some(cpu) => memory.plain(format!("cpu {}", format::percent(look.lang, cpu / 100.0))),
            None => memory.dim(format!("cpu {}", say.not_measured())),
        },
    ]
}

fn port(state: &State, look: Look, health: &Health) -> [Words; 4] {
    let (listen, say) = (&health.listen, look.lang.say());
    let port = state.checks.find("port");
    let first = match (port, &state.connection) {
        (Some(check), _) => verdict(state, look, check, |check| {
            say.port_listening(fact(check, "listen").unwrap_or(listen))
        }),
        (None, Connection::Live) => {
            words(look).sign((look.glyphs.ok, Tone::Good), say.answers_at(listen))
        }
        (None, _) => words(look).sign((look.glyphs.unknown, Tone::Dim), say.answered_at(listen)),
    };
    let owner = match port.and_then(|check| fact(check, "owner")) {
        Some(owner) => words(look).gap(2).dim(say.port_owner()).gap(2).plain(owner),
        None => unknown(look, &say.port_owner(), port),
    };
    let endpoint = state.checks.find("endpoint");
    let public = match endpoint {
        Some(check) if check.state != CheckState::Ok && check.state != CheckState::Warn => {
            let why = check.reason.clone().unwrap_or_else(|| said::rung(look.lang, check));
            let text = format!("{}: {why}", say.port_public());
            words(look).sign(signs::check(look, check.state), text)
        }
        Some(check) => verdict(state, look, check, |check| {
            let took = number::<f64>(check, "latency_ms");
            match (fact(check, "status"), took.map(|took| format::latency(look.lang, took))) {
                (Some(status), Some(took)) => say.public_answers(status, took),
                _ => said::rung(look.lang, check),
            }
        }),
        None => unknown(look, &say.port_public(), None),
    };
    let via = match endpoint.and_then(|check| fact(check, "via")) {
        Some(via) => words(look).gap(2).plain(say.via(via)),
        None => words(look),
    };
    [first, owner, public, via]
}

fn tls(state: &State, look: Look, health: &Health) -> [Words; 4] {
    let say = look.lang.say();
    let all = state.checks.all().iter();
    let mut all = all.filter(|check| check.kind() == "tls");
    let Some(check) = all.find(|check| check.subject() == health.domain.as_deref()) else {
        let first = unknown(look, &say.tls_valid(), None);
        return [first, words(look), words(look), words(look)];
    };
    let moment = |name| fact(check, name).and_then(|text| text.parse::<Timestamp>().ok());
    let (begin, end, now) = (moment("not_before"), moment("not_after"), state.clock.shown());
    let first = verdict(state, look, check, |check| match (begin, end) {
        (Some(begin), Some(end)) => {
            format!("{}   {}", say.tls_valid(), left(look, begin, end, now))
        }
        _ => said::rung(look.lang, check),
    });
    let issuer = fact(check, "issuer").map_or_else(
        || unknown(look, &say.tls_issuer(), Some(check)),
        |issuer| words(look).gap(2).dim(say.tls_issuer()).gap(1).plain(issuer),
    );
    // A name that does not match is a fault of the certificate.
    let is_well = check.state == CheckState::Ok;
    let issuer = if is_well { issuer.gap(3).plain(say.tls_names_match()) } else { issuer };
    let protocol = fact(check, "protocol")
        .map_or_else(|| words(look).gap(2), |protocol| words(look).gap(2).plain(protocol).gap(3));
    let renewed = begin
        .filter(|begin| *begin <= now)
        .map(|begin| say.tls_renewed(format::age(look.lang, format::between(begin, now))));
    let renewed = protocol.plain(renewed.unwrap_or_default());
    [first, issuer, serials(look, check), renewed]
}

/// `61 of 90 days left`, and hours on the last day.
fn left(look: Look, begin: Timestamp, end: Timestamp, now: Timestamp) -> String {
    let (left, total) = (format::between(now, end), format::between(begin, end));
    let days = |ms: u64| format::count(look.lang, (ms + DAY_MS / 2) / DAY_MS);
    if left < DAY_MS {
        return look.lang.say().tls_time_left(format::age(look.lang, left));
    }
    let whole = format::count(look.lang, left / DAY_MS);
    look.lang.say().tls_days_left(left / DAY_MS, whole, days(total))
}

/// `on disk = served = public`: which of the three certificates are the same one.
fn serials(look: Look, check: &Check) -> Words {
    let say = look.lang.say();
    let places =
        [("disk", say.tls_on_disk()), ("local", say.tls_served()), ("public", say.tls_public())];
    let known: Vec<(&str, &String)> = places
        .iter()
        .filter_map(|(name, place)| Some((fact(check, name)?, place)))
        .filter(|(serial, _)| !matches!(*serial, "none" | "unknown"))
        .collect();
    let Some(((first, place), rest)) = known.split_first() else {
        return unknown(look, &say.tls_served(), Some(check));
    };
    let differs = if look.is_ascii() { " != " } else { " ≠ " };
    let (mut line, mut last) = (words(look).gap(2).plain(*place), *first);
    for (serial, place) in rest {
        line = if *serial == last { line.plain(" = ") } else { line.tone(Tone::Warn, differs) };
        line = line.plain(*place);
        last = serial;
    }
    line
}

/// The sign of a check, and what is well about it, else why it is not; how old that is.
fn verdict(state: &State, look: Look, check: &Check, well: impl Fn(&Check) -> String) -> Words {
    let text = match check.state {
        CheckState::Ok | CheckState::Warn => well(check),
        CheckState::Crit | CheckState::Unknown | CheckState::NotTried => {
            check.reason.clone().unwrap_or_else(|| said::rung(look.lang, check))
        }
    };
    let line = words(look).sign(signs::check(look, check.state), text);
    let age = check.checked_at.map(|at| format::between(at, state.clock.shown()));
    match age.filter(|age| *age >= OLD_MS) {
        Some(age) => line.gap(2).dim(look.lang.say().ago(format::age(look.lang, age))),
        None => line,
    }
}

/// `? owner  not measured yet`, or why it is not known.
fn unknown(look: Look, what: &str, check: Option<&Check>) -> Words {
    let say = look.lang.say();
    let why = match check {
        None => say.not_measured(),
        Some(_) => say.check_unknown(),
    };
    words(look).dim(format!("{} {what}", look.glyphs.unknown)).gap(2).dim(why)
}

fn fact<'a>(check: &'a Check, name: &str) -> Option<&'a str> {
    check.facts.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn number<T: std::str::FromStr>(check: &Check, name: &str) -> Option<T> {
    fact(check, name)?.parse().ok()
}

/// Purchases by state.
pub(super) fn links(look: Look, state: &State, health: &Health) -> Vec<Words> {
    let counts = &health.purchases;
    let heard = health.now_at;
    let (ok, unreached) = (look.glyphs.ok, look.glyphs.unreached);
    let count = |number| format::count(look.lang, number);
    let (lang, say) = (look.lang, look.lang.say());
    let active = say.active_purchases(counts.active, format::count(lang, counts.active));
    let mut lines = vec![words(look).tone(Tone::Title, active)];
    let oldest = counts.oldest_ms.map(|age| state.clock.settled_age(lang, heard, age));
    let rows = [
        (counts.fresh, say.links_fresh(count(counts.fresh)), look.glyphs.ok, Tone::Good),
        (counts.partial, say.links_partial(count(counts.partial)), unreached, Tone::Warn),
        (counts.kept, say.links_kept(count(counts.kept)), unreached, Tone::Warn),
        (counts.failed, say.links_failed(count(counts.failed)), look.glyphs.bad, Tone::Bad),
        (counts.never, say.links_never(count(counts.never)), look.glyphs.unknown, Tone::Dim),
        (counts.off_there, say.links_off_there(count(counts.off_there)), ok, Tone::Dim),
        (counts.disabled, say.links_disabled(count(counts.disabled)), look.glyphs.off, Tone::Dim),
    ];
    for (index, (number, text, sign, tone)) in rows.into_iter().enumerate() {
        // How many are fresh is told also when none is.
        if number > 0 || index == 0 {
            lines.push(words(look).sign((sign, tone), text));
        }
    }
    if let Some(oldest) = oldest {
        lines[0] = lines[0].clone().gap(2).dim(say.oldest(oldest));
    }
    lines
}

/// The database on a box of its own: whether it answers, its shape, where it is.
pub(super) fn database(look: Look, health: &Health, width: usize) -> Card {
    let database = &health.database;
    let mut lines = vec![database_answer(look, health)];
    // A long shape says what was detected and where our own tables are: that is worth more than
    // the path, which is in the settings.
    let shape = wrap(&database.shape, width);
    let is_long = shape.len() > 1;
    lines.extend(shape.into_iter().map(|line| words(look).dim(line)));
    if !is_long {
        lines.push(words(look).dim(database.location.clone()));
    }
    let label = look.lang.say().database();
    let title = format!("{label} {}", database.engine);
    Card { title, label, state: database.state, lines }
}

/// The same behind a label: in one line where that is enough, else in two.
pub(super) fn narrow_database(look: Look, health: &Health, width: usize) -> Vec<Words> {
    let database = &health.database;
    let engine = words(look).plain(database.engine.clone());
    let first = database_answer(look, health).gap(3).then(engine);
    let shape = words(look).dim(database.shape.clone());
    if first.width() + 3 + shape.width() <= width {
        return vec![first.gap(3).then(shape)];
    }
    let rows = wrap(&database.shape, width).into_iter().take(2);
    [first].into_iter().chain(rows.map(|line| words(look).dim(line))).collect()
}

fn database_answer(look: Look, health: &Health) -> Words {
    let database = &health.database;
    let word = match (&database.reason, database.state) {
        (Some(reason), _) => reason.clone(),
        (None, CheckState::Ok) => look.lang.say().answers(),
        (None, _) => look.lang.say().not_measured(),
    };
    words(look).sign(signs::check(look, database.state), word)
}
