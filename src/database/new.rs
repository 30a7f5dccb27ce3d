//! A database without a bot: made by `alamor init`, filled by `alamor add`.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::{Connection, Row, SqliteConnection};

use super::cipher::Cipher;
use super::error::{DbError, NotOpened, OpenError};
use super::files::options;
use super::open::{self, MadeBy};
use crate::domain::ids::{PanelId, ProfileId, PurchaseId};

/// Why no database was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Something is there already, and stays as it is.
    #[error("{0} is already there; nothing was changed")]
    Exists(std::path::PathBuf),
    /// The file cannot be made.
    #[error("{path} cannot be made: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file was made, and its tables were not.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Makes an empty database in the bot's newest shape; overwrites nothing.
///
/// # Errors
///
/// [`CreateError`], by reaction.
pub async fn create(path: &Path) -> Result<(), CreateError> {
    let io_error = |source| CreateError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io_error)?;
    }
    // Only its owner reads it: it holds every customer's access.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CreateError::Exists(path.to_owned()));
        }
        Err(error) => return Err(io_error(error)),
    }
    let made = make_tables(path).await;
    // A file without tables would look like a database that is there already.
    made.map_err(|error| {
        drop(std::fs::remove_file(path));
        CreateError::Database(error.into())
    })
}

async fn make_tables(path: &Path) -> Result<(), sqlx::Error> {
    let mut connection = SqliteConnection::connect_with(&options(path)).await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(include_str!("bot_newest.sql")).execute(&mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await
}

/// Whether `alamor init` made the file, so that it may be filled. One that is away is no error:
/// [`Filler::begin`] says so.
///
/// # Errors
///
/// [`OpenError`] if it will never do.
pub async fn check(path: &Path) -> Result<(), OpenError> {
    match open::check(path).await {
        Err(NotOpened::Never(error)) => Err(error),
        Ok((_, MadeBy::Bot)) => Err(OpenError::BotFills { path: path.to_owned() }),
        Ok((_, MadeBy::Init)) | Err(NotOpened::Away(_)) => Ok(()),
    }
}

/// A panel to add.
#[derive(Debug, Clone)]
pub struct NewPanel {
    /// Its name; unique.
    pub name: String,
    /// `x-ui` or `alireza`.
    pub kind: String,
    /// Of its web interface.
    pub panel_url: String,
    /// Of its API; may be empty.
    pub username: String,
    /// Of its API; may be empty.
    pub password: secrecy::SecretString,
    /// Of its subscriptions.
    pub subscription_base_url: String,
    /// Path of its subscriptions.
    pub subscription_path_prefix: String,
}

/// A purchase to add. It has no `Debug`: most of it is a customer's access.
#[derive(Clone)]
pub struct NewPurchase {
    /// The customer's Telegram id.
    pub user: i64,
    /// The customer's first name.
    pub name: Option<String>,
    /// Its panel, unless it has a profile.
    pub panel: Option<PanelId>,
    /// Its profile.
    pub profile: Option<ProfileId>,
    /// What subscribers ask with.
    pub sub_id: String,
    /// As the bot writes it: `2027-03-01 12:00:00` in the host's zone.
    pub expires: Option<String>,
    /// In GB; 0 is unlimited.
    pub volume_gb: f64,
    /// Secrets of its clients, as a JSON list.
    pub client_uuid: Option<String>,
    /// E-mail of its clients on the panels.
    pub client_email: Option<String>,
    /// Whether it is switched on.
    pub active: bool,
    /// Links from before.
    pub links_json: Option<String>,
}

/// A profile to add.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Its name; unique.
    pub name: String,
    /// Its inbounds.
    pub inbounds: Vec<(PanelId, i64)>,
}

/// Fills a database that `alamor init` made, all in one transaction or nothing.
#[derive(Debug)]
pub struct Filler {
    connection: SqliteConnection,
    cipher: Cipher,
}

impl Filler {
    /// Opens the file and begins.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the file is away.
    pub async fn begin(path: &Path, cipher: Cipher) -> Result<Self, DbError> {
        let mut connection = SqliteConnection::connect_with(&options(path)).await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
        Ok(Self { connection, cipher })
    }

