//! `alamor` without a command: the console, on a running core or on one of its own.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::args::Args;
use super::{attach, logging, output, runtime};
use crate::client::{Client, ClientError};
use crate::config::{AdminKey, ApiKey, Settings};
use crate::console::{self, Attachment, Exit, Look, Options};
use crate::core::{self, Role, Running};
use crate::database::lock::{Owner, find_owner};
use crate::database::place::Place;

/// How long a `serve` core may take from asking for the database to having it: it looks every
/// 100 ms, and opening takes well under a second.
const SUCCESSOR_WAIT: Duration = Duration::from_secs(2);

/// How a console shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// On the whole terminal.
    Screens,
    /// Line by line, on anything.
    Lines,
}

impl Form {
    /// What was asked for, or what the terminal can do.
    pub(super) fn choose(args: &Args) -> Self {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        if args.plain || is_dumb { Self::Lines } else { Self::Screens }
    }
}

/// Attaches to the core of the settings; where none answers, offers to start one embedded.
pub(super) fn run(args: &Args, settings: Settings) -> anyhow::Result<ExitCode> {
    let form = Form::choose(args);
    if form == Form::Screens && (!io::stdout().is_terminal() || !io::stdin().is_terminal()) {
        bail!(
            "the console needs a terminal; `alamor --plain`, `alamor status` and `alamor update --all` do not"
        );
    }
    // Without a key too: an embedded core makes one.
    let key = settings.admin_key.expose().map(SecretString::from);
    let client = attach::named(settings.core_url.as_str(), key)?;
    let runtime = runtime()?;
    match runtime.block_on(client.get_health()) {
        Err(error @ ClientError::NotReached { .. }) => {
            if args.embedded || wants_embedded(&error)? {
                return runtime.block_on(embedded(settings, form));
            }
            Ok(ExitCode::from(2))
        }
        Err(error @ (ClientError::NotOurs { .. } | ClientError::BadSettings { .. })) => {
            Err(error.into())
        }
        // A refusal is shown by the console, which tries again when the key was put right.
        Ok(_) | Err(_) => runtime.block_on(open(client, Attachment::Attached, form)),
    }
}

/// Asks the operator once.
fn wants_embedded(why: &ClientError) -> anyhow::Result<bool> {
    output::note(&why.to_string());
    let _ = write!(io::stderr(), "Start a core inside this console? It ends with it. [Y/n] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("the terminal")?;
    // No line at all is a terminal that went away, not a yes.
    Ok(!answer.is_empty()
        && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "д" | "да"))
}

async fn embedded(mut settings: Settings, form: Form) -> anyhow::Result<ExitCode> {
    if settings.admin_key.expose().is_none() {
        settings.admin_key = AdminKey::Good(ApiKey::generate());
    }
    // A free port on loopback: closing the console must not take the customers' port with it.
    let listener = TcpListener::bind("127.0.0.1:0").context("a free port on 127.0.0.1")?;
    let core_url = settings.core_url.to_string();
    let place = core::place(&settings);
    let key = settings.admin_key.expose().map(SecretString::from);
    // Before the core, or its log would lack how it began.
    logging::start_for_console(&settings.log.level);
    let core = core::start(settings, listener, Role::Embedded).await?;
    match with_core(core, key.clone(), form).await? {
        Left::Quit(code) => Ok(code),
        // A `serve` core has our database now: go on with that one.
        Left::Yielded => {
            let successor = successor(&place).await.map_or(core_url, |owner| owner.url);
            open(attach::named(&successor, key)?, Attachment::Attached, form).await
        }
    }
}

/// Who took the database that we yielded; `None` if nobody did so in time.
async fn successor(place: &Place) -> Option<Owner> {
    let deadline = Instant::now() + SUCCESSOR_WAIT;
    loop {
        let owner = find_owner(place).await.filter(|owner| owner.pid != std::process::id());
        if owner.is_some() || Instant::now() >= deadline {
            return owner;
        }
        sleep(SUCCESSOR_WAIT / 20).await;
    }
}

/// Why a console on an embedded core ended.
pub(super) enum Left {
    Quit(ExitCode),
    Yielded,
}

/// Opens the console on a core in this process; stops the core afterwards.
pub(super) async fn with_core(
    core: Running,
    key: Option<SecretString>,
    form: Form,
) -> anyhow::Result<Left> {
    let client = attach::named(&format!("http://{}", core.address()), key)?;
    let stopping = core.stopping();
    let left = tokio::select! {
        code = open(client, Attachment::Embedded, form) => code.map(Left::Quit),
        () = stopping.cancelled() => Ok(Left::Yielded),
    };
    core.stop().await;
    left
}

async fn open(client: Client, attachment: Attachment, form: Form) -> anyhow::Result<ExitCode> {
    // A line on stderr would tear the screen: what happens here goes to the screen of logs.
    logging::start_for_console("info");
    let look = Look::detect(|name| std::env::var(name).ok());
    let options = Options { client, by: attach::by(), attachment, look };
    let exit = match form {
        Form::Screens => console::run(options).await?,
        Form::Lines => console::plain::run(options).await?,
    };
    Ok(match exit {
        Exit::Quit | Exit::Signal | Exit::HungUp => ExitCode::SUCCESS,
    })
}
