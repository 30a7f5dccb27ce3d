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
use super::{jobs, panels, signs};
use crate::api::CheckState;
use crate::api::health::Health;
use crate::client::{ClientError, NotReached};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::of_client_in_short;
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
        return words(look).gap(1).plain(look.lang.say().connecting_to(url)).draw(buffer, body, 1);
    };
    words(look).gap(1).tone(Tone::Title, url.clone()).draw(buffer, body, 1);
    words(look)
        .gap(1)
        .tone(Tone::Bad, of_client_in_short(look.lang, &loss.cause))
        .draw(buffer, body, 2);
    for (row, (what, command)) in (4..).zip(cures(look, &loss.cause)) {
        words(look).gap(1).plain(what).to(34).tone(Tone::Key, command).draw(buffer, body, row);
    }
}

/// What to do about a core that was never heard: a sentence and a command each.
fn cures(look: Look, cause: &ClientError) -> Vec<(String, String)> {
    let say = look.lang.say();
    let as_is = str::to_owned;
    match cause {
        ClientError::NotReached { cause: NotReached::Refused, .. } => vec![
            (say.cure_service(), as_is("systemctl status alamorwebhook")),
            (say.cure_serve(), as_is("alamor serve")),
            (say.cure_demo(), as_is("alamor demo")),
        ],
        ClientError::NotReached { cause: NotReached::Gateway(_), .. } => {
            vec![(say.cure_behind(), as_is("systemctl status alamorwebhook"))]
        }
        ClientError::NotReached { .. } => {
            vec![(say.cure_which(), say.core_url_setting())]
        }
        ClientError::Unauthorized { .. } => vec![
            (say.cure_same_key(), say.admin_key_setting()),
            (say.cure_restart(), as_is("systemctl restart alamorwebhook")),
        ],
        ClientError::KeyNotSet { .. } => vec![(say.cure_key(), as_is("alamor key new"))],
        ClientError::NotOurs { .. } => {
            vec![(say.cure_port(), as_is("ss -ltnp")), (say.cure_which(), say.core_url_setting())]
        }
        ClientError::BadSettings { .. }
        | ClientError::JobRunning { .. }
        | ClientError::Refused(_) => Vec::new(),
    }
}

fn draw_wide(buffer: &mut Buffer, canvas: Canvas, state: &State, health: &Health) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let third = body.width / 3;
    let lower = body.height - 6 - 4;
    let at = |x, y, width, height| Rect { x: body.x + x, y: body.y + y, width, height };
    let title = |text: String| words(look).tone(Tone::Title, text);
    let port = health.listen.rsplit_once(':').map_or("", |(_, port)| port);
    let domain = health.domain.clone().unwrap_or_else(|| say.no_domain());

    let core = boxed(buffer, at(0, 0, third, 6), title(say.core()));
    draw_lines(buffer, core, core_lines(state, look, health));
    let inner = boxed(buffer, at(third, 0, third, 6), title(format!("{} {port}", say.port())));
    draw_lines(buffer, inner, port_lines(look, state, health));
    let last = body.width - 2 * third;
    let tls = boxed(buffer, at(2 * third, 0, last, 6), title(format!("TLS {domain}")));
    draw_lines(buffer, tls, tls_lines(look));

    let inner = usize::from(third).saturating_sub(3);
    let database = database_lines(look, health, inner);
    // A long shape takes one row from the links, where there are enough.
    let height = if database.len() > 3 && lower >= 14 { 6 } else { 5 };
    let links = boxed(buffer, at(0, 6, third, lower - height), title(say.links_title()));
    draw_lines(buffer, links, links_lines(look, state, health));
    let engine = format!("{} {}", say.database(), health.database.engine);
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
    let say = look.lang.say();
    let label = |text: String| words(look).gap(1).tone(Tone::Title, text).to(LABEL);
    let [state_line, requests, latency, memory] = core_lines(state, look, health);
    let mut rows = vec![label(say.core()).then(state_line).gap(3).then(memory)];
    // On the lowest terminals what is known goes before what is not measured.
    if body.height >= 12 {
        let [port, ..] = port_lines(look, state, health);
        let unmeasured = words(look).dim(say.port_unmeasured(say.not_measured()));
        rows.extend([
            label(String::new()).then(requests).gap(3).then(latency),
            label(say.port()).then(port).gap(3).then(unmeasured),
            label("TLS".to_owned()).then(words(look).dim(say.not_measured())),
        ]);
        let width = usize::from(body.width).saturating_sub(LABEL);
        let database = narrow_database(look, health, width).into_iter();
        let names = [say.database(), String::new(), String::new()].into_iter();
        rows.extend(names.zip(database).map(|(name, line)| label(name).then(line)));
    }
    let links = links_lines(look, state, health);
    let (first, more) = links.split_at(links.len().min(3));
    rows.push(label(say.links_title()).then(one_line(look, first)));
    if !more.is_empty() {
        rows.push(label(String::new()).then(one_line(look, more)));
    }
    rows.push(words(look).gap(1).then(jobs::headline(state, look)));
    let summary = jobs::summary(state, look, usize::from(body.width).saturating_sub(LABEL));
    rows.extend(summary.into_iter().map(|line| label(String::new()).then(line)));
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
    let say = look.lang.say();
    let bad: Vec<&str> = health
        .checks
        .iter()
        .filter(|check| matches!(check.state, CheckState::Warn | CheckState::Crit))
        .map(|check| check.name.as_str())
        .collect();
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
    let memory = health.memory_bytes.map_or_else(unknown, |value| format::bytes(look.lang, value));
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
        words(look)
            .plain(format!("rss {memory}"))
            .gap(3)
            .dim(format!("cpu {}", say.not_measured())),
    ]
}

fn port_lines(look: Look, state: &State, health: &Health) -> [Words; 4] {
    let (listen, say) = (&health.listen, look.lang.say());
    let first = match state.connection {
        Connection::Live => words(look).sign((look.glyphs.ok, Tone::Good), say.answers_at(listen)),
        _ => words(look).sign((look.glyphs.unknown, Tone::Dim), say.answered_at(listen)),
    };
    let rest = [say.port_owner(), say.port_public(), say.port_firewall()];
    let [owner, public, firewall] = rest.map(|what| unmeasured(look, &what));
    [first, owner, public, firewall]
}

fn tls_lines(look: Look) -> [Words; 4] {
    let say = look.lang.say();
    [say.tls_valid_until(), say.tls_issuer(), say.tls_names(), say.tls_served()]
        .map(|what| unmeasured(look, &what))
}

fn unmeasured(look: Look, what: &str) -> Words {
    words(look)
        .dim(format!("{} {what}", look.glyphs.unknown))
        .to(14)
        .dim(look.lang.say().not_measured())
}

fn links_lines(look: Look, state: &State, health: &Health) -> Vec<Words> {
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
        (None, CheckState::Ok) => look.lang.say().answers(),
        (None, _) => look.lang.say().not_measured(),
    };
    words(look).sign(signs::check(look, database.state), word)
}
