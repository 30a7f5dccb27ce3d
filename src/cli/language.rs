//! In which language commands speak.

use std::env;

use super::args;
use crate::console::Lang;

/// The language that was asked for, else the environment's, else English.
pub(super) fn choose(asked: Option<args::Lang>) -> Lang {
    match asked {
        Some(args::Lang::En) => Lang::En,
        Some(args::Lang::Ru) => Lang::Ru,
        Some(args::Lang::Fa) => Lang::Fa,
        None => Lang::detect(|name| env::var(name).ok()),
    }
}
