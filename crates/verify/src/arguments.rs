//! The command line.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
Checks what a recorder wrote down, without trusting it.

  candour-verify log DIR [--key VERIFIER_KEY]
      A copy of the log: every entry, every checkpoint, and that they say the same.
  candour-verify segments DIR --log DIR [--key VERIFIER_KEY]
      Footage against the digests in the log; no key opens, and nothing is decrypted.
  candour-verify all DATADIR [--key VERIFIER_KEY]
      Both, for a data directory with log/ and footage/.

Without --key the public key in the copy itself is used. Get the key from elsewhere to rule out a log
that was made anew as a whole.
Exit code: 0 verifies, 1 something was changed or is missing, 2 something could not be read.
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Say how to call it.
    Usage,
    /// Check a log.
    Log { directory: PathBuf, key: Option<String> },
    /// Check a log and footage against it.
    Segments { footage: PathBuf, log: PathBuf, key: Option<String> },
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Task> {
    let (mut words, mut key, mut log) = (Vec::new(), None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("key") => key = Some(parser.value()?.string()?),
            Long("log") => log = Some(PathBuf::from(parser.value()?)),
            Long("help") | Short('h') => return Ok(Task::Usage),
            Value(word) => words.push(word),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut words = words.into_iter();
    let command = words.next().context("say what to check: log, segments or all (--help explains)")?;
    let directory = PathBuf::from(words.next().context("say which directory to check")?);
    if let Some(more) = words.next() {
        bail!("one directory at a time; {} is a second", more.to_string_lossy());
    }
    match (command.to_string_lossy().as_ref(), log) {
        ("log", None) => Ok(Task::Log { directory, key }),
        ("segments", Some(log)) => Ok(Task::Segments { footage: directory, log, key }),
        ("segments", None) => bail!("the digests of the segments are in the log: say where it is with --log DIR"),
        ("all", None) => Ok(Task::Segments { footage: directory.join("footage"), log: directory.join("log"), key }),
        ("log" | "all", Some(_)) => bail!("--log belongs to segments"),
        (other, _) => bail!("{other} is nothing that can be checked; log, segments and all are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[track_caller]
    fn check(line: &str, expected: Task) {
        assert_eq!(parsed(line).expect("understood"), expected);
    }

    #[test]
    fn commands_are_understood() {
        check("log /copy", Task::Log { directory: "/copy".into(), key: None });
        check("log --key a+b+c /copy", Task::Log { directory: "/copy".into(), key: Some("a+b+c".to_owned()) });
        check("segments /f --log /l", Task::Segments { footage: "/f".into(), log: "/l".into(), key: None });
        check("all /d", Task::Segments { footage: "/d/footage".into(), log: "/d/log".into(), key: None });
        check("--help", Task::Usage);
    }

    #[test]
    fn anything_else_is_refused() {
        for line in ["", "log", "segments /f", "all /d --log /l", "log /a /b", "film /a", "log /a --sort"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
