//! Whether the key in the settings opens the core, and whether the bot has the same one.
//!
//! ```text
//! the key as it stands ─▶ GET /api/v1/health with it ─▶ the bot's own .env, where that is another
//!   unset, weak             401, key_not_set              the same key?
//! ```
//!
//! The core itself does not ask itself: what it read is what opens it.
//!
//! Deliberately absent: who listens there (that is `port.rs`).

use std::fs::File;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::AUTHORIZATION;
use reqwest::redirect::Policy;
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use super::machine::aside::aside;
use super::machine::holder::reload;
use super::machine::quote::word;
use super::machine::started;
use super::{Found, Looker, Sight};
use crate::config::here::reachable;
use crate::config::{AdminKey, Dotenv, Environment, Settings, keys};
use crate::core::place;
use crate::database::lock::{Owner, find_owner};

/// How long the core may take to answer, together with its connection.
const ANSWER: Duration = Duration::from_millis(1200);

/// How long the database is asked who holds it: only a sentence becomes better by it.
const OWNER: Duration = Duration::from_millis(500);

/// An answer is read up to here. The core's health has about 10 KB.
const MAX_ANSWER: usize = 512 * 1024;

/// More than this is no settings file.
const MAX_FILE: u64 = 1024 * 1024;

pub(super) async fn find(sight: &Sight) -> Found {
    let settings = &sight.settings;
    let file = FileName::of(settings);
    let Some(key) = settings.admin_key.expose() else { return unset(&file) };
    let answer = match sight.looker {
        Looker::Core => None,
        Looker::Operator { .. } => Some(ask(sight.listen, key).await),
    };
    let refuser = match answer {
        Some(Answer::Refused) => refuser(sight).await,
        _ => None,
    };
    let own = Arc::clone(settings);
    let bots = match aside(move || Bots::read(&own)).await {
        Ok(bots) => bots,
        Err(cut_off) => return strength(&settings.admin_key, &file).and([cut_off]),
    };
    let reload = if bots.needs_reload() || answer.as_ref().is_some_and(Answer::needs_reload) {
        reload(sight.listen).await
    } else {
        String::new()
    };
    let opened = match answer {
        None => Found::ok("the core has a key"),
        Some(answer) => judge(&answer, &file, sight.listen, refuser, &reload),
    };
    let opened = match &file.0 {
        Some(name) => opened.with_fact("file", name),
        None => opened,
    };
    // Of faults alike the first speaks: a weak key is to be replaced, whoever takes it.
    strength(&settings.admin_key, &file)
        .and([opened, of_bots(&bots, settings, &file, sight.looker, &reload)])
}

/// The file with the key, for sentences.
struct FileName(Option<String>);

impl FileName {
    fn of(settings: &Settings) -> Self {
        Self(settings.file.as_ref().map(|file| file.display().to_string()))
    }

    fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("the environment")
    }
}

fn unset(file: &FileName) -> Found {
    Found::crit(
        "ADMIN_API_KEY is not set, or is the one of the published guide, which counts as none",
        new_key(file),
    )
}

fn strength(key: &AdminKey, file: &FileName) -> Found {
    match key {
        AdminKey::Weak { why, .. } => {
            Found::crit(format!("ADMIN_API_KEY is weak: it {why}"), new_key(file))
        }
        AdminKey::Good(_) | AdminKey::Unset => Found::ok(""),
    }
}

fn new_key(file: &FileName) -> String {
    format!(
        "alamor key new, then write it as ADMIN_API_KEY into {} and restart core and bot",
        file.as_str()
    )
}

/// What the core said to the key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It opens.
    Opened,
    /// 401.
    Refused,
    /// The core has no key.
    NotSet,
    /// Somebody else answered.
    Stranger(u16),
    /// Nobody answered, and why.
    Silent(String),
}

impl Answer {
    /// Whether the core has to read its settings anew.
    fn needs_reload(&self) -> bool {
        matches!(self, Self::Refused | Self::NotSet)
    }
}

/// The core that refuses, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refuser {
    owner: Owner,
    /// When the file was changed, and when the core began.
    changed_after: Option<bool>,
}

/// What the answer means; `reload` is how the core reads its settings anew.
fn judge(
    answer: &Answer,
    file: &FileName,
    listen: SocketAddr,
    refuser: Option<Refuser>,
    reload: &str,
) -> Found {
    let found = match answer {
        Answer::Opened => Found::ok("the key opens the core"),
        Answer::Refused => return refused(file, refuser, reload).asked(HEALTH, "401"),
        Answer::NotSet => Found::crit(
            format!("the core has no key: it did not read the one in {}", file.as_str()),
            reload,
        ),
        Answer::Stranger(status) => Found::unknown(
            format!("what answers at {listen} is no alamor core ({status}): see port"),
            None,
        ),
        Answer::Silent(why) => {
            Found::unknown(format!("no core answers at {listen} ({why}): see port"), None)
        }
    };
    found.asked(
        HEALTH,
        match answer {
            Answer::Opened => "200".to_owned(),
            Answer::Refused => "401".to_owned(),
            Answer::NotSet => "500 key_not_set".to_owned(),
            Answer::Stranger(status) => status.to_string(),
            Answer::Silent(why) => why.clone(),
        },
    )
}

