//! What a database under this room must do, asked of SQLite and of PostgreSQL by the very same tests.
//!
//! Each file lists its tests in `on_every_store!`. On SQLite each is a test of its own; on PostgreSQL all of them run one
//! after the other in one database that is emptied between them, because a server takes a second to start.

mod address_tables;
mod alarms;
mod camera_passwords;
mod catalogue;
mod claims;
mod commissioning;
mod deletions;
mod findings;
mod gaps;
mod grants;
mod holds;
mod log_index;
mod people;
mod policies;
mod schemas;
mod server;
mod site;
mod stillness;
mod storages;
mod stores;
mod stretches;

use std::pin::Pin;

use candour_units::{WallRange, WallTime};

use crate::Db;

/// A test: its name, and what it does with an empty database.
pub struct Test {
    pub name: &'static str,
    pub run: fn(Db) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Makes the named functions tests on SQLite, and lists them for PostgreSQL.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                let (db, _directory) = crate::tests::on_sqlite().await;
                super::$test(db).await;
            })+
        }

        pub fn tests() -> Vec<crate::tests::Test> {
            vec![$(crate::tests::Test { name: stringify!($test), run: |db| Box::pin($test(db)) }),+]
        }
    };
}
use on_every_store;

/// A new, empty SQLite database, and the directory that vanishes with it.
pub async fn on_sqlite() -> (Db, tempfile::TempDir) {
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
async fn every_test_holds_on_postgresql() {
    let Some(server) = server::Server::start() else { return };
    let all = [
        address_tables::tests(),
        alarms::tests(),
        camera_passwords::tests(),
        catalogue::tests(),
        deletions::tests(),
        claims::tests(),
        commissioning::tests(),
        findings::tests(),
        gaps::tests(),
        grants::tests(),
        holds::tests(),
        log_index::tests(),
        people::tests(),
        policies::tests(),
        site::tests(),
        stillness::tests(),
        storages::tests(),
        stretches::tests(),
    ];
    let db = server.database("every_test").await;
    let mut failed = Vec::new();
    for test in all.into_iter().flatten() {
        server.empty("every_test").await;
        // A task of its own, so that one that panics does not keep the others from being asked.
        if tokio::spawn((test.run)(db.clone())).await.is_err() {
            failed.push(test.name);
        }
    }
    db.close().await;
    assert!(failed.is_empty(), "failed on PostgreSQL: {failed:?}");
}
