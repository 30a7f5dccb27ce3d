//! The texts of our units.
//!
//! ```text
//! alamorwebhook.socket    holds the port, also while there is no core
//! alamorwebhook.service   the core, as a user of its own
//! alamorwebhook-reload.*  reloads it when the .env or the certificate changes
//! alamorwebhook-look.*    lets root look at what the core may not see, and writes that down for it
//! ```
//!
//! Invariants:
//! - No right on the bot's file, on the certificate or on its key changes: root copies them, at each
//!   start and reload, to where the core may read them. A key is copied only where the core speaks TLS.
//! - No secret stands in a unit.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::PairFiles;

/// What the core runs as.
pub(super) const USER: &str = "alamor";

/// The core's own unit; the guide gives this name to the old server.
pub(super) const SERVICE: &str = "alamorwebhook.service";

/// What root saw.
const SEEN: &str = "/run/alamorwebhook-look/checks";

/// What holds the core's ports.
pub(super) const SOCKET: &str = "alamorwebhook.socket";

/// What reloads the core.
const RELOAD: &str = "alamorwebhook-reload.service";

/// What is started beside the core. The socket must be there before it.
pub(super) const AROUND: [&str; 3] =
    [SOCKET, "alamorwebhook-reload.path", "alamorwebhook-look.timer"];

/// What the texts depend on.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The program, where a service may run it.
    pub(super) binary: PathBuf,
    /// The bot's `.env`.
    pub(super) env: PathBuf,
    pub(super) listen: SocketAddr,
    /// certbot's folder of the domain, if there is one.
    pub(super) certificate: Option<PathBuf>,
    /// TLS of the core's own.
    pub(super) tls: Option<OwnTls>,
    /// The folder of a SQLite database, into which the core writes.
    pub(super) writes: Option<PathBuf>,
}

/// TLS of the core's own, as far as units concern it.
#[derive(Debug, Clone)]
pub(super) struct OwnTls {
    /// What root copies to the core; none is needed where the core orders its certificate.
    pub(super) files: Option<PairFiles>,
    /// Where plain HTTP is sent to HTTPS.
    pub(super) redirect: Option<SocketAddr>,
}

impl Facts {
    fn pair(&self) -> Option<&PairFiles> {
        self.tls.as_ref()?.files.as_ref()
    }

    /// The folder in which a certificate changes.
    fn renewed(&self) -> Option<&Path> {
        let own = self.pair().and_then(|pair| pair.certificate.parent());
        own.or(self.certificate.as_deref())
    }
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitFile {
    pub(super) name: &'static str,
    pub(super) text: String,
    /// The target that wants it.
    pub(super) wanted_by: Option<&'static str>,
}

/// All units, in the order in which they are written.
pub(super) fn all(facts: &Facts) -> Vec<UnitFile> {
    let unit = |name, wanted_by, text| UnitFile { name, text, wanted_by };
    vec![
        unit(SERVICE, Some("multi-user.target"), service(facts)),
        unit(SOCKET, Some("sockets.target"), socket(facts)),
        unit("alamorwebhook-reload.path", Some("multi-user.target"), reload_path(facts)),
        unit(RELOAD, None, RELOADING.to_owned()),
        unit("alamorwebhook-look.timer", Some("timers.target"), LOOK_TIMER.to_owned()),
        unit("alamorwebhook-look.service", None, look(facts)),
    ]
}

/// Whether a path means the same in a unit, where some characters are read as more than themselves.
pub(super) fn can_name(path: &Path) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    path.is_absolute() && path.to_str().is_some_and(|path| path.chars().all(is_fine))
}

/// What the core may do: serve, ask panels and its database, write what systemd keeps for it.
///
/// `systemd-analyze security` counts these; a test keeps the sum. `AF_UNIX` is for the notify socket
/// and for PostgreSQL's.
const HARDENED: &str = "\
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
DevicePolicy=closed
UMask=0077
";

/// An update of 100 000 purchases needs half of `MemoryMax` (`benches/memory.rs`).
fn service(facts: &Facts) -> String {
    let (binary, env) = (facts.binary.display(), facts.env.display());
    let mut text = format!(
        "{MADE}\
[Unit]
Description=alamor, webhook server for VPN subscriptions
Wants=network-online.target
Requires=alamorwebhook.socket
After=network-online.target postgresql.service alamorwebhook.socket {RELOAD}
StartLimitIntervalSec=0

[Service]
Type=notify
User={USER}
Group={USER}
Environment=ALAMOR_ENV=/run/alamorwebhook/env
Environment=ALAMOR_ENV_ORIGINAL={env}
Environment=ALAMOR_ROOT_CHECKS={SEEN}
"
    );
    text.push_str(match (&facts.tls, facts.pair(), &facts.certificate) {
        (_, Some(_), _) => "Environment=ALAMOR_TLS_COPIES=/run/alamorwebhook\n",
        (Some(_), None, _) => "Environment=TLS_ACME_FOLDER=/var/lib/alamor/tls\n",
        (None, None, Some(_)) => "Environment=TLS_CERT_FILE=/run/alamorwebhook/fullchain.pem\n",
        (None, None, None) => "",
    });
    for when in ["ExecStartPre", "ExecReload"] {
        copies(&mut text, when, facts);
    }
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
ExecStart={binary} serve
Restart=always
RestartSec=2
WatchdogSec=2min
TimeoutStartSec=2min
TimeoutStopSec=30
MemoryMax=1G
TasksMax=256
LimitNOFILE=65536
RuntimeDirectory=alamorwebhook
RuntimeDirectoryMode=0750
StateDirectory=alamor
StateDirectoryMode=0700
{HARDENED}{}
[Install]
WantedBy=multi-user.target
",
        writes(facts.writes.as_deref())
    );
    text
}

