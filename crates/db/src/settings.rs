//! Site settings: small named texts (site name, host names, set-up state).

use crate::{Db, DbError};

impl Db {
    /// The text stored under `name`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn setting(&self, _name: &str) -> Result<Option<String>, DbError> {
        todo!()
    }

    /// Stores a text under `name`, replacing what was there.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn set_setting(&self, _name: &str, _value: &str) -> Result<(), DbError> {
        todo!()
    }
}
