//! One body of statements for both stores: a text in their common subset, and the values it binds.
//!
//! `sqlx` gives each database types of its own. Here they meet: a statement is built without knowing where it will run,
//! and its rows are read without knowing where they came from ([`crate::column`]). `sqlx::Any` would do the same and
//! cannot: it binds no untyped NULL on PostgreSQL and no flag on SQLite.

use candour_units::{
    AlarmId, CameraId, GrantId, Hash, HoldId, IncidentId, PersonId, PolicyId, PurposeId, ReceiptId, RunId, SegmentId,
    SessionId, StillId, StorageId, StreamId, TableId, ViewId, WallDuration, WallTime,
};
#[cfg(any(test, feature = "tampering"))]
use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::{Database, Encode, SqlSafeStr, SqlStr, Type};

/// A bound value. NULL keeps the type of its column, because PostgreSQL asks for the type of every parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// A statement with its values, `$1` first.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) text: SqlStr,
    pub(crate) values: Vec<Value>,
}

/// A statement of the common subset: `$1` placeholders, `ON CONFLICT … DO UPDATE`, no function only one store knows.
pub(crate) fn statement(text: &'static str) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

/// The same for a text put together: `EXPLAIN` and a statement, or what an attacker writes.
#[cfg(any(test, feature = "tampering"))]
pub(crate) fn composed(text: String) -> Statement {
    Statement { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
}

impl Statement {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The statement as a query of one store.
    pub(crate) fn query<'q, DB>(self) -> Query<'q, DB, DB::Arguments>
    where
        DB: Database,
        Option<i64>: Encode<'q, DB> + Type<DB>,
        Option<String>: Encode<'q, DB> + Type<DB>,
        Option<Vec<u8>>: Encode<'q, DB> + Type<DB>,
    {
        self.values.into_iter().fold(sqlx::query(self.text), |query, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Blob(value) => query.bind(value),
        })
    }
}

/// `Option` of what becomes a value becomes one too.
macro_rules! value {
    ($($variant:ident from $from:ty: $turn:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(Some(($turn)(value)))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($turn))
            }
        }
    )*};
}

value! {
    Integer from i64: |value| value;
    Integer from u16: i64::from;
    Integer from bool: i64::from;
    Integer from WallTime: WallTime::ticks;
    Integer from WallDuration: WallDuration::ticks;
    Text from &str: str::to_owned;
    Text from &String: String::clone;
    Text from String: |value| value;
    Blob from &[u8]: <[u8]>::to_vec;
    Blob from &Vec<u8>: Vec::clone;
    Blob from &Hash: |hash: &Hash| hash.as_bytes().to_vec();
    Blob from AlarmId: |id: AlarmId| id.as_bytes().to_vec();
    Blob from CameraId: |id: CameraId| id.as_bytes().to_vec();
    Blob from GrantId: |id: GrantId| id.as_bytes().to_vec();
    Blob from HoldId: |id: HoldId| id.as_bytes().to_vec();
    Blob from IncidentId: |id: IncidentId| id.as_bytes().to_vec();
    Blob from PersonId: |id: PersonId| id.as_bytes().to_vec();
    Blob from PolicyId: |id: PolicyId| id.as_bytes().to_vec();
    Blob from PurposeId: |id: PurposeId| id.as_bytes().to_vec();
    Blob from ReceiptId: |id: ReceiptId| id.as_bytes().to_vec();
    Blob from RunId: |id: RunId| id.as_bytes().to_vec();
    Blob from SegmentId: |id: SegmentId| id.as_bytes().to_vec();
    Blob from SessionId: |id: SessionId| id.as_bytes().to_vec();
    Blob from StillId: |id: StillId| id.as_bytes().to_vec();
    Blob from StorageId: |id: StorageId| id.as_bytes().to_vec();
    Blob from TableId: |id: TableId| id.as_bytes().to_vec();
    Blob from StreamId: |id: StreamId| id.as_bytes().to_vec();
    Blob from ViewId: |id: ViewId| id.as_bytes().to_vec();
}
