//! `alamor key`: a key that keeps the rule, checked, written, changed.
//!
//! Invariants:
//! - A key is printed by `new` alone.
//! - Of a settings file nothing changes but the keys in it.

use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use secrecy::{ExposeSecret, SecretString};

use super::{args, output, yes};
use crate::config::keys::{ADMIN_API_KEY, ADMIN_API_KEY_PREVIOUS, Key};
use crate::config::rewrite::rewrite;
use crate::config::{AdminKey, ApiKey, Settings, Source};
use crate::console::Lang;

/// More than this on standard input is no key.
const MAX_INPUT: u64 = 16 * 1024;

/// Runs `alamor key …`.
///
/// Exit code 1: the key is missing or weak, or the operator said no.
pub(super) fn run(command: args::Key, env: Option<&Path>, lang: Lang) -> anyhow::Result<ExitCode> {
    if matches!(command, args::Key::New) {
        output::data(ApiKey::generate().expose())?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = Source::of_process(env);
    let settings = Settings::load(&source)?;
    let change = || anyhow::Ok(Change { file: file(&source)?, settings: &settings, lang });
    match command {
        args::Key::New | args::Key::Check => check(&settings, lang),
        args::Key::Set(options) => change()?.set(options),
        args::Key::Rotate(options) if options.finish => change()?.finish(options),
        args::Key::Rotate(options) => change()?.rotate(options),
    }
}

fn check(settings: &Settings, lang: Lang) -> anyhow::Result<ExitCode> {
    let say = lang.say();
    let file = settings
        .file
        .as_ref()
        .map_or_else(|| say.cli_environment(), |file| file.display().to_string());
    let (verdict, code) = match &settings.admin_key {
        AdminKey::Good(_) => (say.cli_key_good(file), 0),
        AdminKey::Weak { why, .. } => (say.cli_key_weak(file, why.to_string()), 1),
        AdminKey::Unset => (say.cli_key_unset(file), 1),
    };
    output::data(&verdict)?;
    if settings.previous_key.expose().is_some() {
        output::data(&say.cli_key_previous())?;
    }
    Ok(ExitCode::from(code))
}

/// A settings file whose keys are to be changed.
struct Change<'a> {
    file: PathBuf,
    settings: &'a Settings,
    lang: Lang,
}

impl Change<'_> {
    fn set(&self, options: args::SetKey) -> anyhow::Result<ExitCode> {
        if self.settings.admin_key.expose().is_some() {
            bail!(
                "ADMIN_API_KEY is set already, in {} or in the environment: `alamor key rotate` changes it",
                self.named()
            );
        }
        let key = if options.stdin { read_key()? } else { ApiKey::generate() };
        let say = self.lang.say();
        // Standard input is the key's then, and cannot answer.
        let is_wanted = is_wanted(options.yes, &say.cli_key_ask_set(self.named()), options.stdin)?;
        let values = [(&ADMIN_API_KEY, key.expose().into())];
        self.write(is_wanted, &values, &say.cli_key_set(self.named()))
    }

    fn rotate(&self, options: args::RotateKey) -> anyhow::Result<ExitCode> {
        let named = self.named();
        let Some(present) = self.settings.admin_key.expose().map(SecretString::from) else {
            bail!(
                "{named} has no ADMIN_API_KEY that could be changed: `alamor key set` writes one"
            );
        };
        ensure!(
            !self.is_under_way(),
            "{named} has an ADMIN_API_KEY_PREVIOUS: a change is under way. \
             `alamor key rotate --finish` ends it"
        );
        let say = self.lang.say();
        let is_wanted = is_wanted(options.yes, &say.cli_key_ask_rotate(&named), false)?;
        let fresh = ApiKey::generate().expose().into();
        let values = [(&ADMIN_API_KEY, fresh), (&ADMIN_API_KEY_PREVIOUS, present)];
        self.write(is_wanted, &values, &say.cli_key_rotated(named))
    }

    fn finish(&self, options: args::RotateKey) -> anyhow::Result<ExitCode> {
        let named = self.named();
        ensure!(self.is_under_way(), "{named} has no ADMIN_API_KEY_PREVIOUS: nothing is under way");
        let say = self.lang.say();
        let is_wanted = is_wanted(options.yes, &say.cli_key_ask_finish(&named), false)?;
        let values = [(&ADMIN_API_KEY_PREVIOUS, SecretString::default())];
        self.write(is_wanted, &values, &say.cli_key_finished(named))
    }

    fn named(&self) -> String {
        self.file.display().to_string()
    }

    /// Whether the key of before is still taken.
    fn is_under_way(&self) -> bool {
        self.settings.previous_key.expose().is_some()
    }

    /// Writes the values, if that is wanted, and says so.
    fn write(
        &self,
        is_wanted: bool,
        values: &[(&Key, SecretString)],
        done: &str,
    ) -> anyhow::Result<ExitCode> {
        if !is_wanted {
            output::note(&self.lang.say().cli_key_unchanged());
            return Ok(ExitCode::from(1));
        }
        rewrite(&self.file, values)?;
        output::note(done);
        Ok(ExitCode::SUCCESS)
    }
}

/// The settings file that is used. Keys of the environment are nobody's to change here.
fn file(source: &Source) -> anyhow::Result<PathBuf> {
    let file = source.file().map(Path::to_owned);
    file.context("there is no settings file: name one with --env, or `alamor init` makes one")
}

/// A key from standard input, without the blanks around it.
fn read_key() -> anyhow::Result<ApiKey> {
    let mut text = String::new();
    io::stdin().take(MAX_INPUT).read_to_string(&mut text).context("standard input")?;
    let text = SecretString::from(text);
    ApiKey::parse(text.expose_secret()).map_err(|why| {
        anyhow::anyhow!("the key on standard input {why}. `alamor key new` makes a good one")
    })
}

/// Whether the operator wants it: said on the command line, or on the terminal.
fn is_wanted(is_said: bool, question: &str, is_input_taken: bool) -> anyhow::Result<bool> {
    if is_said {
        return Ok(true);
    }
    ensure!(
        !is_input_taken && io::stdin().is_terminal(),
        "nobody can be asked: standard input is no terminal. --yes does it without asking"
    );
    Ok(yes::ask(question)?)
}
