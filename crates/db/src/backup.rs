//! A copy of the whole database that is consistent while others write.

use std::path::Path;

use crate::statement::statement;
use crate::{Db, DbError};

impl Db {
    /// Writes a compact copy of a SQLite database in use into a new file (`VACUUM INTO`): what was committed when it
    /// began, and no free page, so nothing that was removed before. Writers go on meanwhile. The file must not exist; it
    /// is not synced, and readable to whoever may read its directory.
    ///
    /// # Errors
    /// [`DbError::Sql`]; [`DbError::LeftToTheSite`] on PostgreSQL.
    pub async fn copy_into(&self, path: &Path) -> Result<(), DbError> {
        if !self.is_sqlite() {
            let instead = "run pg_dump, and keep its dumps no longer than backups of the keyring";
            return Err(DbError::LeftToTheSite { what: "copying the database", instead });
        }
        let copy = statement("VACUUM INTO $1").bind(path.to_string_lossy().into_owned());
        self.rows("copy the database", copy).await.map(|_| ())
    }

    /// Whether the file of a SQLite database is whole as the database itself sees it: `None`, or what is wrong. A
    /// PostgreSQL server looks after its own pages: `None`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn fault(&self) -> Result<Option<String>, DbError> {
        if !self.is_sqlite() {
            return Ok(None);
        }
        let row = self.row("check the database", statement("PRAGMA integrity_check(1)")).await?;
        let said = row.map(|row| row.text("integrity_check")).transpose()?;
        Ok(said.filter(|said| said != "ok"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_holds_what_was_committed_and_is_whole() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
        db.set_setting("site", "Town hall").await.expect("a write");
        let path = directory.path().join("copy.db");
        db.copy_into(&path).await.expect("there is room");
        db.set_setting("site", "Library").await.expect("a write");
        assert!(db.copy_into(&path).await.is_err(), "nothing is written over");
        let copy = Db::open(&path).await.expect("a database");
        assert_eq!(copy.setting("site").await.expect("a read").as_deref(), Some("Town hall"));
        assert_eq!(copy.fault().await.expect("a read"), None);
    }
}
