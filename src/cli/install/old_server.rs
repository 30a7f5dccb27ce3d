//! The old server behind the core: its own program, at an address of this machine.
//!
//! `webhook_server.py` takes all addresses and port 8080, whatever it is told (fact C13 of
//! `src/ARCHITECTURE.md`). It is started by a few words of Python that put another address into Flask's
//! `run`; no file of the bot changes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::units::can_name;

/// The unit that it runs in.
pub(super) const UNIT: &str = "alamorwebhook-old.service";

/// The program.
const SCRIPT: &str = "webhook_server.py";

/// How its unit starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OldServer {
    python: PathBuf,
    folder: PathBuf,
    user: String,
}

impl OldServer {
    /// Reads a unit; `None` if it starts another program, or one in a way that cannot be repeated.
    pub(super) fn of(unit: &str) -> Option<Self> {
        let setting = |name: &str| {
            let mut lines = unit.lines().filter_map(|line| line.trim().strip_prefix(name));
            lines.next_back().map(str::trim).filter(|value| !value.is_empty())
        };
        let mut words = setting("ExecStart=")?.split_whitespace();
        let python = PathBuf::from(words.next()?);
        let script = Path::new(words.next()?);
        let folder = setting("WorkingDirectory=").map(PathBuf::from);
        let folder = folder.or_else(|| script.parent().map(Path::to_owned))?;
        let is_python = python.file_name()?.to_str()?.starts_with("python");
        let is_it = is_python && script.file_name()? == SCRIPT && words.next().is_none();
        let can_be_named = can_name(&python) && can_name(&folder);
        let user = setting("User=").unwrap_or("root").to_owned();
        (is_it && can_be_named).then_some(Self { python, folder, user })
    }

    /// The unit that starts it at `listen`.
    pub(super) fn unit(&self, listen: SocketAddr) -> String {
        let Self { python, folder, user } = self;
        let (python, folder) = (python.display(), folder.display());
        let (host, port) = (listen.ip(), listen.port());
        format!(
            "\
# Written by `alamor install`; `alamor uninstall` removes it.
[Unit]
Description=the old webhook server behind alamor, for customers who come back from a payment
After=network.target

[Service]
User={user}
WorkingDirectory={folder}
ExecStart={python} -c \"import flask, runpy; run = flask.Flask.run; \
flask.Flask.run = lambda app, *_, **__: run(app, host='{host}', port={port}); \
runpy.run_path('{SCRIPT}', run_name='__main__')\"
Restart=always
RestartSec=10
NoNewPrivileges=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_started_as_its_unit_does() {
        let unit = "[Service]\nUser=bot\nWorkingDirectory=/srv/bot\n\
                    ExecStart=/srv/bot/.venv/bin/python3 webhook_server.py\n";
        let expected = OldServer {
            python: "/srv/bot/.venv/bin/python3".into(),
            folder: "/srv/bot".into(),
            user: "bot".to_owned(),
        };
        assert_eq!(OldServer::of(unit), Some(expected));
        let whole = "ExecStart=/usr/bin/python3 /srv/bot/webhook_server.py";
        assert_eq!(OldServer::of(whole).unwrap().folder, Path::new("/srv/bot"));
    }

    #[test]
    fn what_cannot_be_repeated_is_not() {
        for unit in [
            "",
            "ExecStart=/usr/bin/alamor serve",
            "ExecStart=/usr/bin/python3 main.py",
            "ExecStart=/bin/sh webhook_server.py",
            "ExecStart=/usr/bin/python3 webhook_server.py --debug",
            "ExecStart=/usr/bin/python3 webhook_server.py",
            "WorkingDirectory=/srv/my%h\nExecStart=/usr/bin/python3 webhook_server.py",
        ] {
            assert_eq!(OldServer::of(unit), None, "{unit}");
        }
    }
}
