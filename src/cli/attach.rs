//! How a command comes to its core.

use std::env;

use anyhow::{Context, bail};
use secrecy::SecretString;

use crate::client::{Client, ClientError};
use crate::config::Settings;
use crate::console::Lang;

/// A client for the core that the settings name.
///
/// # Errors
///
/// If there is no key: no core answers without one.
pub(super) fn client(settings: &Settings) -> anyhow::Result<Client> {
    let Some(key) = settings.admin_key.expose() else {
        let file = settings.file.as_ref();
        let file =
            file.map_or_else(|| "the settings".to_owned(), |file| file.display().to_string());
        bail!(
            "ADMIN_API_KEY is not set in {file}, and a core answers nobody without its key. \
             `alamor key new` prints one: write it there and restart the core"
        );
    };
    named(settings.core_url.as_str(), Some(SecretString::from(key)))
}

/// What an operator can do about a core that does not answer as one; a sentence.
pub(super) fn find_fix(error: &ClientError, lang: Lang) -> Option<String> {
    match error {
        ClientError::NotReached { .. } => Some(lang.say().fix_start()),
        ClientError::NotOurs { .. } => Some(lang.say().fix_name()),
        // These say it themselves.
        ClientError::BadSettings { .. }
        | ClientError::Unauthorized { .. }
        | ClientError::KeyNotSet { .. }
        | ClientError::JobRunning { .. }
        | ClientError::Refused(_) => None,
    }
}

/// A client that says who sits here.
pub(super) fn named(core_url: &str, key: Option<SecretString>) -> anyhow::Result<Client> {
    let client = Client::new(core_url, key).context("CORE_URL or ADMIN_API_KEY")?;
    Ok(client.named(&by()))
}

/// Who sits here: who called `sudo`, else who logged in.
pub(super) fn by() -> String {
    let named = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    named("SUDO_USER").or_else(|| named("USER")).unwrap_or_else(|| {
        // A bare shell, as in a container, has neither.
        let uid = rustix::process::getuid();
        if uid.is_root() { "root".to_owned() } else { format!("uid {}", uid.as_raw()) }
    })
}
