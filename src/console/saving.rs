//! What is saved beside the console: pictures of the screen, and reports of the ladder.
//!
//! Invariant: the loop does not wait for the disk; the answer comes back as a message.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use tokio::sync::mpsc::UnboundedSender;

use super::look::Look;
use super::message::Answer;
use super::new_file;
use super::picture::{self, PictureFormat};
use super::state::State;
use super::view;

/// Saves what is shown.
pub(super) fn picture(
    state: &State,
    look: Look,
    format: PictureFormat,
    answers: &UnboundedSender<Answer>,
) {
    let name = picture::name(&state.clock, state.screen.name());
    save(name, format.extension(), format.write(&view::draw(state, look)), answers);
}

/// Saves what the ladder found.
pub(super) fn report(state: &State, text: String, answers: &UnboundedSender<Answer>) {
    save(picture::name(&state.clock, "check"), "txt", text, answers);
}

fn save(name: String, ending: &'static str, text: String, answers: &UnboundedSender<Answer>) {
    let answers = answers.clone();
    tokio::task::spawn_blocking(move || {
        let write = |mut file: &File| file.write_all(text.as_bytes());
        let saved = new_file::write(Path::new(&name), ending, write);
        // Nobody listens any more: the console was left.
        let _ = answers.send(Answer::Saved(saved.map(|path| path.display().to_string())));
    });
}
