//! What differs between the stores: opening, refusing, how durable a commit is.

use super::server::Server;
use crate::{Db, DbError};

async fn keeps_a_setting(db: Db, again: impl AsyncFn() -> Db) {
    db.set_setting("site_name", "Town hall").await.expect("a write");
    db.set_setting("site_name", "Library").await.expect("a write");
    db.close().await;
    let db = again().await;
    assert_eq!(db.setting("site_name").await.expect("a read").as_deref(), Some("Library"));
    assert_eq!(db.setting("other").await.expect("a read"), None);
    db.close().await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    let open = async || Db::open(&path).await.expect("a database");
    keeps_a_setting(open().await, open).await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    std::fs::write(&path, [7; 4096]).expect("a file");
    assert!(Db::open(&path).await.is_err());
}

/// One server for all that is asked of PostgreSQL alone.
#[tokio::test]
async fn postgresql_keeps_its_promises() {
    let Some(server) = Server::start() else { return };
    let url = server.new_database("promises").await;
    let open = async || Db::open_postgres(&url, None).await.expect("a database");
    keeps_a_setting(open().await, open).await;
    a_second_recorder_is_refused(&url).await;
    the_two_writers_differ_in_durability(&url).await;
    readers_cannot_write(&url).await;
}

async fn a_second_recorder_is_refused(url: &str) {
    let first = Db::open_postgres(url, None).await.expect("a database");
    let second = Db::open_postgres(url, None).await;
    assert!(matches!(second, Err(DbError::InUse)), "{:?}", second.err());
    first.close().await;
    Db::open_postgres(url, None).await.expect("it is free again").close().await;
}

async fn the_two_writers_differ_in_durability(url: &str) {
    let db = Db::open_postgres(url, None).await.expect("a database");
    let question = || crate::statement::statement("SELECT current_setting('synchronous_commit') AS level");
    let mut full = db.write("ask").await.expect("a transaction");
    let row = full.row(question()).await.expect("a read").expect("a level");
    assert_eq!(row.text("level").expect("text"), "on");
    drop(full);
    let mut rebuildable = db.write_rebuildable("ask").await.expect("a transaction");
    let row = rebuildable.row(question()).await.expect("a read").expect("a level");
    assert_eq!(row.text("level").expect("text"), "off");
    drop(rebuildable);
    db.close().await;
}

async fn readers_cannot_write(url: &str) {
    let db = Db::open_postgres(url, None).await.expect("a database");
    let written = db.rows("write", crate::statement::statement("DELETE FROM settings")).await;
    assert!(written.is_err());
    db.close().await;
}

/// A copy of the file by its bytes would lack what is in the WAL and have what was removed.
#[tokio::test]
async fn a_copy_of_a_database_in_use_is_whole_and_has_nothing_removed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
    db.set_setting("site_name", "Town hall").await.expect("a write");
    db.set_setting("secret", &"remove me ".repeat(2000)).await.expect("a write");
    db.set_setting("secret", "gone").await.expect("a write");
    let mut open = db.write("hold a write").await.expect("a transaction");
    open.run(crate::statement::statement("DELETE FROM settings")).await.expect("a write");
    let path = directory.path().join("copy.db");
    db.copy_into(&path).await.expect("a copy, while somebody writes");
    drop(open);
    assert!(db.copy_into(&path).await.is_err(), "never over another file");
    let bytes = std::fs::read(&path).expect("the copy");
    assert!(!bytes.windows(9).any(|window| window == b"remove me"));
    let copy = Db::open(&path).await.expect("a database");
    assert_eq!(copy.setting("site_name").await.expect("a read").as_deref(), Some("Town hall"));
    assert_eq!(copy.setting("secret").await.expect("a read").as_deref(), Some("gone"));
}
