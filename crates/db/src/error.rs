//! What can go wrong with a statement.

use sqlx::migrate::{MigrateError, Migrator};

/// Why a row could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database said no.
    #[error("the database could not {doing}")]
    Sql {
        /// What was being done, as "verb object".
        doing: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
    /// A row breaks a rule of ours: a duplicate name, a missing parent.
    #[error("{what} already exists")]
    Exists {
        /// The thing, for people.
        what: String,
    },
    /// There is no such row.
    #[error("there is no {what}")]
    NotFound {
        /// The thing, for people.
        what: String,
    },
    /// A stored value cannot be read back.
    #[error("stored {column} is damaged: {value}")]
    Damaged {
        /// Table and column.
        column: &'static str,
        /// The value found, shortened.
        value: String,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has schema {found}, which this program does not know (it knows up to {known}): start the newer \
         program that wrote it, or restore a backup made before the upgrade"
    )]
    Newer {
        /// A schema version found that is unknown here.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date")]
    Migrate(#[source] MigrateError),
    /// The address of a PostgreSQL database is none we take.
    #[error("this address of a database cannot be used: {why}")]
    Address {
        /// What is wrong with it; never the address itself, which may hold a password.
        why: String,
    },
    /// Another recorder uses this PostgreSQL database.
    #[error("another recorder uses this database: stop it first, or give each recorder a database of its own")]
    InUse,
    /// This store leaves it to the site's own tools.
    #[error("{what} is done with the database server's own tools: {instead}")]
    LeftToTheSite {
        /// What was asked.
        what: &'static str,
        /// What to do.
        instead: &'static str,
    },
    /// The PostgreSQL server does not make commits durable.
    #[error("the database server runs with fsync = off, so nothing stored there survives a power cut: set fsync = on")]
    NotDurable,
}

impl DbError {
    /// For `map_err`: says what was being done.
    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }

    /// For `map_err` around `migrations`: a database of a newer program is told from one that is not ours.
    pub(crate) fn migrate(migrations: &Migrator) -> impl FnOnce(MigrateError) -> Self {
        let known = migrations.iter().map(|migration| migration.version).max().unwrap_or_default();
        move |error| match error {
            MigrateError::VersionMissing(found) if found > known => Self::Newer { found, known },
            error => Self::Migrate(error),
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }
}
