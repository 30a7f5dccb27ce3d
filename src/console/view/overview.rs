//! Overview: everything at a glance.
//!
//! ```text
//! ┌ Core ─────────────┐┌ Port 8080 ────────┐┌ TLS ──────────────┐
//! │ ● healthy pid 812 ││ ● answers         ││ ? not measured yet│
//! ┌ Links ────────────┐┌ Panels  9 of 10 reachable ────────────┐
//! │ 1 204 active      ││ ● de-1  3x-ui 3.6  links  41 ms  …    │
//! ┌ Last update #42   13:20   by ali   1 204 in 3.1 s (floor 2.6 s) ┐
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, boxed, draw_lines, rule, spark, words};
use super::signs::{self, NOT_MEASURED};
use super::{jobs, note, panels};
use crate::api::CheckState;
use crate::api::health::Health;
use crate::client::{ClientError, NotReached};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::state::connection::Connection;
use crate::console::state::link::Bandwidth;
use crate::console::text::wrap;

/// Where the text begins behind a label on a narrow terminal.
const LABEL: usize = 11;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Some(health) = &state.health else { return };
    if canvas.is_wide {
        draw_wide(buffer, canvas, state, &health.value);
    } else {
        draw_narrow(buffer, canvas, state, &health.value);
    }
}

/// Draws what is known before the core was ever heard: nothing, and what to do about it.
pub(super) fn draw_unknown(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let url = &state.session.core_url;
    let Some(loss) = state.connection.loss() else {
        return words(look).gap(1).plain(format!("connecting to {url}")).draw(buffer, body, 1);
    };
    words(look).gap(1).tone(Tone::Title, url.clone()).draw(buffer, body, 1);
    words(look).gap(1).tone(Tone::Bad, note::short_cause(&loss.cause)).draw(buffer, body, 2);
    for (row, (what, command)) in (4..).zip(cures(&loss.cause)) {
        words(look).gap(1).plain(what).to(34).tone(Tone::Key, command).draw(buffer, body, row);
    }
}

/// What to do about a core that was never heard: a sentence and a command each.
fn cures(cause: &ClientError) -> Vec<(&'static str, &'static str)> {
    match cause {
        ClientError::NotReached { cause: NotReached::Refused, .. } => vec![
            ("is the service running?", "systemctl status alamorwebhook"),
            ("start a core by hand:", "alamor serve"),
            ("look around without one:", "alamor demo"),
        ],
        ClientError::NotReached { cause: NotReached::Gateway(_), .. } => {
            vec![("is the service behind it running?", "systemctl status alamorwebhook")]
        }
        ClientError::NotReached { .. } => {
            vec![("which core is meant is set by:", "CORE_URL in the settings file")]
        }
        ClientError::Unauthorized { .. } => vec![
            ("both must read the same key:", "ADMIN_API_KEY in the settings file"),
            ("a core reads it when it starts:", "systemctl restart alamorwebhook"),
        ],
        ClientError::KeyNotSet { .. } => vec![("make a key:", "alamor key new")],
        ClientError::NotOurs { .. } => vec![
            ("who has the port?", "ss -ltnp"),
            ("which core is meant is set by:", "CORE_URL in the settings file"),
        ],
        ClientError::BadSettings { .. }
        | ClientError::JobRunning { .. }
        | ClientError::Refused(_) => Vec::new(),
    }
}

