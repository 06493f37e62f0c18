//! Opening the database: one writer connection, several readers.

use std::path::Path;

use crate::DbError;

/// A handle on the database; clones share the connections.
#[derive(Clone)]
pub struct Db {
    #[allow(dead_code)]
    writer: sqlx::SqlitePool,
    #[allow(dead_code)]
    reader: sqlx::SqlitePool,
}

impl Db {
    /// Opens (or makes) the database file and brings its schema up to date.
    ///
    /// # Errors
    /// [`DbError::Sql`] when the file cannot be opened, [`DbError::Migrate`] when its schema is not ours.
    pub async fn open(_path: &Path) -> Result<Self, DbError> {
        todo!()
    }
}
