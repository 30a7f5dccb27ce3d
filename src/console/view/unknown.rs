//! Before a core was ever heard: nothing is known, and here is what to do about it.
//!
//! ```text
//! http://127.0.0.1:8080
//! the core is not reached: nothing listens there
//!
//! is the service running?          systemctl status alamorwebhook
//! look for the cause step by step: t
//! ```

use ratatui::buffer::Buffer;

use super::paint::{Canvas, words};
use crate::client::{ClientError, NotReached};
use crate::console::keymap::{Action, Screen};
use crate::console::look::{Look, Tone};
use crate::console::reasons::of_client_in_short;
use crate::console::state::State;

/// Draws what is known before the core was ever heard: nothing, and what to do about it.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
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
    let screen = state.screen;
    let action = if screen == Screen::Panels { Action::Probe } else { Action::Why };
    let cures = cures(look, &loss.cause).into_iter();
    let ladder = (look.lang.say().cure_ladder(), state.keymap.shown(screen, action));
    for (row, (what, command)) in (4..).zip(cures.chain([ladder])) {
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
