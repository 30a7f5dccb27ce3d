//! The ladder to one panel: what is looked at, step by step, when somebody asks why.
//!
//! Invariant: the first step that is `Crit` ends it; the steps below are `NotTried`.

use std::time::Duration;

use super::panel::{Mood, Panel};

/// One step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What was looked at, in a word.
    pub(crate) name: &'static str,
    /// What was found.
    pub(crate) state: StepState,
    /// One sentence without secrets; empty for what was not tried.
    pub(crate) text: String,
    /// What to do, as one command or one sentence.
    pub(crate) fix: Option<String>,
    /// How long looking took.
    pub(crate) took: Duration,
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepState {
    /// All is well.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Crit,
    /// Cannot be seen from here.
    Unknown,
    /// Something above does not work.
    NotTried,
}

impl Panel {
    /// Climbs the ladder.
    #[expect(clippy::unused_async, reason = "nothing is asked yet")]
    pub(crate) async fn probe(&self) -> Vec<Step> {
        let (mood, _) = self.mood();
        let step =
            |name, state, text: String| Step { name, state, text, fix: None, took: Duration::ZERO };
        let answers = match &mood {
            Mood::Unusable(why) => {
                let settings = step("settings", StepState::Crit, why.text.clone());
                return vec![settings, step("answer", StepState::NotTried, String::new())];
            }
            Mood::Unknown => (StepState::Unknown, "nobody has asked it yet".to_owned()),
            Mood::Reachable => (StepState::Ok, "its last answer made sense".to_owned()),
            Mood::Unreachable(why) => (StepState::Crit, why.text.clone()),
            Mood::Failing(why) => (StepState::Warn, why.text.clone()),
        };
        vec![
            step("settings", StepState::Ok, "its row can be read".to_owned()),
            step("answer", answers.0, answers.1),
        ]
    }

    /// Forgets that its password was refused: it may be tried again.
    #[expect(clippy::unused_self, reason = "nothing is remembered yet")]
    pub(crate) fn forgive(&self) {}
}
