//! What a firewall does to one packet: rules that fit it or not, in chains, walked as the kernel does.
//!
//! The packet is the first of a connection, by TCP and IPv4, from an ordinary customer: from an
//! address that no rule names. What is not understood is a doubt; a doubt that would change the end
//! makes it unclear, any other does not matter.

use std::collections::{BTreeMap, BTreeSet};

/// Whether a rule, or a part of it, fits the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// Not understood.
    Unclear,
    /// Only from addresses that the rule names.
    Named,
    Yes,
}

impl Fit {
    pub(super) fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    /// Both must fit: the lesser of them counts.
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One must fit. Of several, one that is not understood counts before one of named addresses.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unclear, _) | (_, Self::Unclear) => Self::Unclear,
            _ => self.max(other),
        }
    }

    /// Everybody else than whom a rule names is everybody.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No | Self::Named => Self::Yes,
            Self::Unclear => Self::Unclear,
        }
    }
}

/// What becomes of a packet that a rule fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    /// Dropped, or rejected with an answer.
    Drop,
    Return,
    /// Through a chain, and back.
    Jump(String),
    /// Through a chain, and on behind the rule that jumped here.
    Goto(String),
    /// The next rule: a counter, a log.
    Continue,
    /// Not understood.
    Unclear,
}

/// A rule as far as the packet is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) fit: Fit,
    pub(super) verdict: Verdict,
    /// How it is told: its chain, and its text.
    pub(super) text: String,
}

/// A chain that the kernel itself sends packets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    /// Its chain in [`Rules::chains`].
    pub(super) chain: String,
    /// What becomes of packets that no rule decides.
    pub(super) accepts: bool,
    /// A command that lets a port in here, up to the port.
    pub(super) open: String,
}

/// A firewall's rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rules {
    /// In the order in which the kernel sends packets through them.
    pub(super) bases: Vec<Base>,
    pub(super) chains: BTreeMap<String, Vec<Rule>>,
}

/// What becomes of the packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Open,
    /// By what, and how it is opened (up to the port).
    Closed {
        by: String,
        open: String,
    },
    /// Because of what.
    Unclear(String),
}

/// Longer walks are loops: no kernel accepts them, but a text might have them.
const MOST_STEPS: usize = 1_000_000;

/// The kernel's own bound is 16.
const DEEPEST: usize = 32;

impl Rules {
    /// Walks all base chains: one that closes is enough.
    pub(super) fn end(&self) -> End {
        let mut end = End::Open;
        for base in &self.bases {
            match self.walk(base) {
                End::Open => {}
                closed @ End::Closed { .. } => return closed,
                unclear @ End::Unclear(_) => end = unclear,
            }
        }
        end
    }

    fn chain(&self, name: &str) -> &[Rule] {
        self.chains.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn walk(&self, base: &Base) -> End {
        let mut doubts = Doubts::default();
        let mut idle = BTreeMap::new();
        let mut frames = vec![self.chain(&base.chain)];
        for _ in 0..MOST_STEPS {
            let depth = frames.len();
            let Some(frame) = frames.last_mut() else {
                let by = format!("the policy of {}", base.chain);
                return doubts.settle(base.accepts, &by, &base.open);
            };
            let Some((rule, rest)) = frame.split_first() else {
                frames.pop();
                continue;
            };
            *frame = rest;
            match (rule.fit, &rule.verdict) {
                (Fit::No, _) | (_, Verdict::Continue) => {}
                (Fit::Yes, Verdict::Accept) => return doubts.settle(true, &rule.text, &base.open),
                (Fit::Yes, Verdict::Drop) => return doubts.settle(false, &rule.text, &base.open),
                (Fit::Yes, Verdict::Return) => {
                    frames.pop();
                }
                (Fit::Yes, Verdict::Jump(to)) if depth < DEEPEST => {
                    frames.push(self.chain(to));
                }
                (Fit::Yes, Verdict::Goto(to)) => *frame = self.chain(to),
                (Fit::Yes, _) => return End::Unclear(rule.text.clone()),
                (Fit::Named | Fit::Unclear, Verdict::Jump(to)) if self.is_idle(to, &mut idle) => {}
                (fit, verdict) => doubts.note(fit, verdict, &rule.text),
            }
        }
        End::Unclear(format!("{} is longer than is looked at", base.chain))
    }

    /// Whether a chain, with all that it leads to, does nothing to the packet but count and log.
    ///
    /// Each chain is looked at once, however many ways lead there: `known` is what was found of
    /// chains before.
    fn is_idle<'a>(&'a self, chain: &'a str, known: &mut BTreeMap<&'a str, bool>) -> bool {
        if let Some(idle) = known.get(chain) {
            return *idle;
        }
        let (mut seen, mut left) = (BTreeSet::from([chain]), vec![chain]);
        let mut is_idle = true;
        while let (true, Some(next)) = (is_idle, left.pop()) {
            for rule in self.chain(next).iter().filter(|rule| rule.fit != Fit::No) {
                match &rule.verdict {
                    Verdict::Jump(to) if seen.insert(to) => left.push(to),
                    Verdict::Continue | Verdict::Jump(_) => {}
                    _ => is_idle = false,
                }
            }
        }
        known.insert(chain, is_idle);
        is_idle
    }
}

/// Rules that may or may not have decided already.
#[derive(Debug, Default)]
struct Doubts {
    /// One that may have let it in.
    opening: Option<String>,
    /// One that may have shut it out.
    closing: Option<String>,
    /// One that lets in whom it names.
    named: Option<String>,
}

