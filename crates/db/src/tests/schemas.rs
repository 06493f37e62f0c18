//! Schemas through time: every stored old one becomes the newest with its data kept, both stores have the same, and a
//! newer one than ours is refused.
//!
//! `schemas/STORE/NNNN.sql` is a dump of a database of that version with a little data in each table. A version that
//! people run is stored for ever, before the first migration behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use super::server::Server;
use crate::{Db, DbError};

/// A table's rows, each as its columns' texts by name.
type Rows = BTreeSet<BTreeMap<String, String>>;

/// What is looked at from outside, on either store.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    async fn open(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        Self::Sqlite(options.connect().await.expect("a connection"))
    }

    async fn connect(url: &str) -> Self {
        Self::Postgres(PgConnection::connect(url).await.expect("a connection"))
    }

    async fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(on) => drop(sql.execute(on).await.expect("statements")),
            Self::Postgres(on) => drop(sql.execute(on).await.expect("statements")),
        }
    }

    /// Every row as texts.
    async fn texts(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(on) => {
                let rows = sql.fetch_all(on).await.expect("rows");
                rows.iter().map(|row| (0..row.len()).map(|at| row.get_unchecked(at)).collect()).collect()
            }
            Self::Postgres(on) => {
                let rows = sql.fetch_all(on).await.expect("rows");
                rows.iter().map(|row| (0..row.len()).map(|at| row.get_unchecked(at)).collect()).collect()
            }
        }
    }

    /// (table, column, may be NULL) of every table of ours.
    async fn columns(&mut self) -> BTreeSet<(String, String, bool)> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT t.name, c.name, CASE WHEN c.\"notnull\" = 0 THEN 'YES' ELSE 'NO' END \
                 FROM sqlite_schema t, pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text, column_name::text, is_nullable::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'"
            }
        };
        let rows = self.texts(sql).await.into_iter();
        let word = |word: &mut Option<String>| word.take().unwrap_or_default();
        rows.map(|mut row| (word(&mut row[0]), word(&mut row[1]), row[2].as_deref() == Some("YES"))).collect()
    }

    /// (table, index) of every index that we named.
    async fn indexes(&mut self) -> BTreeSet<Vec<Option<String>>> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
            Self::Postgres(_) => {
                "SELECT tablename::text, indexname::text FROM pg_indexes WHERE schemaname = 'public' \
                 AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'"
            }
        };
        self.texts(sql).await.into_iter().collect()
    }

    /// Everything the schema says, in the store's own words.
    async fn schema(&mut self) -> Vec<Vec<Option<String>>> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations' ORDER BY type, name"
            }
            Self::Postgres(_) => {
                "SELECT 'column', table_name::text, column_name::text, concat_ws(' ', data_type, is_nullable, \
                 collation_name, column_default) FROM information_schema.columns WHERE table_schema = 'public' \
                 UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes \
                 WHERE schemaname = 'public' \
                 UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) \
                 FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid) \
                 FROM pg_trigger WHERE NOT tgisinternal \
                 UNION ALL SELECT 'function', '', proname::text, prosrc FROM pg_proc \
                 WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
            }
        };
        self.texts(sql).await
    }

    /// All rows of all tables of ours, by table.
    async fn data(&mut self) -> BTreeMap<String, Rows> {
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column, _) in self.columns().await {
            columns.entry(table).or_default().push(column);
        }
        let mut data = BTreeMap::new();
        for (table, columns) in columns {
            let as_text = |column: &String| match self {
                Self::Sqlite(_) => format!("quote({column})"),
                Self::Postgres(_) => format!("{column}::text"),
            };
            let list = columns.iter().map(as_text).collect::<Vec<_>>().join(", ");
            let rows = self.texts(&format!("SELECT {list} FROM {table}")).await.into_iter();
            let named = |row: Vec<Option<String>>| {
                columns.iter().cloned().zip(row.into_iter().map(Option::unwrap_or_default)).collect()
            };
            data.insert(table, rows.map(named).collect());
        }
        data
    }

    async fn close(self) {
        match self {
            Self::Sqlite(on) => on.close().await.expect("it closes"),
            Self::Postgres(on) => on.close().await.expect("it closes"),
        }
    }
}

fn stored(store: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(store);
    let mut found: Vec<_> =
        std::fs::read_dir(directory).expect("stored schemas").flatten().map(|it| it.path()).collect();
    found.sort();
    assert!(found.first().is_some_and(|first| first.ends_with("0001.sql")), "{found:?}");
    found
}