    /// Adds a panel, its columns encrypted.
    ///
    /// # Errors
    ///
    /// [`DbError`], for example if the name is taken.
    pub async fn add_panel(&mut self, panel: &NewPanel) -> Result<PanelId, DbError> {
        use secrecy::ExposeSecret;

        let encrypt = |text: &str| self.cipher.encrypt(text);
        let row = sqlx::query(
            "INSERT INTO servers (name, panel_type, panel_url, username, password, \
             subscription_base_url, subscription_path_prefix) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(&panel.name)
        .bind(&panel.kind)
        .bind(encrypt(&panel.panel_url))
        .bind(encrypt(&panel.username))
        .bind(encrypt(panel.password.expose_secret()))
        .bind(encrypt(&panel.subscription_base_url))
        .bind(encrypt(&panel.subscription_path_prefix))
        .fetch_one(&mut self.connection)
        .await?;
        Ok(PanelId(row.try_get("id")?))
    }

    /// Adds a profile with its inbounds.
    ///
    /// # Errors
    ///
    /// [`DbError`], for example if the name is taken.
    pub async fn add_profile(&mut self, profile: &NewProfile) -> Result<ProfileId, DbError> {
        let row = sqlx::query(
            "INSERT INTO profiles (name, per_gb_price, duration_days) VALUES ($1, 0, 30) RETURNING id",
        )
        .bind(&profile.name)
        .fetch_one(&mut self.connection)
        .await?;
        let id: i64 = row.try_get("id")?;
        for (panel, inbound) in &profile.inbounds {
            sqlx::query(
                "INSERT INTO profile_inbounds (profile_id, server_id, inbound_id) VALUES ($1, $2, $3)",
            )
            .bind(id)
            .bind(panel.0)
            .bind(inbound)
            .execute(&mut self.connection)
            .await?;
        }
        Ok(ProfileId(id))
    }

    /// Adds a purchase, and its customer if there is none yet.
    ///
    /// # Errors
    ///
    /// [`DbError`], for example if there is no such panel.
    pub async fn add_purchase(&mut self, purchase: &NewPurchase) -> Result<PurchaseId, DbError> {
        sqlx::query(
            "INSERT INTO users (telegram_id, first_name) VALUES ($1, $2) \
             ON CONFLICT (telegram_id) DO NOTHING",
        )
        .bind(purchase.user)
        .bind(&purchase.name)
        .execute(&mut self.connection)
        .await?;
        let row = sqlx::query(
            "INSERT INTO purchases (user_id, server_id, profile_id, expire_date, \
             initial_volume_gb, client_uuid, client_email, sub_id, is_active, single_configs_json) \
             SELECT id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM users WHERE telegram_id = $1 \
             RETURNING id",
        )
        .bind(purchase.user)
        .bind(purchase.panel.map(|panel| panel.0))
        .bind(purchase.profile.map(|profile| profile.0))
        .bind(&purchase.expires)
        .bind(purchase.volume_gb)
        .bind(&purchase.client_uuid)
        .bind(&purchase.client_email)
        .bind(&purchase.sub_id)
        .bind(purchase.active)
        .bind(&purchase.links_json)
        .fetch_one(&mut self.connection)
        .await?;
        Ok(PurchaseId(row.try_get("id")?))
    }

    /// Whether a purchase has this subscription id already.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn has_sub_id(&mut self, sub_id: &str) -> Result<bool, DbError> {
        let row = sqlx::query("SELECT 1 FROM purchases WHERE sub_id = $1 LIMIT 1")
            .bind(sub_id)
            .fetch_optional(&mut self.connection)
            .await?;
        Ok(row.is_some())
    }

    /// The id of the panel called `name`.
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub async fn find_panel(&mut self, name: &str) -> Result<Option<PanelId>, DbError> {
        let row = sqlx::query("SELECT id FROM servers WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut self.connection)
            .await?;
        Ok(row.map(|row| row.try_get("id").map(PanelId)).transpose()?)
    }

    /// Writes all that was added.
    ///
    /// # Errors
    ///
    /// [`DbError`]; then nothing was added.
    pub async fn commit(mut self) -> Result<(), DbError> {
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
    }
}
