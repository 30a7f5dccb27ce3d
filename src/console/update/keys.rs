//! What actions do on the screen.
//!
//! Invariants:
//! - What changes something at the core needs a live connection and one yes, and does not exist in
//!   a console that is read-only.
//! - `esc` always leads one step back, and never changes anything at the core.

use crate::console::keymap::{Action, Screen};
use crate::console::message::Effect;
use crate::console::settings::Mouse;
use crate::console::state::filter::Sort;
use crate::console::state::paged::moved;
use crate::console::state::palette::Palette;
use crate::console::state::question::{How, Question, Target};
use crate::console::state::{Access, Attachment, Purpose, State};
use crate::console::view;

use super::heard::list_failed;
use super::questions::{ask, retry, start, update_one};
use super::{climb, copy, filter, jobs, panel};

/// Says why an action means nothing now.
fn refuse(state: &mut State, action: Action) {
    match action {
        _ if action.changes() && state.session.access == Access::ReadOnly => {
            state.say(state.words().note_read_only());
        }
        Action::Cancel => state.say(state.words().note_no_update()),
        Action::Retry => state.say(state.words().note_no_retry()),
        Action::RetryLogin => state.say(state.words().note_login_not_refused()),
        Action::Export | Action::MarkAll => state.say(state.words().note_nothing_listed()),
        _ => {}
    }
}

/// Does what a key, the palette, or a line asks for.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if !state.allows(action) {
        refuse(state, action);
        return Vec::new();
    }
    let page = i64::try_from(state.page()).unwrap_or(i64::MAX);
    match action {
        Action::UpdateAll => ask(state, |state| start(state, Target::All, How::Write)),
        Action::DryRunAll => ask(state, |state| start(state, Target::All, How::Dry)),
        Action::Force => ask(state, |state| start(state, Target::All, How::Force)),
        Action::UpdateOne => ask(state, |state| update_one(state, How::Write)),
        Action::DryRunOne => ask(state, |state| update_one(state, How::Dry)),
        Action::Retry => ask(state, retry),
        Action::Cancel => ask(state, |state| {
            let job = state.job.find_running()?;
            Some(Question::Cancel { job: job.id, by: job.by.clone() })
        }),
        Action::Probe if state.health.is_none() => return climb::why(state),
        Action::Probe => return panel::probe(state),
        Action::Why => return climb::why(state),
        Action::ClimbAgain => climb::again(state),
        Action::Report => return climb::report(state),
        Action::RetryLogin => ask(state, |state| {
            let panel = state.find_panel()?.value.name.clone();
            Some(Question::RetryLogin { panel })
        }),
        Action::FailedOnly if state.screen == Screen::Job => jobs::toggle_failed_only(state),
        Action::FailedOnly => {
            state.job.failed_only = !state.job.failed_only;
            state.job.selected = 0;
            return list_failed(state).into_iter().collect();
        }
        Action::LogPane => state.log.pane = state.log.pane.other(),
        Action::LogLevel => state.log.next_level(),
        Action::Wrap => state.log.long = state.log.long.other(),
        Action::Save => state.question = Some(Question::Save),
        Action::Filter => filter::open(state),
        Action::Sort if state.screen == Screen::Panels => {
            panel::sort(state, state.panel_table.sort.next());
        }
        Action::Reverse if state.screen == Screen::Panels => {
            panel::sort(state, state.panel_table.sort.reversed());
        }
        Action::Sort => sort(state, state.purchases.sort.next()),
        Action::Reverse => sort(state, state.purchases.sort.reversed()),
        Action::Mark => state.purchases.mark(),
        Action::MarkAll => state.purchases.mark_all(),
        Action::Copy if state.is_on_ladder() => return climb::copy(state),
        Action::Copy if state.screen == Screen::Purchases => return copy::ids(state),
        Action::Copy => return copy::ask_for(state, Purpose::Copy),
        Action::CopyCommand => return copy::command(state),
        Action::Show(Screen::Code) => return copy::ask_for(state, Purpose::Code),
        Action::Export => {
            let listed = state.purchases.find_marked().unwrap_or(state.purchases.listed());
            state.question = Some(Question::Export { listed: Box::new(listed) });
        }
        Action::Reveal if state.screen == Screen::Item => return jobs::reveal(state),
        Action::Reveal => return copy::ask_for(state, Purpose::Show),
        Action::Open => return open_selected(state),
        Action::Rows(rows) => select(state, rows),
        Action::Pages(pages) => select(state, pages.saturating_mul(page)),
        Action::First => select(state, i64::MIN),
        Action::Last => select(state, i64::MAX),
        Action::Show(Screen::Jobs) => return jobs::open_list(state),
        Action::Show(Screen::Compare) => return jobs::compare(state),
        Action::Show(Screen::Help) => {
            state.help_top = 0;
            state.open(Screen::Help);
        }
        Action::Show(screen) => show(state, screen),
        Action::Tabs(by) => show(state, neighbour(state, by)),
        Action::Palette => state.palette = Some(Palette::default()),
        Action::ToggleMouse => return toggle_mouse(state),
        Action::Back if state.shows_record() => state.log.opened = None,
        Action::Back => state.go_back(),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return quit(state),
    }
    Vec::new()
}

