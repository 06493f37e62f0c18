//! Reading columns back into our types; a value that cannot be is [`DbError::Damaged`], never a panic.

use candour_units::{Hash, WallRange, WallTime};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Type};

use crate::DbError;

/// One row of either store, read column by column.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    fn get<'a, T>(&'a self, column: &'static str) -> Result<T, DbError>
    where
        T: Decode<'a, Sqlite> + Type<Sqlite> + Decode<'a, Postgres> + Type<Postgres>,
    {
        let value = match self {
            Self::Sqlite(row) => sqlx::Row::try_get(row, column),
            Self::Postgres(row) => sqlx::Row::try_get(row, column),
        };
        value.map_err(|error| DbError::Damaged { column, value: error.to_string() })
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, DbError> {
        self.get(column)
    }
    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<String>, DbError> {
        self.get(column)
    }
    pub(crate) fn integer(&self, column: &'static str) -> Result<i64, DbError> {
        self.get(column)
    }
    pub(crate) fn maybe_integer(&self, column: &'static str) -> Result<Option<i64>, DbError> {
        self.get(column)
    }
    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, DbError> {
        Ok(self.integer(column)? != 0)
    }
    pub(crate) fn small(&self, column: &'static str) -> Result<u16, DbError> {
        let value = self.integer(column)?;
        value.try_into().map_err(|_| damaged(column, value))
    }
    pub(crate) fn blob(&self, column: &'static str) -> Result<Vec<u8>, DbError> {
        self.get(column)
    }
    pub(crate) fn maybe_blob(&self, column: &'static str) -> Result<Option<Vec<u8>>, DbError> {
        self.get(column)
    }
    pub(crate) fn time(&self, column: &'static str) -> Result<WallTime, DbError> {
        Ok(WallTime::from_ticks(self.integer(column)?))
    }
    pub(crate) fn maybe_time(&self, column: &'static str) -> Result<Option<WallTime>, DbError> {
        Ok(self.maybe_integer(column)?.map(WallTime::from_ticks))
    }
    pub(crate) fn range(&self) -> Result<WallRange, DbError> {
        Ok(WallRange { start: self.time("start_90k")?, end: self.time("end_90k")? })
    }

    pub(crate) fn id<T>(&self, column: &'static str, make: fn([u8; 16]) -> T) -> Result<T, DbError> {
        Ok(make(fixed(column, self.get(column)?)?))
    }
    pub(crate) fn maybe_id<T>(&self, column: &'static str, make: fn([u8; 16]) -> T) -> Result<Option<T>, DbError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| fixed(column, bytes).map(make)).transpose()
    }
    pub(crate) fn hash(&self, column: &'static str) -> Result<Hash, DbError> {
        Ok(Hash(fixed(column, self.get(column)?)?))
    }
    pub(crate) fn maybe_hash(&self, column: &'static str) -> Result<Option<Hash>, DbError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| fixed(column, bytes).map(Hash)).transpose()
    }

    /// A stored word or number turned into one of ours.
    pub(crate) fn parsed<T>(&self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, DbError> {
        let word = self.text(column)?;
        parse(&word).ok_or_else(|| damaged(column, word))
    }
    pub(crate) fn numbered<T>(&self, column: &'static str, known: &[(i64, T)]) -> Result<T, DbError>
    where
        T: Copy,
    {
        let number = self.integer(column)?;
        let found = known.iter().find(|(value, _)| *value == number);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| damaged(column, number))
    }
}

fn fixed<const N: usize>(column: &'static str, bytes: &[u8]) -> Result<[u8; N], DbError> {
    bytes.try_into().map_err(|_| damaged(column, format!("{} bytes", bytes.len())))
}

fn damaged(column: &'static str, value: impl ToString) -> DbError {
    DbError::Damaged { column, value: value.to_string().chars().take(64).collect() }
}

/// Reads every row with `read`.
pub(crate) fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, DbError>) -> Result<Vec<T>, DbError> {
    rows.iter().map(read).collect()
}