fn refused(file: &FileName, refuser: Option<Refuser>, reload: &str) -> Found {
    let file = file.as_str();
    let Some(Refuser { owner, changed_after }) = refuser else {
        return Found::crit(format!("the core takes another key than the one in {file}"), reload);
    };
    let is_console = owner.role == "embedded";
    let fix =
        if is_console { "leave the console that runs the core, and open it again" } else { reload };
    let found = match changed_after {
        Some(true) => Found::crit(
            format!("the core takes another key: {file} was changed after the core started"),
            fix,
        ),
        Some(false) => Found::crit(
            format!(
                "the core takes another key, and {file} was not changed since it started: it reads \
                 another file, or the environment"
            ),
            // What it was started with names its file; without one it is the folder's.
            format!("tr '\\0' ' ' </proc/{0}/cmdline; sudo readlink /proc/{0}/cwd", owner.pid),
        ),
        None => Found::crit(format!("the core takes another key than the one in {file}"), fix),
    };
    found.with_fact("pid", owner.pid).asked("who holds the database", &owner)
}

const HEALTH: &str = "GET /api/v1/health with the key";

/// Who refuses: the core that holds the database, if it is the one that answers there.
async fn refuser(sight: &Sight) -> Option<Refuser> {
    let owner = timeout(OWNER, find_owner(&place(&sight.settings))).await.ok().flatten()?;
    if !owner.url.ends_with(&format!(":{}", sight.listen.port())) {
        return None;
    }
    let file = sight.settings.file.clone()?;
    let pid = owner.pid;
    let looked = aside(move || {
        // A lock that is left over names a process that is gone.
        let began = started::of(pid)?;
        let changed = file.metadata().and_then(|file| file.modified()).ok();
        Some((began, changed.and_then(|changed| Timestamp::try_from(changed).ok())))
    });
    let (began, changed) = looked.await.ok().flatten()?;
    Some(Refuser { owner, changed_after: changed.map(|changed| changed > began) })
}

/// Asks the core for its health with the key.
async fn ask(listen: SocketAddr, key: &str) -> Answer {
    let silent = |why: &str| Answer::Silent(why.to_owned());
    // Plain HTTP to this machine: no proxy, no certificates.
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .tls_certs_only([])
        .timeout(ANSWER)
        .build();
    let Ok(client) = client else { return silent("no client can be made") };
    let url = format!("http://{}/api/v1/health", reachable(listen));
    let sent = client.get(url).header(AUTHORIZATION, format!("Bearer {key}")).send().await;
    let mut response = match sent {
        Ok(response) => response,
        Err(error) if error.is_timeout() => {
            return silent("it takes the connection and says nothing");
        }
        Err(error) if error.is_connect() => return silent("the connection is refused"),
        Err(error) if error.is_builder() => return silent("the key cannot stand in a header"),
        Err(_) => return silent("it does not speak HTTP"),
    };
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Answer::Stranger(status);
        }
    }
    understand(status, &body)
}

/// What an answer means. What is not ours is told by its body: any server answers 401.
fn understand(status: u16, body: &[u8]) -> Answer {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let is = |field: &str, value: &str| json.get(field).is_some_and(|found| found == value);
    match status {
        200 if is("service", "alamor") => Answer::Opened,
        401 if is("code", "unauthorized") => Answer::Refused,
        500 if is("code", "key_not_set") => Answer::NotSet,
        status => Answer::Stranger(status),
    }
}

/// What the bot's own file says of its key.
#[derive(Debug)]
enum Bots {
    /// There is no such file, or it is the core's own.
    None,
    /// It holds the core's key.
    Same,
    /// It holds another.
    Another,
    /// It holds no key.
    Without,
    /// It cannot be read.
    Unread(io::Error),
}

impl Bots {
    /// Compares the key with the one in the bot's file, in a time that depends on neither.
    fn read(settings: &Settings) -> Self {
        let bot = &settings.probes.bot_file;
        if settings.file.as_deref().is_some_and(|file| is_same(file, bot)) {
            return Self::None;
        }
        let text = match read(bot) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::None,
            Err(error) => return Self::Unread(error),
        };
        let dotenv = Dotenv::parse(&text, &Environment::default());
        let bots = dotenv.find(keys::ADMIN_API_KEY.name).map(|found| found.value.expose_secret());
        match bots.filter(|bots| !bots.is_empty()) {
            None => Self::Without,
            Some(bots) if settings.admin_key.opens(bots) == Some(true) => Self::Same,
            Some(_) => Self::Another,
        }
    }

    /// Whether the cure ends with both reading their files again.
    fn needs_reload(&self) -> bool {
        matches!(self, Self::Without | Self::Another)
    }
}

/// Whether the bot, which reads its own file, sends the key that the core takes.
fn of_bots(
    bots: &Bots,
    settings: &Settings,
    file: &FileName,
    looker: Looker,
    reload: &str,
) -> Found {
    let name = settings.probes.bot_file.display().to_string();
    let both = || {
        format!(
            "write the same ADMIN_API_KEY into both, then restart the bot and let the core read it: {reload}"
        )
    };
    let found = match bots {
        Bots::None => return Found::ok(""),
        Bots::Same => Found::ok("").asked(format!("the key in {name}"), "the same"),
        Bots::Another => Found::crit(
            format!("the bot's key in {name} differs from the one in {}", file.as_str()),
            both(),
        ),
        Bots::Without => Found::warn(
            format!("the bot has no ADMIN_API_KEY in {name}: its buttons cannot update"),
            both(),
        ),
        Bots::Unread(error) if looker.is_root() => {
            let why = format!("the bot's {name} cannot be read: {error}");
            return Found::warn(why, format!("ls -l {}", word(&name)));
        }
        Bots::Unread(_) => {
            return Found::unknown(
                format!("whether the bot's key in {name} is the same cannot be seen by this user"),
                Some("sudo alamor check looks"),
            );
        }
    };
    found.with_fact("bot_file", name)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

fn read(file: &Path) -> io::Result<String> {
    // A pipe would hold the look for ever.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    File::open(file)?.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
