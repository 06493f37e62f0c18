//! PostgreSQL: the same three kinds of connection as on SQLite, with the same meaning.
//!
//! `synchronous_commit` is set when a connection is made, on the one writer to `on` whatever the server's own default, on
//! the other to `off`: like `NORMAL` in SQLite, a commit there is atomic and ordered and may be lost in a crash. A server
//! that runs with `fsync = off` keeps no promise at all and is refused.
//!
//! A writing transaction begins by taking one lock for the whole database, so writers follow one another as they do in
//! SQLite. Statements therefore need no second thought about what another writer may do between two of them, and two
//! that touch the same rows in different order cannot block each other.
//!
//! One recorder at a time uses a database: the writer holds a lock that another one does not get. Many recorders need
//! leases, which do not exist yet. A server across a network needs TLS, which is not built in yet: only a socket or an
//! address of this machine is taken.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Row};

use crate::DbError;

const READERS: u32 = 4;
/// How long an earlier recorder's connection may take to be noticed as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins a writing transaction. The numbers are arbitrary and ours ("cand", then "our" and which lock).
pub(crate) const BEGIN_WRITING: &str = "BEGIN; SELECT pg_advisory_xact_lock(1667329636, 1869967873)";
/// Begins a transaction that sees one moment.
pub(crate) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BE_THE_ONLY_RECORDER: &str = "SELECT pg_try_advisory_lock(1667329636, 1869967872) AS alone";

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The connections to one database.
#[derive(Clone)]
pub(crate) struct PostgresStore {
    pub(crate) full: PgPool,
    pub(crate) rebuildable: PgPool,
    pub(crate) reader: PgPool,
}

impl PostgresStore {
    pub(crate) async fn open(url: &str, password: Option<&str>) -> Result<Self, DbError> {
        let options = options(url, password)?;
        refuse_without_fsync(&options).await?;
        let full = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .after_connect(|connection, _| Box::pin(be_the_only_recorder(connection)))
            .connect_with(options.clone().options([("synchronous_commit", "on")]))
            .await
            .map_err(|error| match error {
                sqlx::Error::PoolTimedOut => DbError::InUse,
                error => DbError::sql("connect to the database")(error),
            })?;
        MIGRATIONS.run(&full).await.map_err(DbError::migrate(&MIGRATIONS))?;
        let rebuildable = options.clone().options([("synchronous_commit", "off")]);
        let rebuildable = PgPoolOptions::new().max_connections(1).connect_with(rebuildable).await;
        let reader = options.options([("default_transaction_read_only", "on")]);
        let reader = PgPoolOptions::new().max_connections(READERS).connect_with(reader).await;
        Ok(Self {
            full,
            rebuildable: rebuildable.map_err(DbError::sql("connect to the database"))?,
            reader: reader.map_err(DbError::sql("connect to the database for reading"))?,
        })
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.rebuildable.close().await;
        self.full.close().await;
    }
}

/// What the address says, if it is one we take. It must not hold a password: configuration is read by many.
fn options(url: &str, password: Option<&str>) -> Result<PgConnectOptions, DbError> {
    let refused = |why: &str| DbError::Address { why: why.to_owned() };
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(refused("it must begin with postgres://"));
    }
    let user_part = url.split("//").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    if user_part.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password=") {
        return Err(refused("it must not contain a password: name a file that does, or set PGPASSWORD"));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| refused("it cannot be read"))?;
    if !is_of_this_machine(&options) {
        return Err(refused(
            "only a socket directory or an address of this machine is taken: there is no TLS here yet",
        ));
    }
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

fn is_of_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn refuse_without_fsync(options: &PgConnectOptions) -> Result<(), DbError> {
    let doing = "connect to the database";
    let mut connection = PgConnection::connect_with(options).await.map_err(DbError::sql(doing))?;
    let shown = sqlx::query("SHOW fsync").fetch_one(&mut connection).await.map_err(DbError::sql(doing))?;
    let fsync: String = shown.try_get(0).map_err(DbError::sql(doing))?;
    connection.close().await.map_err(DbError::sql(doing))?;
    if fsync == "on" { Ok(()) } else { Err(DbError::NotDurable) }
}

/// Asked at every connection of the writer: a lock belongs to its connection, and goes with it.
async fn be_the_only_recorder(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let alone: bool = sqlx::query(BE_THE_ONLY_RECORDER).fetch_one(&mut *connection).await?.try_get("alone")?;
        if alone {
            return Ok(());
        }
        if tokio::time::Instant::now() >= until {
            return Err(sqlx::Error::PoolTimedOut);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<(), &str>) {
        match (options(url, None), expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{url}: {error}"),
            (found, _) => panic!("{url} gave {found:?}"),
        }
    }

    #[test]
    fn an_address_names_this_machine_and_no_password() {
        check("postgres:///candour?host=/run/postgresql", Ok(()));
        check("postgres://candour@127.0.0.1:5433/candour", Ok(()));
        check("postgresql://candour@[::1]/candour", Ok(()));
        check("postgres://candour@localhost/candour", Ok(()));
        check("postgres://candour:secret@localhost/candour", Err("must not contain a password"));
        check("postgres://localhost/candour?user=a&password=secret", Err("must not contain a password"));
        check("postgres://candour@db.example.org/candour", Err("no TLS"));
        check("postgres://candour@192.0.2.7/candour", Err("no TLS"));
        check("postgres:///candour?host=192.0.2.7", Err("no TLS"));
        check("mysql://localhost/candour", Err("must begin with"));
    }
}