/// Goes to a screen that has a number.
pub(super) fn show(state: &mut State, screen: Screen) {
    if screen == Screen::Purchases && state.purchases.rows.is_refused() {
        state.purchases.rows.outdate();
    }
    if screen == Screen::Troubleshoot {
        state.climb.arrive(state.clock.now());
    }
    state.go_to(screen);
}

/// The screen beside this one's, or beside the one that this was opened from.
fn neighbour(state: &State, by: i8) -> Screen {
    let tabs = Screen::TABS;
    let place = |screen: &Screen| tabs.iter().position(|tab| tab == screen);
    let here = place(&state.screen).or_else(|| state.back.first().and_then(place));
    let step = if by < 0 { tabs.len() - 1 } else { 1 };
    tabs[(here.unwrap_or(0) + step) % tabs.len()]
}

/// Lists the purchases in another order.
pub(super) fn sort(state: &mut State, sort: Sort) {
    state.purchases.choose(state.purchases.filter.clone(), sort);
}

fn toggle_mouse(state: &mut State) -> Vec<Effect> {
    let (mouse, text) = match state.mouse {
        Mouse::Ours => (Mouse::Terminals, "the terminal has the mouse: it selects text"),
        Mouse::Terminals => (Mouse::Ours, "clicks choose tabs and rows, the wheel scrolls"),
    };
    state.mouse = mouse;
    state.say(text);
    vec![Effect::SetMouse(mouse)]
}

pub(super) fn open_selected(state: &mut State) -> Vec<Effect> {
    match state.screen {
        Screen::Logs => state.log.open(),
        Screen::Panels => panel::open(state),
        Screen::Troubleshoot => climb::open(state),
        _ => return open_listed(state),
    }
    Vec::new()
}

fn open_listed(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::Purchases {
        return jobs::open_selected(state);
    }
    let id = state.purchases.rows.find_selected().map(|row| row.value.id);
    id.map_or_else(Vec::new, |id| jobs::open_purchase(state, id))
}

pub(super) fn select(state: &mut State, rows: i64) {
    match state.screen {
        Screen::Purchases => state.purchases.rows.select(rows),
        Screen::Update => state.job.select(rows),
        Screen::Panels => state.panel = moved(state.panel, rows, state.shown_panels().len()),
        Screen::Jobs => state.jobs.select(rows),
        Screen::Job | Screen::Compare => {
            let is_job = state.screen == Screen::Job;
            if let Some(open) = &mut state.opened_job {
                if is_job { open.items.select(rows) } else { open.beside.select(rows) }
            }
        }
        Screen::Item => {
            let most = view::overflow(state);
            if let Some(open) = &mut state.opened_item {
                open.scroll(rows, most);
            }
        }
        Screen::Details => {
            let most = view::overflow(state);
            if let Some(details) = &mut state.details {
                details.scroll(rows, most);
            }
        }
        Screen::Panel => {
            let most = view::overflow(state);
            if let Some(open) = &mut state.opened {
                open.scroll(rows, most);
            }
        }
        Screen::Logs => {
            state.log.opened = None;
            let page = state.page();
            state.log.scroll(rows, page);
        }
        Screen::Troubleshoot => state.climb.select(rows),
        Screen::Evidence => {
            let most = view::overflow(state);
            state.climb.scroll(rows, most);
        }
        Screen::Overview => state.checks.select(rows),
        Screen::Help => {
            let most = view::overflow(state);
            state.help_top = moved(state.help_top, rows, most + 1);
        }
        Screen::Code => {}
    }
}

