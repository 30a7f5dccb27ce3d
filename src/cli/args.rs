//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};

use crate::api::checks::RUNGS;
use crate::api::logs::Level;
use crate::console::age_ms;

/// Webhook server and operator console for VPN subscriptions.
///
/// Without a command: the console. It attaches to the core at CORE_URL; where none answers, it
/// offers to start one embedded.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub(super) struct Args {
    /// Settings file; else ALAMOR_ENV, else ./.env, else the bot's.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) env: Option<PathBuf>,

    /// The core to speak with; else CORE_URL.
    #[arg(long, global = true, value_name = "URL")]
    pub(super) core: Option<String>,

    /// Language; else ALAMOR_LANG, else from the locale.
    #[arg(long, global = true, value_name = "LANG")]
    pub(super) lang: Option<Lang>,

    /// Start an embedded core without asking where none answers.
    #[arg(long)]
    pub(super) embedded: bool,

    /// The console line by line, for screen readers and `script`: no cursor movement, no colour.
    #[arg(long, global = true)]
    pub(super) plain: bool,

    /// The console only looks: nothing at the core can be changed with it.
    #[arg(long, global = true)]
    pub(super) read_only: bool,

    /// Colours of the console: dark, light, high-contrast, monochrome, or a TOML file.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub(super) theme: Option<String>,

    /// The console on a slow line: fewer frames and 200 bytes a second; else it finds out itself.
    #[arg(long, global = true)]
    pub(super) low_bandwidth: bool,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// A language of the console and of what commands print for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    En,
    Ru,
    Fa,
}

