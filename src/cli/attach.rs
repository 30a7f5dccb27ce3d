//! How a command comes to its core.

use std::env;

use anyhow::Context;
use secrecy::SecretString;

use crate::client::Client;
use crate::config::Settings;

/// A client for the core that the settings name.
pub(super) fn client(settings: &Settings) -> anyhow::Result<Client> {
    let key = settings.admin_key.expose().map(SecretString::from);
    named(settings.core_url.as_str(), key)
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
