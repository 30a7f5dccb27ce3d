//! stub

mod dotenv;
mod environment;

pub use dotenv::{Dotenv, Fault, FaultyLine, Variable};
pub use environment::Environment;
