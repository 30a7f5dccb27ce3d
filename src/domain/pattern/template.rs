//! A text with holes for what differs between clients that are alike, filled without being read.
//!
//! ```text
//! vless://‹secret›@de.example.net:443?flow=…&type=tcp#DE%20in1.u‹e-mail›
//! ```
//!
//! Invariant: what it writes of plain texts is what the pattern that it is of writes.

use super::forms::{Forms, Write};
use crate::domain::base64_text::Kind;
use crate::domain::share_link::are_plain;

/// See the head of this file.
#[derive(Clone, Default)]
pub(super) struct Template {
    start: String,
    /// Each with the text behind it.
    holes: Vec<(Hole, String)>,
}

#[derive(Clone)]
pub(super) enum Hole {
    Secret(Signs),
    /// Base64 of a text and the secret.
    Base64(String, Forms<Kind>),
    Email(Signs),
}

/// The whole text of a link.
#[derive(Clone)]
pub(super) enum Text {
    AsItIs(Template),
    /// Behind the scheme it is Base64.
    Base64(String, Template, Forms<Kind>),
}

/// A text that is plain: see [`are_plain`].
#[derive(Clone, Copy)]
pub(super) struct Plain<'a> {
    text: &'a str,
    /// How many of its bytes are signs of Base64.
    signs: usize,
}

/// How the signs of Base64 are written, `/`, `+` and `=`, and `None` where that is not sure. Of a
/// plain text the rest is written as it is.
#[derive(Clone, Copy)]
pub(super) struct Signs([Option<&'static str>; 3]);

impl Text {
    /// The text for these, with `room` behind it. `None` if it is not sure.
    pub(super) fn write(&self, secret: Plain<'_>, email: Plain<'_>, room: usize) -> Option<String> {
        match self {
            Self::AsItIs(template) => {
                let mut text = String::with_capacity(template.longest(secret, email) + room);
                template.write(secret, email, &mut text)?;
                Some(text)
            }
            Self::Base64(scheme, template, forms) => {
                let mut plain = String::with_capacity(template.longest(secret, email));
                template.write(secret, email, &mut plain)?;
                let length = scheme.len() + Kind::longest(plain.len());
                let mut text = String::with_capacity(length + room);
                text.push_str(scheme);
                forms.write_to(&mut text, &plain)?;
                Some(text)
            }
        }
    }
}

impl Template {
    pub(super) fn push(&mut self, text: &str) {
        self.holes.last_mut().map_or(&mut self.start, |(_, after)| after).push_str(text);
    }

    pub(super) fn push_hole(&mut self, hole: Hole) {
        self.holes.push((hole, String::new()));
    }

    fn write(&self, secret: Plain<'_>, email: Plain<'_>, text: &mut String) -> Option<()> {
        text.push_str(&self.start);
        for (hole, after) in &self.holes {
            match hole {
                Hole::Secret(signs) => signs.write_to(text, secret)?,
                Hole::Base64(prefix, forms) => {
                    forms.write_to(text, &[prefix.as_str(), secret.text].concat())?;
                }
                Hole::Email(signs) => signs.write_to(text, email)?,
            }
            text.push_str(after);
        }
        Some(())
    }

    /// In bytes; nothing that it writes is longer.
    fn longest(&self, secret: Plain<'_>, email: Plain<'_>) -> usize {
        let longest = |(hole, after): &(Hole, String)| {
            let hole = match hole {
                Hole::Secret(_) => secret.longest(),
                Hole::Base64(prefix, _) => Kind::longest(prefix.len() + secret.text.len()),
                Hole::Email(_) => email.longest(),
            };
            hole + after.len()
        };
        self.start.len() + self.holes.iter().map(longest).sum::<usize>()
    }
}

impl Signs {
    pub(super) fn of<F: Write>(forms: &Forms<F>) -> Self {
        Self([("/", "%2F"), ("+", "%2B"), ("=", "%3D")].map(|(sign, escaped)| {
            let written = forms.write(sign)?;
            [sign, escaped].into_iter().find(|one| *one == F::within(&written))
        }))
    }

    fn write_to(self, text: &mut String, plain: Plain<'_>) -> Option<()> {
        let are_left = || self.0.iter().all(|sign| sign.is_some_and(|sign| sign.len() == 1));
        if plain.signs == 0 || are_left() {
            text.push_str(plain.text);
            return Some(());
        }
        let [slash, plus, equals] = self.0;
        for one in plain.text.chars() {
            match one {
                '/' => text.push_str(slash?),
                '+' => text.push_str(plus?),
                '=' => text.push_str(equals?),
                other => text.push(other),
            }
        }
        Some(())
    }
}

impl<'a> Plain<'a> {
    /// `None` if this one is not.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // In 32 bits many are counted at once.
        let signs = text.bytes().map(|byte| u32::from(is_sign(byte))).sum::<u32>() as usize;
        are_plain(text).then_some(Self { text, signs })
    }

    /// In bytes, however its signs are written.
    fn longest(self) -> usize {
        self.text.len() + 2 * self.signs
    }
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'/' | b'+' | b'=')
}
