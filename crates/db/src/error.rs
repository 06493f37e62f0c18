//! What can go wrong with a statement.

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
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl DbError {
    /// For `map_err`: says what was being done.
    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }
}