/// Leaves; asks first when a job would stop with our own core.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    let running = state.job.find_running().map(|job| job.id);
    match (state.session.attachment, running) {
        (Attachment::Embedded, Some(job)) => {
            state.question = Some(Question::Quit { job });
            Vec::new()
        }
        (Attachment::Embedded, None) | (Attachment::Attached, _) => vec![Effect::Quit],
    }
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyCode;

    use super::*;
    use crate::api::jobs::{All, JobState, NewJob, Scope};
    use crate::api::purchases::Purchase;
    use crate::client::{ClientError, Heard, NotReached};
    use crate::console::fixture::{
        hear, hear_job, item, keys, list, live, press, purchase, purchases, running_job,
        stopped_job, updating,
    };
    use crate::console::message::Message;
    use crate::console::update::update;

    const SIZE: (u16, u16) = (80, 24);

    fn job() -> NewJob {
        let purchases = Some(Scope::All(All::All));
        NewJob { purchases, dry_run: false, force: false, retry_of: None, by: "ali".into() }
    }

    fn listed() -> State {
        let mut state = live(SIZE);
        list(&mut state, purchases(), 21);
        state
    }

    fn lose(state: &mut State) {
        let url = "http://core".to_owned();
        let cause = ClientError::NotReached { url, cause: NotReached::Cut };
        hear(state, Heard::Lost { cause });
    }

    #[test]
    fn an_update_starts_after_one_yes_and_never_without() {
        let start = |answer: &str| {
            let mut state = live(SIZE);
            assert_eq!(keys(&mut state, "u"), []);
            keys(&mut state, answer)
        };
        assert_eq!(start("y"), [Effect::StartJob(job())]);
        assert_eq!(start("d"), [Effect::StartJob(NewJob { dry_run: true, ..job() })]);
        assert_eq!(start("n"), []);
        assert_eq!(start("zuu"), [], "only an answer is one");
        let mut state = live(SIZE);
        keys(&mut state, "u");
        press(&mut state, KeyCode::Esc);
        let effects = press(&mut state, KeyCode::Enter);
        assert!(!effects.iter().any(Effect::changes), "the question is gone: {effects:?}");
    }

    #[test]
    fn what_u_means_depends_on_the_screen() {
        let mut state = listed();
        keys(&mut state, "ju");
        let one = NewJob { purchases: Some(Scope::Ids(vec![1_039])), ..job() };
        assert_eq!(keys(&mut state, "y"), [Effect::StartJob(one.clone())]);
        keys(&mut state, "U");
        assert_eq!(keys(&mut state, "y"), [Effect::StartJob(job())]);
        assert_eq!(press(&mut state, KeyCode::Enter), [Effect::OpenPurchase(1_039)]);
        keys(&mut state, "u");
        assert_eq!(keys(&mut state, "y"), [Effect::StartJob(one)]);
    }

    #[test]
    fn retry_and_force_are_there_when_they_mean_something() {
        let mut state = live(SIZE);
        hear_job(&mut state, stopped_job());
        keys(&mut state, "3r");
        let retry = NewJob { purchases: None, retry_of: Some(43), ..job() };
        assert_eq!(keys(&mut state, "y"), [Effect::StartJob(retry)]);
        keys(&mut state, "F");
        assert_eq!(keys(&mut state, "y"), [Effect::StartJob(NewJob { force: true, ..job() })]);
        let mut state = updating(SIZE);
        keys(&mut state, "rF");
        assert_eq!(state.question, None, "not while it runs");
    }

    #[test]
    fn nothing_is_changed_while_the_core_is_not_heard() {
        for key in ["u", "x", "r"] {
            let mut state = updating(SIZE);
            if key == "r" {
                hear_job(&mut state, stopped_job());
            }
            lose(&mut state);
            assert_eq!(keys(&mut state, key), []);
            assert_eq!(state.question, None, "{key}");
            assert!(state.note.is_some(), "{key}");
        }
        let mut state = live(SIZE);
        keys(&mut state, "u");
        lose(&mut state);
        assert_eq!(keys(&mut state, "y"), [], "lost between question and answer");
        assert_eq!(state.question, None);
    }

    #[test]
    fn a_running_job_is_shown_instead_of_a_second_one() {
        let mut state = live(SIZE);
        hear_job(&mut state, running_job());
        keys(&mut state, "u");
        assert_eq!((state.screen, state.question), (Screen::Update, None));
    }

    #[test]
    fn cancelling_asks_once_and_names_the_job() {
        let mut state = updating(SIZE);
        keys(&mut state, "x");
        assert_eq!(keys(&mut state, "y"), [Effect::CancelJob(43)]);
        hear_job(&mut state, crate::api::jobs::Job { state: JobState::Cancelled, ..running_job() });
        keys(&mut state, "x");
        assert_eq!(state.question, None);
    }

    #[test]
    fn leaving_asks_only_when_a_job_would_stop_with_the_core() {
        let quit = |attachment, running: bool| {
            let mut state = if running { updating(SIZE) } else { live(SIZE) };
            state.session.attachment = attachment;
            let effects = keys(&mut state, "q");
            (effects, state.question.is_some())
        };
        assert_eq!(quit(Attachment::Attached, true), (vec![Effect::Quit], false));
        assert_eq!(quit(Attachment::Embedded, false), (vec![Effect::Quit], false));
        assert_eq!(quit(Attachment::Embedded, true), (vec![], true));
        let mut state = updating(SIZE);
        state.session.attachment = Attachment::Embedded;
        keys(&mut state, "q");
        assert_eq!(press(&mut state, KeyCode::Enter), [Effect::Quit]);
    }

    #[test]
    fn esc_leads_back_to_where_one_came_from() {
        let mut state = updating(SIZE);
        press(&mut state, KeyCode::Enter);
        keys(&mut state, "?");
        let mut seen = vec![state.screen];
        for _ in 0..4 {
            press(&mut state, KeyCode::Esc);
            seen.push(state.screen);
        }
        let expected =
            [Screen::Help, Screen::Details, Screen::Update, Screen::Overview, Screen::Overview];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_filter_is_written_pasted_and_applied() {
        let mut state = listed();
        keys(&mut state, "/");
        let effects = update(&mut state, Message::Paste("quit\tstate:kept\n".to_owned()));
        let [Effect::ListPurchases { query, .. }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(query.q.as_deref(), Some("quit"));
        assert_eq!(query.state.as_deref(), Some("kept"));
        press(&mut state, KeyCode::Enter);
        update(&mut state, Message::Paste("u\ny".to_owned()));
        assert_eq!(state.question, None, "a paste presses no keys");
        keys(&mut state, "/x");
        press(&mut state, KeyCode::Esc);
        assert_eq!(state.purchases.filter.text, "quit state:kept");
    }

    #[test]
    fn the_selection_asks_for_the_pages_it_needs() {
        let mut state = live(SIZE);
        let rows: Vec<Purchase> = (0..200).map(purchase).collect();
        list(&mut state, rows, 100_000);
        assert_eq!(keys(&mut state, "j"), []);
        let effects = keys(&mut state, "G");
        assert!(matches!(effects.as_slice(), [Effect::ListPurchases { .. }]), "{effects:?}");
        assert_eq!(press(&mut state, KeyCode::Enter), [], "not there yet");
    }

    #[test]
    fn failed_only_asks_the_core_and_opens_what_it_shows() {
        let mut state = updating(SIZE);
        assert_eq!(keys(&mut state, "f"), [Effect::ListFailed(43)]);
        assert_eq!(press(&mut state, KeyCode::Enter), [Effect::OpenPurchase(1_041)]);
        state.job.put_item(item(7));
        assert!(state.job.shown().iter().all(|item| item.purchase_id != 7));
    }
}