/// Every row of `before` is in `after`, told by the columns that it had.
#[track_caller]
fn assert_kept(before: &BTreeMap<String, Rows>, after: &BTreeMap<String, Rows>, of: &Path) {
    for (table, rows) in before {
        assert!(!rows.is_empty(), "{}: {table} has no row to be kept", of.display());
        let now = after.get(table).unwrap_or_else(|| panic!("{}: {table} is gone", of.display()));
        assert_eq!(rows.len(), now.len(), "{}: rows of {table}", of.display());
        for row in rows {
            let is_same =
                |other: &BTreeMap<String, String>| row.iter().all(|(column, value)| other.get(column) == Some(value));
            assert!(now.iter().any(is_same), "{}: {table} lost {row:?}", of.display());
        }
    }
}

#[tokio::test]
async fn every_stored_schema_of_sqlite_becomes_the_newest() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let fresh = directory.path().join("fresh.db");
    Db::open(&fresh).await.expect("a new database").close().await;
    let newest = Raw::open(&fresh).await.schema().await;
    for dump in stored("sqlite") {
        let path = directory.path().join("old.db");
        let mut old = Raw::open(&path).await;
        old.run(&std::fs::read_to_string(&dump).expect("a dump")).await;
        let before = old.data().await;
        old.close().await;
        Db::open(&path).await.expect("an upgrade").close().await;
        let mut new = Raw::open(&path).await;
        assert_eq!(new.schema().await, newest, "{}", dump.display());
        assert_kept(&before, &new.data().await, &dump);
        new.close().await;
        std::fs::remove_file(&path).expect("it is there");
    }
}

#[tokio::test]
async fn every_stored_schema_of_postgresql_becomes_the_newest_and_both_stores_have_the_same() {
    let Some(server) = Server::start() else { return };
    let fresh = server.new_database("fresh").await;
    Db::open_postgres(&fresh, None).await.expect("a new database").close().await;
    let mut fresh = Raw::connect(&fresh).await;
    let newest = fresh.schema().await;
    for dump in stored("postgres") {
        let url = server.new_database(dump.file_stem().and_then(|stem| stem.to_str()).expect("a name")).await;
        let mut old = Raw::connect(&url).await;
        old.run(&std::fs::read_to_string(&dump).expect("a dump")).await;
        old.close().await;
        let mut old = Raw::connect(&url).await;
        let before = old.data().await;
        old.close().await;
        Db::open_postgres(&url, None).await.expect("an upgrade").close().await;
        let mut new = Raw::connect(&url).await;
        assert_eq!(new.schema().await, newest, "{}", dump.display());
        assert_kept(&before, &new.data().await, &dump);
        new.close().await;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    Db::open(&path).await.expect("a new database").close().await;
    let mut sqlite = Raw::open(&path).await;
    let (ours, theirs) = (sqlite.columns().await, fresh.columns().await);
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!((only(&ours, &theirs), only(&theirs, &ours)), (vec![], vec![]), "columns of one store alone");
    let (ours, theirs) = (sqlite.indexes().await, fresh.indexes().await);
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!((only(&ours, &theirs), only(&theirs, &ours)), (vec![], vec![]), "indexes of one store alone");
    fresh.close().await;
    let url = server.new_database("newer").await;
    Db::open_postgres(&url, None).await.expect("a new database").close().await;
    let mut raw = Raw::connect(&url).await;
    raw.run("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', true, '', 0)").await;
    raw.close().await;
    assert_newer(Db::open_postgres(&url, None).await);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_in_words() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    Db::open(&path).await.expect("a new database").close().await;
    let mut raw = Raw::open(&path).await;
    raw.run("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'', 0)").await;
    raw.close().await;
    assert_newer(Db::open(&path).await);
}

#[track_caller]
fn assert_newer(opened: Result<Db, DbError>) {
    let Err(error) = opened else { panic!("it was opened") };
    assert!(matches!(error, DbError::Newer { found: 9999, known: 1.. }), "{error:?}");
    assert!(error.to_string().contains("start the newer program"), "{error}");
}

/// A schema that says to be ours and is another's.
#[tokio::test]
async fn a_schema_that_was_changed_by_hand_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    Db::open(&path).await.expect("a new database").close().await;
    let mut raw = Raw::open(&path).await;
    raw.run("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    raw.close().await;
    assert!(matches!(Db::open(&path).await, Err(DbError::Migrate(_))));
}
