//! The handle on the database, on whichever store it lies.

use std::path::Path;

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection};

use crate::DbError;
use crate::column::Row;
use crate::postgres::{BEGIN_READING, BEGIN_WRITING, PostgresStore};
use crate::sqlite::SqliteStore;
use crate::statement::Statement;

/// A handle on the database; clones share the connections.
#[derive(Clone)]
pub struct Db {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Db {
    /// Opens (or makes) the SQLite database file and brings its schema up to date.
    ///
    /// # Errors
    /// [`DbError::Sql`] when the file cannot be opened, [`DbError::Newer`] when a newer program wrote it,
    /// [`DbError::Migrate`] when its schema is not ours.
    pub async fn open(path: &Path) -> Result<Self, DbError> {
        Ok(Self { store: Store::Sqlite(SqliteStore::open(path).await?) })
    }

    /// Connects to a PostgreSQL database of this machine (`postgres://user@localhost/name` or
    /// `postgres:///name?host=/run/postgresql`) and brings its schema up to date. The address holds no password; without
    /// `password` the server gets that of the environment (`PGPASSWORD`, `PGPASSFILE`).
    ///
    /// # Errors
    /// [`DbError::Address`] for an address that is not taken, [`DbError::InUse`] while another recorder uses the database,
    /// [`DbError::NotDurable`] for a server without `fsync`, and those of [`Db::open`].
    pub async fn open_postgres(url: &str, password: Option<&str>) -> Result<Self, DbError> {
        Ok(Self { store: Store::Postgres(PostgresStore::open(url, password).await?) })
    }

    /// Waits for statements under way and closes all connections; SQLite's WAL is folded into the file.
    pub async fn close(&self) {
        match &self.store {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close().await,
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.store, Store::Sqlite(_))
    }

    /// Begins a transaction whose commit is durable when it returns.
    pub(crate) async fn write(&self, doing: &'static str) -> Result<Transaction, DbError> {
        let begun = match &self.store {
            Store::Sqlite(store) => store.full.begin_with("BEGIN IMMEDIATE").await.map(Open::Sqlite),
            Store::Postgres(store) => store.full.begin_with(BEGIN_WRITING).await.map(Open::Postgres),
        };
        Ok(Transaction { open: begun.map_err(DbError::sql(doing))?, doing })
    }

    /// Begins a transaction for rows that recovery can rebuild from segment files.
    pub(crate) async fn write_rebuildable(&self, doing: &'static str) -> Result<Transaction, DbError> {
        let begun = match &self.store {
            Store::Sqlite(store) => store.rebuildable.begin_with("BEGIN IMMEDIATE").await.map(Open::Sqlite),
            Store::Postgres(store) => store.rebuildable.begin_with(BEGIN_WRITING).await.map(Open::Postgres),
        };
        Ok(Transaction { open: begun.map_err(DbError::sql(doing))?, doing })
    }

    /// Folds SQLite's log of writes into the file and empties it, so that nothing old is left in it. Readers that are at work may keep a part of
    /// it for longer; then the next call does the rest. PostgreSQL keeps its own log as its administrator says.
    pub(crate) async fn fold_writes(&self) -> Result<(), DbError> {
        if let Store::Sqlite(store) = &self.store {
            let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&store.rebuildable).await;
            folded.map_err(DbError::sql("fold the log of writes into the database"))?;
        }
        Ok(())
    }

    /// Begins a transaction that only reads, and sees one moment.
    pub(crate) async fn snapshot(&self, doing: &'static str) -> Result<Transaction, DbError> {
        let begun = match &self.store {
            Store::Sqlite(store) => store.reader.begin().await.map(Open::Sqlite),
            Store::Postgres(store) => store.reader.begin_with(BEGIN_READING).await.map(Open::Postgres),
        };
        Ok(Transaction { open: begun.map_err(DbError::sql(doing))?, doing })
    }

    /// All rows of a question.
    pub(crate) async fn rows(&self, doing: &'static str, question: Statement) -> Result<Vec<Row>, DbError> {
        let found = match &self.store {
            Store::Sqlite(store) => match store.reader.acquire().await {
                Ok(mut connection) => Connection::Sqlite(&mut connection).rows(question).await,
                Err(error) => Err(error),
            },
            Store::Postgres(store) => match store.reader.acquire().await {
                Ok(mut connection) => Connection::Postgres(&mut connection).rows(question).await,
                Err(error) => Err(error),
            },
        };
        found.map_err(DbError::sql(doing))
    }

    /// The one row of a question that has one or none.
    pub(crate) async fn row(&self, doing: &'static str, question: Statement) -> Result<Option<Row>, DbError> {
        Ok(self.rows(doing, question).await?.into_iter().next())
    }
}

/// A transaction; dropped without a commit it never was.
pub(crate) struct Transaction {
    open: Open,
    doing: &'static str,
}

enum Open {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    fn connection(&mut self) -> Connection<'_> {
        match &mut self.open {
            Open::Sqlite(tx) => Connection::Sqlite(&mut *tx),
            Open::Postgres(tx) => Connection::Postgres(&mut *tx),
        }
    }

    /// Runs a statement; gives how many rows it changed.
    pub(crate) async fn run(&mut self, statement: Statement) -> Result<u64, DbError> {
        let done = self.connection().run(statement).await;
        done.map_err(DbError::sql(self.doing))
    }

    /// All rows of a question.
    pub(crate) async fn rows(&mut self, question: Statement) -> Result<Vec<Row>, DbError> {
        let found = self.connection().rows(question).await;
        found.map_err(DbError::sql(self.doing))
    }

    /// The one row of a question that has one or none.
    pub(crate) async fn row(&mut self, question: Statement) -> Result<Option<Row>, DbError> {
        Ok(self.rows(question).await?.into_iter().next())
    }

    /// Makes it so.
    pub(crate) async fn commit(self) -> Result<(), DbError> {
        let done = match self.open {
            Open::Sqlite(tx) => tx.commit().await,
            Open::Postgres(tx) => tx.commit().await,
        };
        done.map_err(DbError::sql(self.doing))
    }
}

/// Where every statement of the program passes, whichever store it goes to.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Connection<'_> {
    async fn rows(&mut self, question: Statement) -> Result<Vec<Row>, sqlx::Error> {
        #[cfg(test)]
        crate::plans::hold_to_an_index(self, &question).await;
        self.fetch(question).await
    }

    pub(crate) async fn fetch(&mut self, question: Statement) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                let rows = question.query::<Sqlite>().fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(connection) => {
                let rows = question.query::<Postgres>().fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, sqlx::Error> {
        #[cfg(test)]
        crate::plans::hold_to_an_index(self, &statement).await;
        match self {
            Self::Sqlite(connection) => {
                let done = statement.query::<Sqlite>().execute(&mut **connection).await?;
                Ok(done.rows_affected())
            }
            Self::Postgres(connection) => {
                let done = statement.query::<Postgres>().execute(&mut **connection).await?;
                Ok(done.rows_affected())
            }
        }
    }
}
