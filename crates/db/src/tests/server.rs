//! A PostgreSQL server of the tests' own: in a directory that vanishes, on a socket nobody else knows.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::Db;

/// Makes the cluster in `$1` with the programs in `$2`, says so, and serves until its input ends: when the tests are over,
/// or killed. `fsync` stays on, because a server without it is refused.
const SERVE: &str = r#"
set -e
trap '' INT TERM
umask 077
"$2/initdb" -D "$1/data" -U candour --auth=trust -N -E UTF8 --locale=C >"$1/log" 2>&1
"$2/postgres" -D "$1/data" -c listen_addresses= -c unix_socket_directories="$1" -c max_connections=20 -c autovacuum=off \
    -c shared_buffers=16MB >>"$1/log" 2>&1 </dev/null &
server=$!
read -r _ || true
kill -INT $server
wait $server || true
rm -rf "$1"
"#;

pub struct Server {
    keeper: Child,
    directory: PathBuf,
}

impl Server {
    /// Starts one. `None`, with a word about it, where PostgreSQL is not installed and nobody said that it must be.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed: run deploy/prepare test");
            eprintln!("skipped: PostgreSQL is not installed (deploy/prepare test installs it)");
            return None;
        };
        let directory = new_directory();
        // initdb refuses root; the Debian package made a user for the server.
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
        let mut command = if is_root {
            let given = Command::new("chown").arg("postgres:postgres").arg(&directory).status();
            assert!(given.is_ok_and(|status| status.success()), "the directory cannot be given to postgres");
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", SERVE, "sh"]).arg(&directory).arg(programs).current_dir("/");
        let keeper = command.stdin(Stdio::piped()).spawn().expect("a shell");
        let server = Self { keeper, directory };
        server.wait_until_it_answers();
        Some(server)
    }

    fn wait_until_it_answers(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while std::os::unix::net::UnixStream::connect(self.directory.join(".s.PGSQL.5432")).is_err() {
            let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=candour", self.directory.display())
    }

    /// Makes an empty database; gives its address.
    pub async fn new_database(&self, name: &str) -> String {
        let mut last = None;
        for _ in 0..100 {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(mut connection) => {
                    let sql = AssertSqlSafe(format!("CREATE DATABASE \"{name}\""));
                    sqlx::query(sql).execute(&mut connection).await.expect("a new database");
                    return self.url(name);
                }
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server takes no connection: {last:?}");
    }

    /// A new, empty database of ours, with scans and sorts made expensive (see `plans`).
    pub async fn database(&self, name: &str) -> Db {
        let dear = ["enable_seqscan", "enable_sort", "enable_bitmapscan"];
        let dear = dear.map(|switch| format!("&options[{switch}]=off")).concat();
        let url = format!("{}{dear}", self.new_database(name).await);
        Db::open_postgres(&url, None).await.expect("a new database")
    }

    /// Empties every table of ours and says of those that grow that they are large: much faster than a new database.
    pub async fn empty(&self, name: &str) {
        let mut connection = PgConnection::connect(&self.url(name)).await.expect("a connection");
        let sql = "SELECT string_agg(quote_ident(relname), ', ') FROM pg_class \
                   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_sqlx_migrations'";
        let all: String = sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("the tables");
        let growing = crate::plans::GROWING.join("', '");
        for sql in [
            format!("TRUNCATE {all}"),
            format!("UPDATE pg_class SET relpages = 1, reltuples = 4e6 WHERE relname IN ('{growing}')"),
        ] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("an empty database");
        }
        connection.close().await.expect("it closes");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut input) = self.keeper.stdin.take() {
            let _ = input.write_all(b"\n");
        }
        let _ = self.keeper.wait();
    }
}

/// Where `initdb` and `postgres` lie: on the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_both = |directory: &PathBuf| directory.join("initdb").exists() && directory.join("postgres").exists();
    debian.chain(std::env::split_paths(&path)).find(has_both)
}

/// Short, because the name of a socket is; open to be passed through, because the server may run as another user.
fn new_directory() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = Path::new("/tmp").join(format!("candour-pg-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a directory");
    path
}
