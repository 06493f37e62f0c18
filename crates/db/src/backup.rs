//! A copy of the whole database that is consistent while others write.

use std::path::Path;

use crate::{Db, DbError};

impl Db {
    /// Writes a compact copy into a new file (`VACUUM INTO`): one read transaction, no page of deleted rows. Writers go
    /// on meanwhile. The file must not exist; it is not synced, and readable to whoever may read its directory.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn copy_into(&self, path: &Path) -> Result<(), DbError> {
        let done = sqlx::query("VACUUM INTO $1").bind(path.to_string_lossy().into_owned()).execute(self.reader()).await;
        done.map(|_| ()).map_err(DbError::sql("copy the database"))
    }

    /// Whether the file is whole as the database itself sees it: `None`, or what is wrong.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn fault(&self) -> Result<Option<String>, DbError> {
        let said: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(self.reader()).await;
        said.map(|said| (said != "ok").then_some(said)).map_err(DbError::sql("check the database"))
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
