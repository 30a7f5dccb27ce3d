//! `alamor` without a command: the console, on a running core or on one of its own.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout};

use super::args::Args;
use super::{attach, logging, output, runtime};
use crate::client::{Client, ClientError};
use crate::config::{AdminKey, ApiKey, Settings};
use crate::console::reasons::of_client;
use crate::console::{
    self, Access, Attachment, Bandwidth, Begin, Checker, Exit, Lang, Look, Options, Preferences,
};
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

/// How long the console waits for the core before its first frame. What listens on this machine
/// answers within 2 ms, and so does a port on which nothing listens.
const FIRST_ANSWER: Duration = Duration::from_millis(20);

/// Attaches to the core of the settings; where none answers, offers to start one embedded.
pub(super) fn run(args: &Args, settings: Settings, lang: Lang) -> anyhow::Result<ExitCode> {
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
    match runtime.block_on(ask(&client, args)) {
        Err(error @ ClientError::NotReached { .. }) => {
            let wish = if args.embedded { Wish::Embedded } else { ask_operator(&error, lang)? };
            match wish {
                Wish::Embedded => runtime.block_on(embedded(args, settings, lang)),
                Wish::Why => {
                    let start = Start { begin: Begin::Ladder, ..Start::attached(args, client) };
                    runtime.block_on(open(args, start, lang))
                }
                Wish::Leave => Ok(ExitCode::from(2)),
            }
        }
        Err(error @ (ClientError::NotOurs { .. } | ClientError::BadSettings { .. })) => {
            Err(error.into())
        }
        // A refusal is shown by the console, which tries again when the key was put right.
        Ok(()) | Err(_) => runtime.block_on(open(args, Start::attached(args, client), lang)),
    }
}

/// Asks the core how it is. One that does not answer at once is far away, or hangs: the console
/// opens, and says so. Only who wants an embedded core where none answers waits for that.
async fn ask(client: &Client, args: &Args) -> Result<(), ClientError> {
    let answer = client.get_health();
    if args.embedded {
        return answer.await.map(drop);
    }
    timeout(FIRST_ANSWER, answer).await.map_or(Ok(()), |answer| answer.map(drop))
}

/// What an operator wants where no core answers.
enum Wish {
    /// One inside the console.
    Embedded,
    /// To know why.
    Why,
    Leave,
}

/// Asks the operator once.
fn ask_operator(why: &ClientError, lang: Lang) -> anyhow::Result<Wish> {
    output::note(&of_client(lang, why));
    let _ = write!(io::stderr(), "{}", lang.say().cli_ask_embedded());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("the terminal")?;
    // No line at all is a terminal that went away, not a yes.
    if answer.is_empty() {
        return Ok(Wish::Leave);
    }
    Ok(match answer.trim().to_lowercase().as_str() {
        "" | "y" | "yes" | "д" | "да" | "ب" | "بله" => Wish::Embedded,
        "t" => Wish::Why,
        _ => Wish::Leave,
    })
}

async fn embedded(args: &Args, mut settings: Settings, lang: Lang) -> anyhow::Result<ExitCode> {
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
    match with_core(args, core, key.clone(), checker(args), lang).await? {
        Left::Quit(code) => Ok(code),
        // A `serve` core has our database now: go on with that one.
        Left::Yielded => {
            let successor = successor(&place).await.map_or(core_url, |owner| owner.url);
            let client = attach::named(&successor, key)?;
            open(args, Start::attached(args, client), lang).await
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
    args: &Args,
    core: Running,
    key: Option<SecretString>,
    checker: Checker,
    lang: Lang,
) -> anyhow::Result<Left> {
    let client = attach::named(&format!("http://{}", core.address()), key)?;
    let attachment = Attachment::Embedded;
    let start = Start { client, attachment, checker, begin: Begin::Overview };
    let stopping = core.stopping();
    let left = tokio::select! {
        code = open(args, start, lang) => code.map(Left::Quit),
        () = stopping.cancelled() => Ok(Left::Yielded),
    };
    core.stop().await;
    left
}

/// On what a console is opened, and with what it begins.
struct Start {
    client: Client,
    attachment: Attachment,
    checker: Checker,
    begin: Begin,
}

impl Start {
    /// On a core that runs on its own.
    fn attached(args: &Args, client: Client) -> Self {
        let attachment = Attachment::Attached;
        Self { client, attachment, checker: checker(args), begin: Begin::Overview }
    }
}

/// `alamor check` with the settings and the core that this console was started with.
fn checker(args: &Args) -> Checker {
    let env = args.env.iter().flat_map(|file| ["--env".into(), file.into()]);
    let core = args.core.iter().flat_map(|url| ["--core".into(), url.into()]);
    Checker::of_this_program(env.chain(core).collect())
}

async fn open(args: &Args, start: Start, lang: Lang) -> anyhow::Result<ExitCode> {
    // A line on stderr would tear the screen: what happens here goes to the screen of logs.
    logging::start_for_console("info");
    let variable = |name: &str| std::env::var(name).ok();
    let access = if args.read_only { Access::ReadOnly } else { Access::Full };
    let preferences = Preferences::load(args.theme.as_deref(), variable);
    let (by, look) = (attach::by(), Look::detect(variable).speaking(lang));
    if look.lang() != lang {
        tracing::info!("{}", look.lang().say().note_english_only());
    }
    let bandwidth = if args.low_bandwidth { Bandwidth::Low } else { Bandwidth::Usual };
    let Start { client, attachment, checker, begin } = start;
    let options =
        Options { client, by, attachment, look, access, preferences, bandwidth, checker, begin };
    let exit = match Form::choose(args) {
        Form::Screens => console::run(options).await?,
        Form::Lines => console::plain::run(options).await?,
    };
    Ok(match exit {
        Exit::Quit | Exit::Signal | Exit::HungUp => ExitCode::SUCCESS,
    })
}