fn draw_wide(buffer: &mut Buffer, canvas: Canvas, state: &State, health: &Health) {
    let Canvas { body, look, .. } = canvas;
    let third = body.width / 3;
    let lower = body.height - 6 - 4;
    let at = |x, y, width, height| Rect { x: body.x + x, y: body.y + y, width, height };
    let title = |text: String| words(look).tone(Tone::Title, text);
    let port = health.listen.rsplit_once(':').map_or("", |(_, port)| port);
    let domain = health.domain.as_deref().unwrap_or("no WEBHOOK_DOMAIN");

    let core = boxed(buffer, at(0, 0, third, 6), title("Core".into()));
    draw_lines(buffer, core, core_lines(state, look, health));
    let inner = boxed(buffer, at(third, 0, third, 6), title(format!("Port {port}")));
    draw_lines(buffer, inner, port_lines(look, state, health));
    let last = body.width - 2 * third;
    let tls = boxed(buffer, at(2 * third, 0, last, 6), title(format!("TLS {domain}")));
    draw_lines(buffer, tls, tls_lines(look));

    let inner = usize::from(third).saturating_sub(3);
    let database = database_lines(look, health, inner);
    // A long shape takes one row from the links, where there are enough.
    let height = if database.len() > 3 && lower >= 14 { 6 } else { 5 };
    let links = boxed(buffer, at(0, 6, third, lower - height), title("Links".into()));
    draw_lines(buffer, links, links_lines(look, state, health));
    let engine = format!("Database {}", health.database.engine);
    let inner = boxed(buffer, at(0, 6 + lower - height, third, height), title(engine));
    draw_lines(buffer, inner, database);
    let rest = body.width - third;
    let inner = boxed(buffer, at(third, 6, rest, lower), panels::title(state, look));
    panels::draw_rows(buffer, inner, state, look);

    let job = boxed(buffer, at(0, 6 + lower, body.width, 4), jobs::headline(state, look));
    draw_lines(buffer, job, jobs::summary(state, look, usize::from(job.width)));
}

fn draw_narrow(buffer: &mut Buffer, canvas: Canvas, state: &State, health: &Health) {
    let Canvas { body, look, .. } = canvas;
    let label = |text: &str| words(look).gap(1).tone(Tone::Title, text).to(LABEL);
    let [state_line, requests, latency, memory] = core_lines(state, look, health);
    let mut rows = vec![label("Core").then(state_line).gap(3).then(memory)];
    // On the lowest terminals what is known goes before what is not measured.
    if body.height >= 12 {
        let [port, ..] = port_lines(look, state, health);
        let unmeasured = words(look).dim(format!("owner, public, firewall: {NOT_MEASURED}"));
        rows.extend([
            label("").then(requests).gap(3).then(latency),
            label("Port").then(port).gap(3).then(unmeasured),
            label("TLS").then(words(look).dim(NOT_MEASURED)),
        ]);
        let width = usize::from(body.width).saturating_sub(LABEL);
        let database = narrow_database(look, health, width).into_iter();
        let names = ["Database", "", ""].into_iter();
        rows.extend(names.zip(database).map(|(name, line)| label(name).then(line)));
    }
    let links = links_lines(look, state, health);
    let (first, more) = links.split_at(links.len().min(3));
    rows.push(label("Links").then(one_line(look, first)));
    if !more.is_empty() {
        rows.push(label("").then(one_line(look, more)));
    }
    rows.push(words(look).gap(1).then(jobs::headline(state, look)));
    let summary = jobs::summary(state, look, usize::from(body.width).saturating_sub(LABEL));
    rows.extend(summary.into_iter().map(|line| label("").then(line)));
    let used = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    draw_lines(buffer, body, rows);
    if used + 1 < body.height {
        rule(buffer, body, used, panels::title(state, look));
        let height = body.height - used - 1;
        let inner = Rect { x: 1, y: body.y + used + 1, width: body.width - 1, height };
        panels::draw_rows(buffer, inner, state, look);
    }
}

fn one_line(look: Look, lines: &[Words]) -> Words {
    let mut lines = lines.iter().cloned();
    let first = lines.next().unwrap_or_else(|| words(look));
    lines.fold(first, |line, next| line.gap(3).then(next))
}

