//! Every setting there is: its name, its default, what it means.
//!
//! The table is the only way to a setting: [`Settings::load`] reads by these values, and
//! `.env.example` is this table as text. So neither can know a key that the other does not.
//!
//! Invariants:
//! - An empty default means: unset.
//! - Every other default is a value that [`Settings::load`] accepts.
//!
//! Deliberately absent: the bot's keys that only the bot reads, `ALAMOR_ENV`, which names the file
//! and therefore cannot stand in it, `ALAMOR_ENV_ORIGINAL`, which goes with it, `ALAMOR_TLS_COPIES`
//! and `ALAMOR_ROOT_CHECKS`: a unit sets these.
//!
//! [`Settings::load`]: crate::config::Settings::load

use std::fmt::Write as _;

/// One setting. Only this file can make one: some of its fields are private.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// As it stands in the file and in the environment.
    pub name: &'static str,
    /// As it would be written; empty if the setting is unset by default.
    pub default: &'static str,
    /// What a value is: a unit, a range, or the words to choose from.
    unit: &'static str,
    /// What it does, in sentences. Lines are short enough for a comment.
    doc: &'static str,
}

macro_rules! keys {
    ($($name:ident = $default:literal, $unit:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: Key = Key {
                name: stringify!($name),
                default: $default,
                unit: $unit,
                doc: $doc,
            };
        )*

        /// All settings, in reading order.
        pub const KEYS: &[Key] = &[$($name),*];
    };
}

keys! {
    WEBHOOK_DOMAIN = "", "host name, without https://",
        "The public name of the webhook. The bot reads it too.";
    ADMIN_API_KEY = "", "at least 16 characters out of A-Z a-z 0-9 . _ -",
        "The key that opens the admin API, here and in the bot. Without one, only /sub is served.\n\
         `alamor key new` makes a good one.";
    ADMIN_API_KEY_PREVIOUS = "", "the key before",
        "Opens as well, as long as it stands here: so a key changes without a refused request.\n\
         `alamor key rotate` writes both.";
    DB_TYPE = "sqlite", "sqlite or postgres",
        "The kind of the bot's database. The bot reads it too.";
    DATABASE_NAME_ALAMOR = "database/alamor_vpn.db", "path, relative to the folder of this file",
        "The SQLite file, if DB_TYPE is sqlite. The bot reads it too.";
    DB_NAME = "", "name",
        "The PostgreSQL database, if DB_TYPE is postgres. The bot reads it too, as the next four.";
    DB_USER = "", "name",
        "The PostgreSQL user.";
    DB_PASSWORD = "", "text",
        "The PostgreSQL user's password.";
    DB_HOST = "localhost", "host name or address",
        "Where PostgreSQL listens.";
    DB_PORT = "5432", "port, 1 to 65535",
        "The port on which PostgreSQL listens.";
    STATE_DATABASE = "", "sqlite:PATH, relative to the folder of this file",
        "Where alamor's own tables are kept. Empty: in PostgreSQL's schema alamor; beside the bot's\n\
         SQLite file; in the file itself, if `alamor init` made it.";
    ENCRYPTION_KEY_ALAMOR = "", "Fernet key: 32 bytes in URL-safe Base64",
        "The key that opens the panels' addresses and passwords in the database.\n\
         It must be the bot's.";
    WEBHOOK_BIND = "127.0.0.1:8080", "address:port; IPv6 as [::1]:8080",
        "Where the core listens: with plain HTTP, nginx stands before it; with TLS of its own, if\n\
         TLS_KEY_FILE is set.";
    ALLOW_PLAINTEXT = "no", "yes or no",
        "Whether plain HTTP may leave this machine: WEBHOOK_BIND or CORE_URL on an address that is\n\
         not loopback. The key then crosses the network readably.";
    CORE_URL = "", "http:// or https:// with host and port",
        "Where the console finds the core. Empty: where WEBHOOK_BIND lets it listen.";
    TRUSTED_PROXIES = "", "addresses and networks (10.0.0.0/8), with commas between them",
        "Whose X-Forwarded-For and X-Real-IP are believed, beside this machine's own.";
    LEGACY_UPSTREAM = "", "http:// or https:// with host and port",
        "Where the old server answers the payment callback: what comes under /zarinpal/ is passed on\n\
         to it. Without it a callback is lost, and the check `payments` is crit.";
    LEGACY_PATHS = "", "paths, with commas between; /pay/ is all below it, /pay that one",
        "What else is passed on to LEGACY_UPSTREAM; never anything under /admin, /sub or /api.";
    UPDATE_EVERY = "", "duration, 5m to 168h",
        "How often the core updates all active purchases by itself, give or take a tenth. Empty: never.";
    UPDATE_CONCURRENCY = "256", "requests, 1 to 1024",
        "How many requests a job has on their way at once, to all panels together.";
    UPDATE_PER_PANEL = "8", "requests, 1 to 64",
        "How many requests one panel gets at once.";
    PANEL_TIMEOUT = "10s", "duration, 1s to 25s",
        "How long a panel may take for one answer.";
    PANEL_TLS_INSECURE = "", "names of panels, with commas between them",
        "The panels whose certificate is not verified: self-signed ones.";
    PANEL_TOKENS = "", "name:token, with commas between them",
        "API tokens of panels (3x-ui 3.0 and later), by the panel's name. A panel with a token is\n\
         never asked with user and password.";
    REMARK = "keep", "keep or panel",
        "Whose name a link carries: the one that customers see already, or the panel's.";
    REMARK_USAGE = "cut", "cut or keep",
        "Whether the panel's text about used traffic is cut from a link's name.";
    SUB_MAX_AGE = "300s", "duration, 0s to 24h",
        "Up to which age a subscription is served from memory, without asking its panels.\n\
         With UPDATE_EVERY it is at least twice that.";
    PUBLIC_PORT = "443", "port, 1 to 65535",
        "The port at which customers reach WEBHOOK_DOMAIN; only the checks use it.";
    DNS_SERVER = "", "address, or address:port",
        "Who is asked for the addresses of WEBHOOK_DOMAIN when it is checked. Empty: the system's\n\
         servers.";
    TLS_CERT_FILE = "", "path, relative to the folder of this file",
        "The certificate with its chain, in PEM, that is served for WEBHOOK_DOMAIN. Alone: by nginx.\n\
         Empty: certbot's.";
    TLS_KEY_FILE = "", "path, relative to the folder of this file",
        "Its key, in PEM. With both, the core speaks TLS itself at WEBHOOK_BIND, and takes over what is\n\
         renewed. Leave it empty behind nginx.";
    TLS_REDIRECT_BIND = "", "address:port",
        "Where the core sends plain HTTP to HTTPS, if it speaks TLS itself: 0.0.0.0:80. Empty: nowhere;\n\
         with TLS_ACME 0.0.0.0:80.";
    TLS_ACME = "", "mail address",
        "Whom the authority may write to, and that the core orders its certificate there itself, for\n\
         WEBHOOK_DOMAIN, in place of the two files. The authority asks for a proof at port 80.";
    TLS_ACME_NAMES = "", "host names, with commas between them",
        "For which other names that certificate is: the bot's subscription domains.";
    TLS_ACME_DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory", "https:// address",
        "The authority (RFC 8555). Ordering there agrees to its terms.";
    TLS_ACME_FOLDER = "alamor-tls", "path, relative to the folder of this file",
        "Where the account and the certificate are kept that TLS_ACME ordered.";
    CERTBOT_DIR = "/etc/letsencrypt", "path",
        "certbot's folder: a certificate is looked for in live/WEBHOOK_DOMAIN/.";
    NGINX_CONF = "/etc/nginx/nginx.conf", "path",
        "nginx's main file: the checks look there for the site of WEBHOOK_DOMAIN.";
    ALERT_URL = "", "https:// address; http:// on this machine",
        "Where the core POSTs a JSON object when a check goes to crit, and when it is well again.";
    ALERT_SECRET = "", "text",
        "Signs what ALERT_URL gets: X-Alamor-Signature: sha256=…, the HMAC-SHA256 of the body.";
    ALERT_COMMAND = "", "a program and its arguments, with blanks between them; no shell",
        "What is run for the same: the JSON object on standard input, its parts as ALAMOR_… in the\n\
         environment.";
    ALERT_TELEGRAM = "no", "yes or no",
        "Whether the bot tells its admins the same.";
    BOT_TOKEN_ALAMOR = "", "the bot's token",
        "The bot's own; only ALERT_TELEGRAM=yes uses it.";
    ADMIN_IDS_ALAMOR = "", "Telegram ids, with anything between them",
        "The bot's own; only ALERT_TELEGRAM=yes uses them.";
    ALERT_QUIET = "", "HH:MM-HH:MM, by this machine's clock",
        "When nobody is told anything. At the end one message sums up what is still crit.";
    LOG_LEVEL = "info", "error, warn, info, debug or trace; or target=level, with commas between",
        "How much is logged.";
    LOG_FORMAT = "text", "text or json",
        "How a log line looks.";
}

