//! Which database: the SQLite file in the data directory, or a PostgreSQL one by its address.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use candour_db::Db;

use crate::config::Config;

/// Opens the database and brings its schema up to date.
pub async fn open(config: &Config) -> anyhow::Result<Db> {
    let Some(postgres) = &config.database else {
        return Db::open(&config.data.join("candour.db")).await.context("the database cannot be opened");
    };
    let password = postgres.password_file.as_deref().map(password).transpose()?;
    Db::open_postgres(&postgres.url, password.as_deref()).await.context("the PostgreSQL database cannot be opened")
}

/// The database of a recorder that does not run: made by none of the commands that mend or confirm.
///
/// # Errors
/// When there is none in the data directory, and those of [`open`].
pub async fn open_existing(config: &Config) -> anyhow::Result<Db> {
    if config.database.is_none() && !config.data.join("candour.db").is_file() {
        bail!("there is no recorder in {}", config.data.display());
    }
    open(config).await
}

/// The first line of a file that nobody else can read.
fn password(path: &Path) -> anyhow::Result<String> {
    let unread = || format!("database.password_file: cannot read {}", path.display());
    let mode = std::fs::metadata(path).with_context(unread)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("database.password_file: others may read {}: chmod 600 it", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(unread)?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(std::io::Error::from(ErrorKind::UnexpectedEof)).with_context(unread),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, mode: u32, expected: Result<&str, &str>) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("password");
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode");
        match (password(&path), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(words)) => assert!(format!("{error:#}").contains(words), "{error:#}"),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_password_is_one_line_that_nobody_else_reads() {
        check("secret\n", 0o600, Ok("secret"));
        check("secret", 0o400, Ok("secret"));
        check("secret\n", 0o640, Err("chmod 600"));
        check("", 0o600, Err("cannot read"));
    }
}