fn core_lines(state: &State, look: Look, health: &Health) -> [Words; 4] {
    let bad: Vec<&str> = health
        .checks
        .iter()
        .filter(|check| matches!(check.state, CheckState::Warn | CheckState::Crit))
        .map(|check| check.name.as_str())
        .collect();
    let word = match health.state {
        CheckState::Ok => "healthy".to_owned(),
        CheckState::Warn => format!("look at: {}", bad.join(", ")),
        CheckState::Crit => format!("broken: {}", bad.join(", ")),
        CheckState::Unknown | CheckState::NotTried => NOT_MEASURED.to_owned(),
    };
    let requests = &health.requests;
    let unknown = || look.glyphs.none.to_owned();
    let errors = requests.error_ratio.map_or_else(unknown, format::percent);
    let median = requests.p50_ms.map_or_else(unknown, format::latency);
    let slowest = requests.p99_ms.map_or_else(unknown, format::latency);
    let curve = match state.link.bandwidth {
        Bandwidth::Usual => spark(look, &requests.recent),
        Bandwidth::Low => String::new(),
    };
    let memory = health.memory_bytes.map_or_else(unknown, format::bytes);
    [
        words(look)
            .sign(signs::check(look, health.state), word)
            .gap(3)
            .plain(format!("pid {}", health.pid)),
        words(look)
            .plain(format!("req/s {} ", format::rate(requests.per_second)))
            .tone(Tone::Good, curve)
            .plain(format!(" err {errors}")),
        words(look).plain(format!("p50 {median}   p99 {slowest}")),
        words(look).plain(format!("rss {memory}")).gap(3).dim(format!("cpu {NOT_MEASURED}")),
    ]
}

fn port_lines(look: Look, state: &State, health: &Health) -> [Words; 4] {
    let listen = &health.listen;
    let first = match state.connection {
        Connection::Live => {
            words(look).sign((look.glyphs.ok, Tone::Good), format!("{listen} answers"))
        }
        _ => words(look).sign((look.glyphs.unknown, Tone::Dim), format!("{listen} answered")),
    };
    [first, unmeasured(look, "owner"), unmeasured(look, "public"), unmeasured(look, "firewall")]
}

fn tls_lines(look: Look) -> [Words; 4] {
    ["valid until", "issuer", "names", "served"].map(|what| unmeasured(look, what))
}

fn unmeasured(look: Look, what: &str) -> Words {
    words(look).dim(format!("{} {what}", look.glyphs.unknown)).to(14).dim(NOT_MEASURED)
}

fn links_lines(look: Look, state: &State, health: &Health) -> Vec<Words> {
    let counts = &health.purchases;
    let heard = health.now_at;
    let mut lines =
        vec![words(look).tone(
            Tone::Title,
            format::counted(counts.active, "active purchase", "active purchases"),
        )];
    let oldest =
        counts.oldest_ms.map(|age| format!("  oldest {}", state.clock.settled_age(heard, age)));
    let rows = [
        (counts.fresh, "fresh", look.glyphs.ok, Tone::Good),
        (counts.partial, "partial", look.glyphs.unreached, Tone::Warn),
        (counts.kept, "kept", look.glyphs.unreached, Tone::Warn),
        (counts.failed, "failed", look.glyphs.bad, Tone::Bad),
        (counts.never, "never tried", look.glyphs.unknown, Tone::Dim),
        (counts.off_there, "disabled there", look.glyphs.ok, Tone::Dim),
        (counts.disabled, "switched off", look.glyphs.off, Tone::Dim),
    ];
    for (number, word, sign, tone) in rows {
        if number > 0 || word == "fresh" {
            let text = format!("{} {word}", format::count(number));
            lines.push(words(look).sign((sign, tone), text));
        }
    }
    if let Some(oldest) = oldest {
        lines[0] = lines[0].clone().dim(oldest);
    }
    lines
}

/// The database on a box of its own: whether it answers, its shape, where it is.
fn database_lines(look: Look, health: &Health, width: usize) -> Vec<Words> {
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
    lines
}

/// The same behind a label: in one line where that is enough, else in two.
fn narrow_database(look: Look, health: &Health, width: usize) -> Vec<Words> {
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
        (None, CheckState::Ok) => "answers".to_owned(),
        (None, _) => NOT_MEASURED.to_owned(),
    };
    words(look).sign(signs::check(look, database.state), word)
}
