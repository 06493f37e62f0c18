//! Site settings: small named texts (site name, host names, set-up state).

use crate::statement::statement;
use crate::{Db, DbError};

impl Db {
    /// The text stored under `name`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn setting(&self, name: &str) -> Result<Option<String>, DbError> {
        let question = statement("SELECT value FROM settings WHERE name = $1").bind(name);
        let found = self.row("read a setting", question).await?;
        found.map(|row| row.text("value")).transpose()
    }

    /// Stores a text under `name`, replacing what was there.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), DbError> {
        let mut tx = self.write("store a setting").await?;
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.run(statement(sql).bind(name).bind(value)).await?;
        tx.commit().await
    }

    /// Forgets the text under `name`; gives whether there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn clear_setting(&self, name: &str) -> Result<bool, DbError> {
        let mut tx = self.write("forget a setting").await?;
        let gone = tx.run(statement("DELETE FROM settings WHERE name = $1").bind(name)).await? > 0;
        tx.commit().await?;
        Ok(gone)
    }
}
