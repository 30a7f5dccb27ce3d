//! The ladder as sentences, a rung a line, told as soon as it is known. Pure.
//!
//! ```text
//! TCP: ok, 203.0.113.7:443 answers.
//! TLS: CRIT, served certificate expired yesterday.
//! Why: certbot renewed it 29 days ago; nginx still has the old one.
//! Do: systemctl reload nginx
//! TLS does not work: what is below it was not tried.
//! ```

use std::collections::BTreeSet;

use super::job::capital;
use crate::api::checks::{Check, CheckState};
use crate::console::format;
use crate::console::lang::Lang;
use crate::console::state::State;
use crate::console::state::climb::Phase;
use crate::console::words;

/// What of a ladder was told already.
#[derive(Debug, Default)]
pub(super) struct Told {
    generation: u64,
    rungs: BTreeSet<usize>,
    end: bool,
}

impl Told {
    /// What is to be told now.
    pub(super) fn changes(&mut self, state: &State) -> Vec<String> {
        let climb = &state.climb;
        if self.generation != climb.generation() {
            *self = Self { generation: climb.generation(), ..Self::default() };
        }
        let mut lines = Vec::new();
        for (index, each) in climb.rungs.iter().enumerate() {
            let found = each.found.as_ref().filter(|check| check.state != CheckState::NotTried);
            if let Some(check) = found.filter(|_| self.rungs.insert(index)) {
                lines.extend(rung(check, state.session.lang));
            }
        }
        let is_over = matches!(climb.phase, Phase::Climbed(_) | Phase::Broken(_));
        if is_over && !std::mem::replace(&mut self.end, true) {
            lines.push(end(state));
        }
        lines
    }
}

fn rung(check: &Check, lang: Lang) -> Vec<String> {
    let name = words::rung_name(lang, &check.name);
    let (word, sentence) = (words::check(lang, check.state), words::rung(lang, check));
    let mut lines = vec![format!("{name}: {word}, {sentence}.")];
    let below = words::below(lang, check).into_iter();
    // A command stands as it is: a stop behind it would be typed with it.
    lines.extend(below.map(|(label, _, text)| format!("{}: {text}", capital(&label))));
    lines
}

fn end(state: &State) -> String {
    let (climb, lang, say) = (&state.climb, state.session.lang, state.words());
    if let Phase::Broken(ended) = &climb.phase {
        return format!("{}.", capital(&ended.said(lang)));
    }
    let took = climb.rungs.iter().filter_map(|rung| rung.found.as_ref()?.took_ms).sum();
    let failed = climb
        .rungs
        .iter()
        .find(|rung| rung.found.as_ref().is_some_and(|check| check.state == CheckState::Crit));
    match failed {
        Some(rung) => say.plain_ladder_ends(words::rung_name(lang, &rung.name)),
        None => say.plain_ladder_climbed(format::took(lang, took)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{climbed, climbing, keys, opened, tell};
    use crate::console::state::climb::{self, Ended};

    #[test]
    fn every_rung_is_told_once_with_why_and_what_to_do() {
        let mut told = Told::default();
        assert_eq!(told.changes(&climbing(Lang::En, (80, 24), 2)).len(), 2);
        let mut told = Told::default();
        let state = climbed(Lang::En, (80, 24));
        insta::assert_snapshot!("plain_ladder", told.changes(&state).join("\n"));
        assert_eq!(told.changes(&state), [""; 0]);
    }

    #[test]
    fn a_climb_that_breaks_off_is_told() {
        let mut state = opened((80, 24));
        let effects = keys(&mut state, "6");
        tell(&mut state, &effects, [climb::Told::Ended(Ended::TooLong)]);
        let lines = Told::default().changes(&state);
        assert_eq!(lines, ["Alamor check was not over after 30 s, and was ended."]);
    }
}