/// A shell that can complete our commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the core, headless.
    Serve,
    /// Try it: simulated panels and sample purchases in a temporary folder; touches nothing of yours.
    Demo(Demo),
    /// Update links and print the results.
    Update(Update),
    /// Update again what did not succeed in a job.
    Retry(Retry),
    /// Health at a glance; exit code 0 ok, 1 warn, 2 crit.
    Status(Status),
    /// Say what is wrong, why, and what to do, with or without a running core; exit code 0, 1, 2.
    Check(Check),
    /// List purchases.
    Purchases(Purchases),
    /// List panels and what each can do; exit code 0 ok, 1 warn, 2 crit.
    Panels(Panels),
    /// Who saw or did what, and from where; newest first, 90 days back.
    Audit(Audit),
    /// The core's log; what it said before it ended is in the journal.
    Logs(Logs),
    /// Write .env with a fresh key and create the embedded database; overwrites nothing.
    Init,
    /// Run the core as a service of this machine, in the old server's place; needs root.
    Install(Install),
    /// Put back what install did.
    Uninstall(Uninstall),
    /// Fill the embedded database, which no bot fills.
    Add {
        #[command(subcommand)]
        command: Add,
    },
    /// Write what the core keeps of its own into a new file; a core may work meanwhile.
    Export {
        /// A file that does not exist yet.
        file: PathBuf,
    },
    /// Read what was exported, where nothing is kept yet and no core works.
    Import {
        /// A file that `alamor export` wrote.
        file: PathBuf,
    },
    /// What would change if this core took over from the bot's own webhook server.
    Migrate {
        #[command(subcommand)]
        command: Migrate,
    },
    /// Try whether alerts arrive; exit code 1 if one did not.
    Alert {
        #[command(subcommand)]
        command: Alert,
    },
    /// Print what completes commands in a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into a folder.
    Man {
        /// The folder; it is made if it is not there.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Print the console's keys as a keymap file; exit code 2 if yours has mistakes.
    Keymap(Keymap),
    /// Make, check, set or change the admin key.
    Key {
        #[command(subcommand)]
        command: Key,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Install {
    /// Show every file and every command, and do nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) agreed: Agreed,
    /// Install into this folder, for an image: nothing is started.
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
}

/// What an operator agrees to.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Agreed {
    /// Stop the server that has the port now, and put its unit aside.
    #[arg(long)]
    pub(super) take_port: bool,
    /// Let the core's group write the bot's SQLite file and its folder.
    #[arg(long)]
    pub(super) share_database: bool,
    /// Let the old server go on behind this one, at LEGACY_UPSTREAM on this machine: customers who
    /// pay come back to it.
    #[arg(long)]
    pub(super) keep_old_server: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Uninstall {
    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Also the user alamor and its data; tables in a database stay.
    #[arg(long)]
    pub(super) purge: bool,
    /// Uninstall from this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Only the core, until it is stopped.
    #[arg(long)]
    pub(super) headless: bool,
    /// Draw every screen after one update of all into this folder, as SVG and text.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["headless", "plain"])]
    pub(super) pictures: Option<PathBuf>,
    /// How many purchases are sold.
    #[arg(long, default_value_t = 1200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) purchases: u32,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Rules {
    /// Write nothing; say what would change.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write also purchases that would lose most of their links.
    #[arg(long)]
    pub(super) force: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Update {
    /// Every active purchase.
    #[arg(long, conflicts_with = "ids", required_unless_present = "ids")]
    pub(super) all: bool,
    /// Ids of purchases.
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<i64>,
    #[command(flatten)]
    pub(super) rules: Rules,
}

#[derive(Debug, clap::Args)]
pub(super) struct Retry {
    /// The job to repeat; else the last one.
    #[arg(default_value_t = 0, hide_default_value = true, value_name = "JOB")]
    pub(super) job: i64,
    #[command(flatten)]
    pub(super) rules: Rules,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Status {
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
    /// Print again whenever it changes, until stopped.
    #[arg(long)]
    pub(super) watch: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// One JSON object a rung.
    #[arg(long)]
    pub(super) json: bool,
    /// Begin at this rung.
    #[arg(long, value_name = "RUNG", value_parser = PossibleValuesParser::new(RUNGS))]
    pub(super) from: Option<String>,
    /// Only the way that customers come: dns, tcp, tls, endpoint.
    #[arg(long)]
    pub(super) public: bool,
    /// Offer the cures that lose nothing, and ask for each.
    #[arg(long, conflicts_with_all = ["json", "report"])]
    pub(super) fix: bool,
    /// Write what was found into a new file instead, for somebody else to read; no secret is in it.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(super) report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Keymap {
    /// The keys without your file.
    #[arg(long)]
    pub(super) default: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Purchases {
    /// fresh, partial, kept, failed, never, disabled, off_there; several with commas.
    #[arg(long)]
    pub(super) state: Option<String>,
    /// Name of a panel; several with commas.
    #[arg(long)]
    pub(super) panel: Option<String>,
    /// Name of a profile.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// updated, unchanged, partial, kept, failed, none: how the last update ended.
    #[arg(long)]
    pub(super) outcome: Option<String>,
    /// Only links at least this old: 90s, 5m, 3h, 2d, 1w.
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(super) older: Option<u64>,
    /// Only links at most this old.
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(super) younger: Option<u64>,
    /// Telegram id of a customer.
    #[arg(long)]
    pub(super) user: Option<i64>,
    /// id, user, links, state, age, expires; -age is the other way round.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) sort: Option<String>,
    /// Text in the id, the Telegram id, a panel's or the profile's name.
    #[arg(value_name = "TEXT")]
    pub(super) q: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Panels {
    /// Only this one, with all that is known of it.
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Look at it step by step, now, with the time of each step.
    #[arg(long, requires = "name", conflicts_with = "retry")]
    pub(super) probe: bool,
    /// Let a refused user and password be tried again.
    #[arg(long, requires = "name")]
    pub(super) retry: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Audit {
    /// At most so many entries.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(super) limit: u32,
    /// One JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// Go on with what is noted from now on, until stopped.
    #[arg(short, long)]
    pub(super) follow: bool,
    /// This level and what matters more.
    #[arg(long, value_name = "LEVEL", ignore_case = true, value_parser = level())]
    pub(super) level: Option<Level>,
    /// Text in the message, the target, or a field as name=value; case does not count.
    #[arg(long, value_name = "TEXT")]
    pub(super) grep: Option<String>,
    /// Text in the target: core::panels.
    #[arg(long, value_name = "TARGET")]
    pub(super) target: Option<String>,
    /// Make the core log this much until its next start or reload; `setting`: as LOG_LEVEL says.
    #[arg(long, value_name = "LEVEL", ignore_case = true, value_parser = new_level(), exclusive = true)]
    pub(super) set_level: Option<NewLevel>,
    /// How many to begin with.
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=500))]
    pub(super) lines: u32,
    /// One JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

/// Reads an age, in milliseconds.
fn age(text: &str) -> Result<u64, String> {
    age_ms(text).ok_or_else(|| "it is no age: write it as 90s, 5m, 3h, 2d or 1w".to_owned())
}

/// Reads a level by its word on the wire.
/// How much is to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewLevel {
    /// As `LOG_LEVEL` says.
    Setting,
    /// This level and what matters more.
    To(Level),
}

fn new_level() -> impl TypedValueParser<Value = NewLevel> {
    let words = Level::ALL.map(Level::as_str).into_iter().chain(["setting"]);
    PossibleValuesParser::new(words)
        .map(|word| Level::find(&word).map_or(NewLevel::Setting, NewLevel::To))
}

fn level() -> impl TypedValueParser<Value = Level> {
    let words = PossibleValuesParser::new(Level::ALL.map(Level::as_str));
    words.try_map(|word| Level::find(&word).ok_or("no level is called so"))
}

#[derive(Debug, Subcommand)]
pub(super) enum Add {
    /// Add a panel; its password is read from the terminal or standard input.
    Panel(AddPanel),
    /// Add a purchase.
    Purchase(AddPurchase),
}

#[derive(Debug, clap::Args)]
pub(super) struct AddPanel {
    /// A name, unique.
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Address of its web interface.
    #[arg(long, value_name = "URL")]
    pub(super) url: String,
    /// Address of its subscriptions, without the path; else the same as --url.
    #[arg(long, value_name = "URL")]
    pub(super) sub_url: Option<String>,
    /// Path of its subscriptions.
    #[arg(long, default_value = "/sub/", value_name = "PATH")]
    pub(super) sub_path: String,
    /// Its kind.
    #[arg(long, default_value = "x-ui", value_parser = ["x-ui", "alireza"])]
    pub(super) kind: String,
    /// User of its API; without one no password is asked for.
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct AddPurchase {
    /// The customer's Telegram id.
    #[arg(long, value_name = "TELEGRAM_ID")]
    pub(super) user: i64,
    /// The panel that its links come from.
    #[arg(long, value_name = "NAME")]
    pub(super) panel: String,
    /// The subscription id that the panel knows; else a fresh one.
    #[arg(long, value_name = "ID")]
    pub(super) sub_id: Option<String>,
    /// When it ends, as `2027-03-01` or `2027-03-01 12:00:00`, in this machine's zone.
    #[arg(long, value_name = "DATE")]
    pub(super) expires: Option<String>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Migrate {
    /// Update a copy in a temporary folder and compare; exit code 0 ready, 1 look first, 2 not ready.
    Check(MigrateCheck),
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct MigrateCheck {
    /// List every purchase, not only those that differ.
    #[arg(long)]
    pub(super) all: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Alert {
    /// Send a test by ALERT_URL, ALERT_COMMAND and Telegram, as far as they are set.
    Test,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Key {
    /// Print a fresh key that keeps the rule.
    New,
    /// Check the key of the settings without printing it.
    Check,
    /// Write a key into the settings file where there is none.
    Set(SetKey),
    /// Write a fresh key into the settings file; the one before opens as well until you finish.
    Rotate(RotateKey),
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct SetKey {
    /// Read the key from standard input; else a fresh one is made.
    #[arg(long)]
    pub(super) stdin: bool,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct RotateKey {
    /// The bot has the new key: let the one before open nothing any more.
    #[arg(long)]
    pub(super) finish: bool,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}
