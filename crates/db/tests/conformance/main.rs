//! What every database under this room must do. Runs on SQLite; PostgreSQL joins by another `store()`.

mod alarms;
mod catalogue;
mod deletions;
mod gaps;
mod people;
mod site;
mod storages;

use candour_db::Db;
use candour_units::{WallRange, WallTime};

/// A new, empty database, and the directory that vanishes with it.
pub async fn store() -> (Db, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
    (db, directory)
}

/// `seconds` after the start of 2026.
pub fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_767_225_600 + seconds)
}

/// From `start` to `end`, in seconds after the start of 2026.
pub fn span(start: i64, end: i64) -> WallRange {
    WallRange { start: at(start), end: at(end) }
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    let db = Db::open(&path).await.expect("a new database");
    db.set_setting("site_name", "Town hall").await.expect("a write");
    db.set_setting("site_name", "Library").await.expect("a write");
    db.close().await;
    let db = Db::open(&path).await.expect("the same database");
    assert_eq!(db.setting("site_name").await.expect("a read").as_deref(), Some("Library"));
    assert_eq!(db.setting("other").await.expect("a read"), None);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    std::fs::write(&path, [7; 4096]).expect("a file");
    assert!(Db::open(&path).await.is_err());
}
