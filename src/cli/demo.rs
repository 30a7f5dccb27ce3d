//! `alamor demo`: everything, on simulated panels, in a temporary folder.

use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::SecretString;

use super::args::{self, Args};
use super::console::{Left, with_core};
use super::follow::Followed;
use super::stop::Stop;
use super::{attach, follow, language, logging, output, serve, update};
use crate::api::jobs::{All, NewJob, Scope};
use crate::client::Client;
use crate::config::{Environment, LogSettings, Settings, Source, init};
use crate::console::{Checker, Lang, tour};
use crate::core::{self, Role};
use crate::database::cipher::Cipher;
use crate::database::new::{self, Filler, NewPanel, NewProfile, NewPurchase};
use crate::demo::make::Make;
use crate::demo::panel::SimulatedPanel;
use crate::demo::sample::Sample;
use crate::domain::ids::{PanelId, ProfileId};

/// What stands in for the operator's domain.
const DOMAIN: &str = "demo.example.net";

/// Opens the console on a demo; without a terminal, runs one update of all and prints its results.
///
/// However it ends, its folder is removed: a signal waits until nothing writes into it any more.
pub(super) async fn run(args: &Args, options: &args::Demo) -> anyhow::Result<ExitCode> {
    let lang = language::choose(args.lang);
    let mut stop = Stop::watch()?;
    let folder = tempfile::Builder::new().prefix("alamor-demo-").tempdir();
    let folder = folder.context("a temporary folder")?;
    let sample = Sample::new(Timestamp::now(), options.purchases as usize);
    let panels = sample.start_panels().await.context("simulated panels on 127.0.0.1")?;
    let listener = TcpListener::bind("127.0.0.1:0").context("a free port on 127.0.0.1")?;
    let settings = settings(folder.path(), listener.local_addr()?)?;
    fill(&settings, &sample, &panels).await?;
    let is_terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    let is_console = is_terminal || args.plain;
    if options.headless {
        logging::start(&settings.log);
    } else if is_console || options.pictures.is_some() {
        logging::start_for_console("info");
    }
    let key = settings.admin_key.expose().map(SecretString::from);
    let core = core::start(settings, listener, Role::Demo).await?;
    if let Some(name) = stop.heard_already() {
        core.stop().await;
        return Err(stopped(name));
    }
    if options.headless {
        let printed = output::data(&format!("http://{}", core.address()));
        let file = folder.path().join(".env").display().to_string();
        output::note(&lang.say().cli_settings(file));
        let ended = serve::until_stopped(core, &mut stop).await;
        return printed.map(|()| ended);
    }
    if let Some(folder) = &options.pictures {
        let client = attach::named(&format!("http://{}", core.address()), key)?;
        let drawn = tokio::select! {
            drawn = draw(client, folder) => drawn,
            name = stop.heard() => Err(stopped(name)),
        };
        core.stop().await;
        return drawn.map(|()| ExitCode::SUCCESS);
    }
    if is_console {
        // The ladder looks at the demo, and at nothing of the operator's.
        let env = ["--env".into(), folder.path().join(".env").into()];
        let checker = Checker::of_this_program(env.into()).apart();
        return match with_core(args, core, key, checker, lang).await? {
            Left::Quit(ended) => Ok(ended),
            Left::Yielded => Ok(ExitCode::SUCCESS),
        };
    }
    let client = attach::named(&format!("http://{}", core.address()), key)?;
    let followed = tokio::select! {
        followed = update_all(&client, lang) => followed,
        name = stop.heard() => Err(stopped(name)),
    };
    core.stop().await;
    update::print(&followed?, false, lang)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the pictures of a tour into `folder`; older ones of the same name are replaced.
async fn draw(client: Client, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for picture in tour::run(client).await? {
        for (ending, content) in [("svg", &picture.svg), ("txt", &picture.text)] {
            let file = folder.join(format!("{}.{ending}", picture.name));
            std::fs::write(&file, content).with_context(|| file.display().to_string())?;
        }
        output::note(&picture.name);
    }
    Ok(())
}

async fn update_all(client: &Client, lang: Lang) -> anyhow::Result<Followed> {
    let all = NewJob {
        purchases: Some(Scope::All(All::All)),
        dry_run: false,
        force: false,
        retry_of: None,
        by: attach::by(),
    };
    Ok(follow::run(client, &all, lang, |_| {}).await?)
}

fn stopped(signal: &str) -> anyhow::Error {
    anyhow!("the demo was stopped by {signal}; nothing of it is left")
}

/// Settings of their own, written like those of `alamor init`, for a core that listens at `bind`; the
/// environment is not looked at.
fn settings(folder: &Path, bind: SocketAddr) -> anyhow::Result<Settings> {
    let file = folder.join(".env");
    init::write_new(&file).context("the demo's settings")?;
    let text = std::fs::read_to_string(&file).context("the demo's settings")?;
    let text = format!("{text}\nWEBHOOK_DOMAIN={DOMAIN}\nWEBHOOK_BIND={bind}\n");
    std::fs::write(&file, &text).context("the demo's settings")?;
    let source = Source::of_text(&file, &text, Environment::from([]));
    let mut settings = Settings::load(&source)?;
    settings.log = LogSettings { level: "warn".to_owned(), ..settings.log };
    Ok(settings)
}

/// Writes the sample business into a database like that of `alamor init`.
async fn fill(
    settings: &Settings,
    sample: &Sample,
    panels: &[SimulatedPanel],
) -> anyhow::Result<()> {
    let crate::config::Database::Sqlite { path } = &settings.database else {
        anyhow::bail!("the demo has a database of its own");
    };
    new::create(path).await?;
    let key = settings.encryption_key.as_ref().context("the demo's encryption key")?;
    let cipher = Cipher::new(&key.expose().into()).context("the demo's encryption key")?;
    let mut filler = Filler::begin(path, cipher).await?;
    for panel in panels {
        filler.add_panel(&new_panel(panel)).await?;
    }
    for profile in &sample.profiles {
        let inbounds = profile.panels.iter().flat_map(|&panel| {
            crate::demo::inbounds::INBOUNDS
                .iter()
                .map(move |inbound| (PanelId(panel), i64::from(inbound.id)))
        });
        let profile = NewProfile { name: profile.name.clone(), inbounds: inbounds.collect() };
        filler.add_profile(&profile).await?;
    }
    for purchase in &sample.purchases {
        let user = sample.users.iter().find(|user| user.id == purchase.user_id);
        filler
            .add_purchase(&NewPurchase {
                user: user.map_or(purchase.user_id, |user| user.telegram_id),
                name: user.map(|user| user.first_name.clone()),
                panel: purchase.server_id.map(PanelId),
                profile: purchase.profile_id.map(ProfileId),
                sub_id: purchase.sub_id.clone(),
                expires: purchase.expire_date.as_deref().map(local),
                volume_gb: purchase.initial_volume_gb,
                client_uuid: Some(purchase.client_uuid.clone()),
                client_email: Some(purchase.client_email.clone()),
                active: purchase.is_active,
                links_json: purchase.single_configs_json.clone(),
            })
            .await?;
    }
    Ok(filler.commit().await?)
}

fn new_panel(panel: &SimulatedPanel) -> NewPanel {
    let (user, password) = panel.login();
    let kind = if panel.make() == Make::Alireza1120 { "alireza" } else { "x-ui" };
    NewPanel {
        name: panel.name().to_owned(),
        kind: kind.to_owned(),
        panel_url: panel.panel_url(),
        username: user.to_owned(),
        password: password.into(),
        subscription_base_url: panel.subscription_base_url(),
        subscription_path_prefix: panel.prefix().to_owned(),
    }
}

/// The sample's dates are in UTC, the bot's in the host's zone.
fn local(date: &str) -> String {
    let utc = date.parse::<DateTime>().and_then(|date| date.to_zoned(TimeZone::UTC));
    utc.map_or_else(
        |_| date.to_owned(),
        |utc| utc.with_time_zone(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
