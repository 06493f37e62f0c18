//! SQLite: two writer connections that differ in how durable a commit is, and several readers.
//!
//! `PRAGMA synchronous` belongs to a connection and cannot change inside a transaction. So the level is chosen by the
//! connection a statement takes, not by a pragma before it that the next statement may forget to set back. SQLite lets
//! one of them write at a time; the other waits (`busy_timeout`), and every write begins with `BEGIN IMMEDIATE`, so a
//! wait comes at the start and never as a refused upgrade in the middle. A `FULL` commit syncs the whole WAL, and with
//! it whatever the other connection had committed before.
//!
//! `secure_delete` is on: a freed cell is overwritten with zeros, so that a removed sign-in or an old password hash does
//! not linger in free pages. It says nothing about the WAL (old pages stay until a checkpoint writes over them) or about
//! the disk below. It is tidiness, not erasure: no key and no footage ever lies in this database (rule 4).

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::DbError;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The connections to one file.
#[derive(Clone)]
pub(crate) struct SqliteStore {
    /// Commits are durable when they return.
    pub(crate) full: SqlitePool,
    /// Commits are atomic and ordered, durable at the next checkpoint or `full` commit: for rows recovery can rebuild.
    pub(crate) rebuildable: SqlitePool,
    pub(crate) reader: SqlitePool,
}

impl SqliteStore {
    pub(crate) async fn open(path: &Path) -> Result<Self, DbError> {
        let full = writer(path, SqliteSynchronous::Full).await?;
        MIGRATIONS.run(&full).await.map_err(DbError::migrate(&MIGRATIONS))?;
        let rebuildable = writer(path, SqliteSynchronous::Normal).await?;
        // Small options of its own: anything that writes to the file (auto_vacuum does) fails on a read-only connection.
        let options =
            SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
        let reader = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await;
        let reader = reader.map_err(DbError::sql("open the database for reading"))?;
        Ok(Self { full, rebuildable, reader })
    }

    /// Readers first: the last connection to close folds the WAL into the file.
    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.rebuildable.close().await;
        self.full.close().await;
    }
}

async fn writer(path: &Path, synchronous: SqliteSynchronous) -> Result<SqlitePool, DbError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        // A long read (a copy) lets the WAL grow; afterwards it gives the room back.
        .pragma("journal_size_limit", "67108864");
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        // A commit that fails on the disk is rolled back by SQLite itself. The driver then fails to roll back once more,
        // takes the transaction for still open, and would refuse every later one: such a connection is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options)
        .await;
    pool.map_err(DbError::sql("open the database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 is NORMAL, 2 is FULL (SQLite's documentation of `PRAGMA synchronous`).
    #[tokio::test]
    async fn the_two_writers_differ_in_durability_only() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = SqliteStore::open(&directory.path().join("candour.db")).await.expect("a new database");
        for (pool, expected) in [(&db.full, 2_i64), (&db.rebuildable, 1)] {
            let level: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await.expect("a level");
            let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await.expect("a mode");
            let erase: i64 = sqlx::query_scalar("PRAGMA secure_delete").fetch_one(pool).await.expect("a switch");
            assert_eq!((level, mode.as_str(), erase), (expected, "wal", 1));
        }
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = SqliteStore::open(&directory.path().join("candour.db")).await.expect("a new database");
        assert!(sqlx::query("DELETE FROM settings").execute(&db.reader).await.is_err());
    }
}
