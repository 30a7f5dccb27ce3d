//! The remark of a pattern: one text around the e-mail.

use super::forms::{Forms, Write};
use super::template::{Hole, Signs, Template};
use crate::domain::inventory::Client;
use crate::domain::remark::without_usage;

/// A remark without its usage text.
#[derive(Clone)]
pub(super) struct Name<F> {
    before: String,
    /// What follows the e-mail; `None` if there is no e-mail in it.
    after: Option<String>,
    forms: Forms<F>,
}

impl<F: Write> Name<F> {
    /// `remark` as it is decoded, usage text and all, and as it is `written`.
    ///
    /// `None` if the e-mail stands in it twice, or it is written in no form that is known.
    pub(super) fn learn(all: &[F], remark: &str, written: &str, client: &Client) -> Option<Self> {
        let forms = Forms::learn(all, remark, written)?;
        let name = without_usage(remark);
        let (before, after) = match name.split_once(client.email.as_str()) {
            Some(_) if name.find(&client.email) != name.rfind(&client.email) => return None,
            Some((before, after)) => (before, Some(after.to_owned())),
            None => (name, None),
        };
        Some(Self { before: before.to_owned(), after, forms })
    }

    /// The remark of a client: as it is written, and decoded.
    pub(super) fn make(&self, client: &Client) -> Option<(String, String)> {
        let remark = match &self.after {
            Some(_) if client.email.is_empty() => return None,
            Some(after) => [self.before.as_str(), &client.email, after].concat(),
            None => self.before.clone(),
        };
        Some((self.forms.write(&remark)?, remark))
    }

    /// Pushes the remark as it is written. `None` if that is not sure, or a `%` in it may be the
    /// beginning of what is escaped.
    pub(super) fn push_to(&self, template: &mut Template) -> Option<()> {
        let write = |piece: &str| self.forms.write(piece).filter(|_| !piece.contains('%'));
        template.push(F::within(&write(&self.before)?));
        if let Some(after) = &self.after {
            template.push_hole(Hole::Email(Signs::of(&self.forms)));
            template.push(F::within(&write(after)?));
        }
        Some(())
    }

    /// Whether each client's remark is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_none()
    }

    /// The decoded remark of the client with this e-mail, in pieces.
    pub(super) fn remark<'a>(&'a self, email: &'a str) -> [&'a str; 3] {
        match &self.after {
            Some(after) => [&self.before, email, after],
            None => [&self.before, "", ""],
        }
    }

    pub(super) fn narrowed(&self, other: &Self) -> Option<Self> {
        Some(Self { forms: self.forms.both(&other.forms)?, ..self.clone() })
    }

    /// The texts that are kept from the remark learned from.
    pub(super) fn pieces(&self) -> [&str; 2] {
        [&self.before, self.after.as_deref().unwrap_or_default()]
    }
}