/// What stands at the top of `.env.example`.
const EXAMPLE_HEAD: &str = "\
# Every setting of alamor, with its unit and its default. Unknown keys are left alone, so this can
# be the bot's own .env. An empty value counts as none. A duration is 90s, 5m or 6h; a bare number
# is seconds.
#
# The file is the one that --env names, else the environment's ALAMOR_ENV, else ./.env, else
# /var/www/alamorvpn_bot/.env. It beats the environment.
";

/// `.env.example`: every setting with its comment and its default.
#[must_use]
pub fn example() -> String {
    KEYS.iter().fold(EXAMPLE_HEAD.to_owned(), |mut text, key| {
        let default = if key.default.is_empty() { "none" } else { key.default };
        for line in key.doc.lines().enumerate() {
            let gap = if line.0 == 0 { "\n" } else { "" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{gap}# {}", line.1);
        }
        let _ = writeln!(
            text,
            "# Value: {}. Default: {default}.\n{}={}",
            key.unit, key.name, key.default
        );
        text
    })
}

/// The setting with this name.
#[must_use]
pub fn find_key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{Dotenv, Environment};

    const EXAMPLE: &str = include_str!("../../.env.example");

    #[test]
    fn the_example_holds_every_setting_and_no_other() {
        let file = Dotenv::parse(EXAMPLE, &Environment::default());
        let written: BTreeSet<&str> = file.keys().collect();
        let read: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
        assert_eq!(written, read);
        assert_eq!(KEYS.len(), read.len(), "a key stands twice in the table");
    }

    #[test]
    fn the_example_says_what_the_table_says() {
        assert_eq!(EXAMPLE, example(), "write the right side into .env.example");
    }

    #[test]
    fn no_line_of_the_example_is_too_long_for_a_terminal_editor() {
        let long: Vec<_> = EXAMPLE.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(long.is_empty(), "{long:?}");
    }
}