/// Root copies what the core may not read; a certificate that is not there yet stops nothing.
fn copies(text: &mut String, when: &str, facts: &Facts) {
    let install = format!("/usr/bin/install -m 0440 -o root -g {USER} -T");
    let env = facts.env.display();
    let _ = writeln!(text, "{when}=+{install} {env} /run/alamorwebhook/env");
    let mut copy = |from: &Path, name: &str| {
        let from = from.display();
        let _ = writeln!(text, "{when}=-+{install} {from} /run/alamorwebhook/{name}");
    };
    match (&facts.tls, &facts.certificate) {
        (Some(_), _) => {
            if let Some(pair) = facts.pair() {
                copy(&pair.key, "privkey.pem");
                copy(&pair.certificate, "fullchain.pem");
            }
        }
        (None, Some(folder)) => copy(&folder.join("fullchain.pem"), "fullchain.pem"),
        (None, None) => {}
    }
}

/// Where the core writes beside its own folders, and what it sees of homes.
fn writes(folder: Option<&Path>) -> String {
    match folder {
        Some(folder) if folder.starts_with("/home") || folder.starts_with("/root") => {
            format!("ProtectHome=tmpfs\nBindPaths={}\n", folder.display())
        }
        Some(folder) => format!("ProtectHome=yes\nReadWritePaths={}\n", folder.display()),
        None => "ProtectHome=yes\n".to_owned(),
    }
}

/// What stands before an address in a socket's unit.
const STREAM: &str = "ListenStream=";

/// The addresses that the socket is to hold.
pub(super) fn listens(facts: &Facts) -> Vec<SocketAddr> {
    let redirect = facts.tls.as_ref().and_then(|tls| tls.redirect);
    [facts.listen].into_iter().chain(redirect).collect()
}

/// The addresses in the text of a socket's unit.
pub(super) fn listened(text: &str) -> Vec<SocketAddr> {
    text.lines().filter_map(|line| line.strip_prefix(STREAM)?.parse().ok()).collect()
}

/// systemd binds as root: no core needs a right for ports below 1024.
fn socket(facts: &Facts) -> String {
    let mut streams = String::new();
    for address in listens(facts) {
        // Writing to a String cannot fail.
        let _ = writeln!(streams, "{STREAM}{address}");
    }
    format!(
        "{MADE}\
[Unit]
Description=alamor's port, which stays open while the core is restarted

[Socket]
{streams}Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
"
    )
}

fn reload_path(facts: &Facts) -> String {
    let mut text = format!(
        "{MADE}\
[Unit]
Description=alamor's settings and certificate, whenever they change

[Path]
PathChanged={}
",
        facts.env.display()
    );
    if let Some(folder) = facts.renewed().filter(|_| facts.tls.is_none() || facts.pair().is_some())
    {
        let _ = writeln!(text, "PathChanged={}", folder.display());
    }
    text.push_str("Unit=alamorwebhook-reload.service\n\n[Install]\nWantedBy=multi-user.target\n");
    text
}

/// Its answer appears as a whole, or not at all. A shell writes it: where systemd does, the folder would
/// have to be there before systemd makes it. What `check` found is no failure of having looked. It begins
/// where the core may not look: a fault above would keep it from that.
fn look(facts: &Facts) -> String {
    format!(
        "{MADE}\
[Unit]
Description=alamor, what only root can see

[Service]
Type=oneshot
Group={USER}
UMask=0027
Environment=ALAMOR_ENV={}
RuntimeDirectory=alamorwebhook-look
RuntimeDirectoryMode=0750
RuntimeDirectoryPreserve=yes
WorkingDirectory=/run/alamorwebhook-look
ExecStart=/bin/sh -c '{} check --json --from firewall > new; mv new {SEEN}'
TimeoutStartSec=2min
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
",
        facts.env.display(),
        facts.binary.display()
    )
}

/// The first line of everything that is ours.
const MADE: &str = "# Written by `alamor install`; `alamor uninstall` removes it.\n";

/// It only asks for the reload, which begins once it has ended (`After=` of the core): a change is not
/// seen while this runs, and what the core gets is copied afterwards. However often that happens, the
/// next change is one.
const RELOADING: &str = "\
# Written by `alamor install`; `alamor uninstall` removes it.
[Unit]
Description=alamor, reloading its settings and certificate
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/systemctl --no-block try-reload-or-restart alamorwebhook.service
";

const LOOK_TIMER: &str = "\
# Written by `alamor install`; `alamor uninstall` removes it.
[Unit]
Description=alamor, what only root can see, every five minutes

[Timer]
OnBootSec=1min
OnUnitActiveSec=5min

[Install]
WantedBy=timers.target
";