impl Doubts {
    fn note(&mut self, fit: Fit, verdict: &Verdict, text: &str) {
        let note = |doubt: &mut Option<String>| {
            doubt.get_or_insert_with(|| text.to_owned());
        };
        match (fit, verdict) {
            // An ordinary customer is on no list of those that are shut out.
            (Fit::Named, Verdict::Drop) => {}
            (Fit::Named, _) => note(&mut self.named),
            (_, Verdict::Accept) => note(&mut self.opening),
            (_, Verdict::Drop) => note(&mut self.closing),
            _ => {
                note(&mut self.opening);
                note(&mut self.closing);
            }
        }
    }

    fn settle(self, is_open: bool, by: &str, open: &str) -> End {
        if is_open {
            return self.closing.map_or(End::Open, End::Unclear);
        }
        if let Some(text) = self.opening {
            return End::Unclear(text);
        }
        match self.named {
            Some(text) => End::Unclear(format!("{text}, which lets in whom it names only")),
            None => End::Closed { by: by.to_owned(), open: open.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(fit: Fit, verdict: Verdict) -> Rule {
        let text = format!("{fit:?} {verdict:?}");
        Rule { fit, verdict, text }
    }

    fn end(accepts: bool, chains: &[(&str, &[(Fit, Verdict)])]) -> End {
        let chains = chains.iter().map(|(name, rules)| {
            let rules = rules.iter().map(|(fit, verdict)| rule(*fit, verdict.clone())).collect();
            ((*name).to_owned(), rules)
        });
        let base = Base { chain: "in".to_owned(), accepts, open: "open".to_owned() };
        Rules { bases: vec![base], chains: chains.collect() }.end()
    }

    fn closed(by: &str) -> End {
        End::Closed { by: by.to_owned(), open: "open".to_owned() }
    }

    fn jump(to: &str) -> Verdict {
        Verdict::Jump(to.to_owned())
    }

    use Fit::{Named, No, Unclear, Yes};
    use Verdict::{Accept, Continue, Drop, Goto, Return};

    #[test]
    fn the_first_rule_that_fits_decides_else_the_policy() {
        assert_eq!(end(true, &[]), End::Open);
        assert_eq!(end(false, &[]), closed("the policy of in"));
        assert_eq!(end(false, &[("in", &[(No, Drop), (Yes, Accept), (Yes, Drop)])]), End::Open);
        assert_eq!(end(true, &[("in", &[(Yes, Continue), (Yes, Drop)])]), closed("Yes Drop"));
    }

    #[test]
    fn chains_are_entered_and_left() {
        let web: (&str, &[_]) = ("web", &[(Yes, Return), (Yes, Accept)]);
        assert_eq!(end(false, &[("in", &[(Yes, jump("web"))]), web]), closed("the policy of in"));
        let web: (&str, &[_]) = ("web", &[(No, Return), (Yes, Accept)]);
        assert_eq!(end(false, &[("in", &[(Yes, jump("web"))]), web]), End::Open);
        let goto: (&str, &[_]) = ("in", &[(Yes, Goto("web".to_owned())), (Yes, Accept)]);
        assert_eq!(end(false, &[goto, ("web", &[])]), closed("the policy of in"));
    }

    #[test]
    fn a_doubt_counts_only_where_it_would_change_the_end() {
        let check = |accepts, rules: &[(Fit, Verdict)], expected| {
            assert_eq!(end(accepts, &[("in", rules)]), expected, "{rules:?}");
        };
        check(true, &[(Unclear, Accept)], End::Open);
        check(false, &[(Unclear, Drop)], closed("the policy of in"));
        check(false, &[(Unclear, Accept)], End::Unclear("Unclear Accept".to_owned()));
        check(true, &[(Unclear, Drop)], End::Unclear("Unclear Drop".to_owned()));
        check(true, &[(Yes, Verdict::Unclear)], End::Unclear("Yes Unclear".to_owned()));
        check(true, &[(Unclear, jump("none"))], End::Open);
    }

    #[test]
    fn lists_of_addresses_are_not_ordinary_customers() {
        let check = |accepts, rules: &[(Fit, Verdict)], expected| {
            assert_eq!(end(accepts, &[("in", rules)]), expected, "{rules:?}");
        };
        check(true, &[(Named, Drop)], End::Open);
        check(true, &[(Named, Accept)], End::Open);
        let text = "Named Accept, which lets in whom it names only";
        check(false, &[(Named, Accept)], End::Unclear(text.to_owned()));
    }

    /// With every way looked at these were 2^60 looks: the test would not end.
    #[test]
    fn chains_with_many_ways_to_one_end_are_looked_at_once() {
        let name = |level: usize| format!("level {level}");
        let both = |level| vec![rule(Yes, jump(&name(level + 1))); 2];
        let mut chains: BTreeMap<String, Vec<Rule>> =
            (0..60).map(|level| (name(level), both(level))).collect();
        chains.insert("in".to_owned(), vec![rule(Unclear, jump(&name(0)))]);
        let base = Base { chain: "in".to_owned(), accepts: false, open: "open".to_owned() };
        let rules = |chains| Rules { bases: vec![base.clone()], chains }.end();
        chains.insert(name(60), vec![rule(Yes, Continue)]);
        assert_eq!(rules(chains.clone()), closed("the policy of in"));
        chains.insert(name(60), vec![rule(Yes, Accept)]);
        assert!(matches!(rules(chains), End::Unclear(_)));
    }

    #[test]
    fn chains_that_jump_to_each_other_end() {
        let chains: [(&str, &[_]); 2] = [("in", &[(Yes, jump("b"))]), ("b", &[(Yes, jump("in"))])];
        assert!(matches!(end(true, &chains), End::Unclear(_)));
        let goto: (&str, &[_]) = ("in", &[(Yes, Goto("in".to_owned()))]);
        assert!(matches!(end(true, &[goto]), End::Unclear(_)));
    }
}
