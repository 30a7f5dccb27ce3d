//! Where settings come from: the command line, the bot's `.env`, the environment.
//!
//! ```text
//! location ─▶ source ─▶ dotenv ─▶ load ─▶ settings, or all violations at once
//! which file  text      lines     types, by the table of KEYS
//! ```
//!
//! Start reading at [`Settings::load`].
//!
//! Invariants:
//! - The bot's file is read as the bot reads it; keys that are not ours are left alone.
//! - A secret is shown nowhere, not even its length.
//! - The process environment is read once, at [`Environment::of_process`], and never changed.
//!
//! Deliberately absent: the command line's grammar (that is `cli`), databases, sockets.

mod settings;
pub mod here;
pub mod alerts;
pub mod legacy;
mod load;
pub mod keys;
mod violation;
mod source;
mod location;
mod environment;
mod dotenv;
mod api_key;
mod encryption_key;
mod texts;
pub mod init;
pub mod rewrite;

pub use api_key::{AdminKey, ApiKey, WeakKey};
pub use dotenv::{Dotenv, Fault, FaultyLine, Variable};
pub use encryption_key::{EncryptionKey, NotAFernetKey};
pub use environment::Environment;
pub use keys::{KEYS, Key};
pub use location::{ALAMOR_ENV, ALAMOR_ENV_ORIGINAL, Location, NamedBy, Places};
pub use settings::{
    AcmeSettings, Database, LogFormat, LogSettings, PairFiles, ProbeSettings, Remark, RemarkUsage,
    Settings, TlsSettings, UpdateSettings,
};
pub use source::Source;
pub use texts::Texts;
pub use violation::{Place, Violation, Violations};
