//! `alamor add`: panels and purchases for a database that no bot fills.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::civil::{Date, DateTime};
use secrecy::SecretString;
use url::Url;

use super::{args, output};
use crate::config::{Database, Settings};
use crate::console::Lang;
use crate::database::cipher::Cipher;
use crate::database::new::{self, Filler, NewPanel, NewPurchase};

/// Adds a panel.
pub(super) async fn panel(
    options: &args::AddPanel,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let sub_url = options.sub_url.as_ref().unwrap_or(&options.url);
    for url in [&options.url, sub_url] {
        let parsed = Url::parse(url).with_context(|| format!("{url} is no address"))?;
        if !["http", "https"].contains(&parsed.scheme()) {
            bail!("{url} begins with neither http:// nor https://");
        }
    }
    let password = match &options.user {
        Some(user) => read_password(user, lang)?,
        None => SecretString::default(),
    };
    let mut filler = filler(&settings).await?;
    if filler.find_panel(&options.name).await?.is_some() {
        bail!("there is a panel called {} already; nothing was added", options.name);
    }
    filler
        .add_panel(&NewPanel {
            name: options.name.clone(),
            kind: options.kind.clone(),
            panel_url: options.url.clone(),
            username: options.user.clone().unwrap_or_default(),
            password,
            subscription_base_url: sub_url.clone(),
            subscription_path_prefix: options.sub_path.clone(),
        })
        .await?;
    filler.commit().await?;
    output::note(&lang.say().cli_added_panel(&options.name));
    Ok(ExitCode::SUCCESS)
}

/// Adds a purchase; prints its subscription id.
pub(super) async fn purchase(
    options: &args::AddPurchase,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let expires = options.expires.as_deref().map(parse_date).transpose()?;
    let sub_id = options.sub_id.clone().unwrap_or_else(fresh_sub_id);
    let mut filler = filler(&settings).await?;
    let Some(panel) = filler.find_panel(&options.panel).await? else {
        bail!("there is no panel called {}; `alamor add panel` adds one", options.panel);
    };
    if sub_id.is_empty() || sub_id.contains('/') {
        bail!("--sub-id must not be empty and holds no slash: it is one part of an address");
    }
    if filler.has_sub_id(&sub_id).await? {
        bail!("another purchase has this subscription id already; nothing was added");
    }
    let id = filler
        .add_purchase(&NewPurchase {
            user: options.user,
            name: None,
            panel: Some(panel),
            profile: None,
            sub_id: sub_id.clone(),
            expires,
            volume_gb: 0.0,
            client_uuid: None,
            client_email: None,
            active: true,
            links_json: None,
        })
        .await?;
    filler.commit().await?;
    output::note(&lang.say().cli_added_purchase(id.0));
    output::data(&sub_id)?;
    Ok(ExitCode::SUCCESS)
}

async fn filler(settings: &Settings) -> anyhow::Result<Filler> {
    let Database::Sqlite { path } = &settings.database else {
        bail!("the bot fills its PostgreSQL database itself");
    };
    new::check(path).await?;
    let key = settings.encryption_key.as_ref();
    let key =
        key.context("ENCRYPTION_KEY_ALAMOR is not set: panels are stored encrypted with it")?;
    let cipher = Cipher::new(&key.expose().into()).context("ENCRYPTION_KEY_ALAMOR is no key")?;
    Ok(Filler::begin(path, cipher).await?)
}

/// From the terminal, or one line of standard input; never an argument, which others can see.
fn read_password(user: &str, lang: Lang) -> anyhow::Result<SecretString> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let _ = write!(io::stderr(), "{}", lang.say().cli_ask_password(user));
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).context("the password")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!(
            "no password of {user} came. Type it, or pipe it in: alamor add panel … < FILE. \
             Nothing was added"
        );
    }
    Ok(password.into())
}

fn parse_date(text: &str) -> anyhow::Result<String> {
    let date = text
        .parse::<DateTime>()
        .or_else(|_| Ok(text.parse::<Date>()?.to_datetime(jiff::civil::Time::midnight())));
    let date: DateTime = date.map_err(|_: jiff::Error| {
        anyhow::anyhow!("--expires {text} is no date: write 2027-03-01 or \"2027-03-01 12:00:00\"")
    })?;
    Ok(date.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// 32 lower-case hexadecimal digits, as the bot makes them.
fn fresh_sub_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
