//! A panel's admin API: its paths and words, who is let in, and what was refused.
//!
//! ```text
//! session::Access   may we ask? ─▶ Entry (cookie or token) | log in | no
//! words             what a login, a list, a status say
//! refusals          which passwords are not tried again, across restarts
//! ```
//!
//! Invariants:
//! - A password that was refused is tried again only after somebody acted; one that was taken
//!   before, once more after 15 minutes (fact C17).
//! - Cookies, tokens and passwords are in no `Debug`.
//!
//! Deliberately absent: when it is asked, and what becomes of it.

pub(crate) mod words;
pub(crate) mod session;
pub(crate) mod refusals;
