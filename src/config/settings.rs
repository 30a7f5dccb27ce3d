//! What the settings are, each with its type.
//!
//! Invariants:
//! - Settings that exist are valid: nothing later checks them again.
//! - `Debug` shows no secret.
//!
//! Deliberately absent: how they are read (that is `load/`), whether a file or a server that one
//! of them names exists.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::alerts::AlertSettings;
use crate::config::api_key::AdminKey;
use crate::config::encryption_key::EncryptionKey;
use crate::config::legacy::LegacySettings;
use crate::config::texts::Texts;
use crate::config::violation::Violation;

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file that was used; of a copy, the file that it is a copy of.
    pub file: Option<PathBuf>,
    /// When it was read.
    pub read_at: SystemTime,
    /// What each setting says, to see what changed.
    pub texts: Texts,
    /// The public host name of the webhook.
    pub domain: Option<String>,
    /// What opens the admin API.
    pub admin_key: AdminKey,
    /// What opened it before and still does, while the key is being changed.
    pub previous_key: AdminKey,
    /// The bot's database.
    pub database: Database,
    /// A SQLite file for what is ours, by its absolute path; none is beside the bot's tables.
    pub state_database: Option<PathBuf>,
    /// What opens the database's encrypted columns; without it no panel can be reached.
    pub encryption_key: Option<EncryptionKey>,
    /// Where the core listens.
    pub bind: SocketAddr,
    /// Whether plain HTTP may leave this machine.
    pub plaintext: bool,
    /// TLS of the core's own; without it somebody else speaks it, or nobody.
    pub tls: Option<TlsSettings>,
    /// Where the console finds the core.
    pub core_url: Url,
    /// Who may say for whom it asks, beside this machine.
    pub trusted_proxies: Vec<IpNet>,
    /// What is passed on to the old server.
    pub legacy: LegacySettings,
    /// How an update goes.
    pub update: UpdateSettings,
    /// Up to which age a subscription is served from memory: at least twice `update.every`.
    pub sub_max_age: Duration,
    /// Where the probes look.
    pub probes: ProbeSettings,
    /// Who is told when something breaks.
    pub alerts: AlertSettings,
    /// The log.
    pub log: LogSettings,
    /// What is odd but stops nothing. The operator should hear of it at the start.
    pub warnings: Vec<Violation>,
}

/// The bot's database.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file.
    Sqlite {
        /// Its absolute path.
        path: PathBuf,
    },
    /// A server.
    Postgres {
        /// The database's name.
        name: String,
        /// The user.
        user: String,
        /// The user's password; none where the server asks for none.
        password: Option<SecretString>,
        /// A name, an address, or the folder of a socket.
        host: String,
        /// The TCP port.
        port: u16,
    },
}

/// TLS of the core's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// What is shown; with `acme` it need not be there yet.
    pub files: PairFiles,
    /// Where plain HTTP is sent to HTTPS.
    pub redirect: Option<SocketAddr>,
    /// Who makes the files, if the core orders them itself.
    pub acme: Option<AcmeSettings>,
}

/// How the core gets its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeSettings {
    /// Whom the authority may write to.
    pub contact: String,
    /// The authority.
    pub directory: Url,
    /// For which names, the main one first.
    pub names: Vec<String>,
    /// Where the account is kept, beside the files.
    pub folder: PathBuf,
}

/// A certificate and its key, as two files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairFiles {
    /// The certificate, then those that vouch for it.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl PairFiles {
    /// By the names that certbot gives them.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("fullchain.pem"), key: folder.join("privkey.pem") }
    }
}

/// How an update goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateSettings {
    /// How often the core updates all by itself; never if unset.
    pub every: Option<Duration>,
    /// Requests of a job at once, to all panels together, 1 to 1024.
    pub concurrency: usize,
    /// Requests at once to one panel, 1 to 64.
    pub per_panel: usize,
    /// How long one answer of a panel may take, 1 s to 25 s.
    pub panel_timeout: Duration,
    /// The panels whose certificate is not verified, by name.
    pub tls_insecure: Vec<String>,
    /// API tokens of panels, by the panel's name.
    pub tokens: Tokens,
    /// Whose name a link carries.
    pub remark: Remark,
    /// What becomes of usage text in a name.
    pub remark_usage: RemarkUsage,
}

/// Where the probes look for what stands around the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeSettings {
    /// The port at which customers reach the domain.
    pub public_port: u16,
    /// Who is asked for names, instead of the system's servers.
    pub dns_server: Option<SocketAddr>,
    /// The certificate that is served for the domain, if it is not certbot's.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub certificate_key: Option<PathBuf>,
    /// certbot's folder.
    pub certbot: PathBuf,
    /// nginx's main file.
    pub nginx: PathBuf,
    /// The settings file that the bot reads, wherever ours is; it may not be there.
    pub bot_file: PathBuf,
    /// Where root's looks are kept, if a unit lets root look.
    pub root_checks: Option<PathBuf>,
}

/// API tokens of panels, by the panel's name. `Debug` shows none.
#[derive(Debug, Clone, Default)]
pub struct Tokens(pub Vec<(String, SecretString)>);

/// Two are the same if their names and tokens are.
impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        let plain = |tokens: &Self| {
            let each = tokens.0.iter();
            each.map(|(name, token)| (name.clone(), token.expose_secret().to_owned()))
                .collect::<Vec<_>>()
        };
        plain(self) == plain(other)
    }
}

impl Eq for Tokens {}

/// Whose name a link carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The one that customers see already.
    Keep,
    /// The panel's.
    Panel,
}

/// What becomes of the panel's text about used traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkUsage {
    /// It is cut off.
    Cut,
    /// It stays.
    Keep,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// A directive that `tracing`'s filter accepts.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}
