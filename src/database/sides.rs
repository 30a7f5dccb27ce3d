//! The two sides of a database: the bot's tables, and ours. They may be one database or two.

use super::sql::{Begin, Connection, Engine, Pool, Version};

/// Where ours is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ours {
    /// In a database of its own.
    pub(super) is_apart: bool,
    pub(super) engine: Engine,
}

impl Ours {
    /// Beside the bot's, or in a database of its own.
    fn of(bot: Engine, own: Option<Engine>) -> Self {
        Self { is_apart: own.is_some(), engine: own.unwrap_or(bot) }
    }
}

/// Where both are read.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    pub(super) bot: Pool,
    /// `None` where ours is in the bot's database.
    pub(super) own: Option<Pool>,
}

impl Readers {
    /// A connection to each side.
    pub(super) async fn acquire(&self) -> Result<Sides, sqlx::Error> {
        let own = match &self.own {
            Some(own) => Some(own.acquire().await?),
            None => None,
        };
        Ok(Sides { bot: self.bot.acquire().await?, own })
    }

    pub(super) fn ours(&self) -> Ours {
        Ours::of(self.bot.engine(), self.own.as_ref().map(Pool::engine))
    }

    /// A connection to ours.
    pub(super) async fn own(&self) -> Result<Connection, sqlx::Error> {
        self.own.as_ref().unwrap_or(&self.bot).acquire().await
    }

    pub(super) async fn close(&self) {
        self.bot.close().await;
        if let Some(own) = &self.own {
            own.close().await;
        }
    }
}

/// A connection to each side.
pub(super) struct Sides {
    bot: Connection,
    own: Option<Connection>,
}

impl Sides {
    pub(super) fn new(bot: Connection, own: Option<Connection>) -> Self {
        Self { bot, own }
    }

    /// The bot's tables.
    pub(super) fn bot(&mut self) -> &mut Connection {
        &mut self.bot
    }

    /// Ours.
    pub(super) fn own(&mut self) -> &mut Connection {
        self.own.as_mut().unwrap_or(&mut self.bot)
    }

    pub(super) fn ours(&self) -> Ours {
        Ours::of(self.bot.engine(), self.own.as_ref().map(Connection::engine))
    }

    pub(super) async fn begin(&mut self, begin: Begin) -> Result<(), sqlx::Error> {
        self.bot.begin(begin).await?;
        match &mut self.own {
            Some(own) => own.begin(begin).await,
            None => Ok(()),
        }
    }

    /// Begins to write on both sides; tells what [`Connection::begin_counted`] does of the bot's.
    pub(super) async fn begin_counted(&mut self) -> Result<Option<Version>, sqlx::Error> {
        let version = self.bot.begin_counted().await?;
        if let Some(own) = &mut self.own {
            own.begin(Begin::Write).await?;
        }
        Ok(version)
    }

    /// Ends the transactions of both sides, ours first.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        if let Some(own) = &mut self.own {
            own.commit().await?;
        }
        self.bot.commit().await
    }
}
