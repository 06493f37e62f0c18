//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use candour_units::WallTime;
use lexopt::prelude::*;

use crate::anchors::Trust;
use crate::closings::Wanted;

pub(crate) const USAGE: &str = "\
Checks what a recorder wrote down, without trusting it.

  candour-verify log DIR [--key VERIFIER_KEY] [--witness WITNESS_KEY]... [--since FILE]...
      A copy of the log: every entry, every checkpoint, and that they say the same.
  candour-verify tiles DIR [--key VERIFIER_KEY] [--witness WITNESS_KEY]... [--since FILE]...
      The log as the recorder serves it under /log/v1, mirrored into DIR: checkpoint, cosigned, tile/...
  candour-verify segments DIR --log DIR [--key VERIFIER_KEY]
      Footage against the digests in the log; no key opens, and nothing is decrypted.
  candour-verify all DATADIR [--key VERIFIER_KEY]
      Both, for a data directory with log/ and footage/.
  candour-verify certificate DATADIR SEGMENT [--footage DIR]... [--key VERIFIER_KEY] [--json]
  candour-verify certificate DATADIR --camera ID --at TIME [--footage DIR]... [--key VERIFIER_KEY] [--json]
      The certificate of a deleted segment, by its id or by camera and time (2026-11-23T19:13:00Z): that it is in
      the log, fits the digest logged when the segment was closed, and that no file of it is left.
  candour-verify certificate FILE [--key VERIFIER_KEY] [--json]
      A certificate's own file, without the recorder.
  candour-verify export FILE [--key VERIFIER_KEY] [--witness KEY]...
      Entries that were exported from a log: that they are in it, unchanged, and are exactly those that were exported.

--witness: the public key of somebody outside who cosigns the log; says up to which entry it did. --since: a checkpoint that
you kept, or got from a witness; a log that was rolled back or forked since then is refused. Both also for segments and all.
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
    Log { directory: PathBuf, trust: Trust },
    /// Check a mirror of the served log.
    Tiles { directory: PathBuf, trust: Trust },
    /// Show and check certificates in a data directory.
    Certificate { directory: PathBuf, wanted: Wanted, footage: Vec<PathBuf>, key: Option<String>, json: bool },
    /// Show and check a certificate's own file.
    CertificateFile { file: PathBuf, key: Option<String>, json: bool },
    /// Check entries that were exported from a log.
    Export { file: PathBuf, key: Option<String>, witnesses: Vec<String> },
    /// Check a log and footage against it.
    Segments { footage: PathBuf, log: PathBuf, trust: Trust },
}

/// The command line as it was given, before it is known what it means.
#[derive(Default)]
struct Given {
    words: Vec<OsString>,
    trust: Trust,
    log: Option<PathBuf>,
    camera: Option<String>,
    at: Option<String>,
    footage: Vec<PathBuf>,
    json: bool,
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Task> {
    let mut given = Given::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("key") => given.trust.key = Some(parser.value()?.string()?),
            Long("witness") => given.trust.witnesses.push(parser.value()?.string()?),
            Long("since") => given.trust.since.push(PathBuf::from(parser.value()?)),
            Long("log") => given.log = Some(PathBuf::from(parser.value()?)),
            Long("camera") => given.camera = Some(parser.value()?.string()?),
            Long("at") => given.at = Some(parser.value()?.string()?),
            Long("footage") => given.footage.push(PathBuf::from(parser.value()?)),
            Long("json") => given.json = true,
            Long("help") | Short('h') => return Ok(Task::Usage),
            Value(word) => given.words.push(word),
            other => return Err(other.unexpected().into()),
        }
    }
    if given.words.first().is_some_and(|word| word == "certificate") {
        return certificate(given);
    }
    if given.camera.is_some() || given.at.is_some() || given.json || !given.footage.is_empty() {
        bail!("--camera, --at, --footage and --json belong to certificate");
    }
    let Given { words, trust, log, .. } = given;
    let mut words = words.into_iter();
    let what = "say what to check: log, tiles, segments, certificate, export or all (--help explains)";
    let command = words.next().context(what)?;
    let directory = PathBuf::from(words.next().context("say which directory or file to check")?);
    if let Some(more) = words.next() {
        bail!("one directory at a time; {} is a second", more.to_string_lossy());
    }
    match (command.to_string_lossy().as_ref(), log) {
        ("log", None) => Ok(Task::Log { directory, trust }),
        ("tiles", None) => Ok(Task::Tiles { directory, trust }),
        ("export", None) if trust.since.is_empty() => {
            Ok(Task::Export { file: directory, key: trust.key, witnesses: trust.witnesses })
        }
        ("export", None) => bail!("--since belongs to log, tiles, segments and all"),
        ("segments", Some(log)) => Ok(Task::Segments { footage: directory, log, trust }),
        ("segments", None) => bail!("the digests of the segments are in the log: say where it is with --log DIR"),
        ("all", None) => Ok(Task::Segments { footage: directory.join("footage"), log: directory.join("log"), trust }),
        ("log" | "tiles" | "all" | "export", Some(_)) => bail!("--log belongs to segments"),
        (other, _) => {
            bail!("{other} is nothing that can be checked; log, tiles, segments, certificate, export and all are")
        }
    }
}

fn certificate(given: Given) -> Result<Task> {
    let Given { words, trust, log, camera, at, footage, json } = given;
    if !trust.witnesses.is_empty() || !trust.since.is_empty() {
        bail!("--witness and --since belong to log, tiles, segments and all");
    }
    let key = trust.key;
    if log.is_some() {
        bail!("--log belongs to segments");
    }
    let mut words = words.into_iter().skip(1);
    let place = PathBuf::from(words.next().context("say which data directory, or which certificate's file")?);
    let segment = words.next().map(|word| word.to_string_lossy().into_owned());
    if let Some(more) = words.next() {
        bail!("one segment at a time; {} is a second", more.to_string_lossy());
    }
    let wanted = match (segment, camera, at) {
        (Some(segment), None, None) => {
            Wanted::Segment(segment.parse().map_err(|error| anyhow!("{segment} is no segment: {error}"))?)
        }
        (None, Some(camera), Some(at)) => Wanted::Moment {
            camera: camera.parse().map_err(|error| anyhow!("{camera} is no camera's id: {error}"))?,
            at: moment(&at).with_context(|| format!("{at} is no time of UTC like 2026-11-23T19:13:00Z"))?,
        },
        (None, None, None) if footage.is_empty() => return Ok(Task::CertificateFile { file: place, key, json }),
        (None, None, None) => bail!("--footage belongs to a data directory and a segment"),
        _ => bail!("give a segment, or --camera and --at"),
    };
    Ok(Task::Certificate { directory: place, wanted, footage, key, json })
}

/// Reads `2026-11-23T19:13:00Z`, with or without a fraction of a second; always UTC (RFC 3339 5.6, the form with `Z`).
fn moment(text: &str) -> Option<WallTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, separator: char| -> Option<[i64; 3]> {
        let all: Option<Vec<i64>> = text.split(separator).map(|part| part.parse::<u16>().ok().map(i64::from)).collect();
        all?.try_into().ok()
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let ([year, month, day], [hours, minutes, seconds]) = (numbers(date, '-')?, numbers(time, ':')?);
    let digits = fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nanos: i128 = digits.then(|| format!("{fraction:0<9}").parse().ok()).flatten()?;
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && hours < 24 && minutes < 60 && seconds < 61;
    // Days since 1970 of the proleptic Gregorian calendar, years counted from March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
            - 1
            - 719_468;
    let seconds = i128::from(days * 86_400 + hours * 3600 + minutes * 60 + seconds);
    fits.then(|| WallTime::from_unix_nanos_floor(seconds * 1_000_000_000 + nanos))
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
        let none = Trust::default();
        check("log /copy", Task::Log { directory: "/copy".into(), trust: none.clone() });
        let key = Trust { key: Some("a+b+c".to_owned()), ..Trust::default() };
        check("log --key a+b+c /copy", Task::Log { directory: "/copy".into(), trust: key });
        let witnesses = vec!["w+1+k".to_owned(), "v+2+k".to_owned()];
        let trust = Trust { key: None, witnesses, since: vec!["/old".into()] };
        check("tiles /m --witness w+1+k --witness v+2+k --since /old", Task::Tiles { directory: "/m".into(), trust });
        check("segments /f --log /l", Task::Segments { footage: "/f".into(), log: "/l".into(), trust: none.clone() });
        check("all /d", Task::Segments { footage: "/d/footage".into(), log: "/d/log".into(), trust: none });
        check("--help", Task::Usage);
        let id = "01010101010101010101010101010101";
        let segment = Wanted::Segment(id.parse().expect("an id"));
        let task = |wanted, footage: &[&str], json| Task::Certificate {
            directory: "/d".into(),
            wanted,
            footage: footage.iter().map(PathBuf::from).collect(),
            key: None,
            json,
        };
        check(&format!("certificate /d {id} --footage /a --footage /b"), task(segment, &["/a", "/b"], false));
        let at = WallTime::from_unix_seconds(1_795_461_180);
        let moment = Wanted::Moment { camera: id.parse().expect("an id"), at };
        check(&format!("certificate /d --json --camera {id} --at 2026-11-23T19:13:00Z"), task(moment, &[], true));
        let task = |witnesses: &[&str]| Task::Export {
            file: "/e.json".into(),
            key: None,
            witnesses: witnesses.iter().map(ToString::to_string).collect(),
        };
        check("export /e.json", task(&[]));
        check("export /e.json --witness w+1+k", task(&["w+1+k"]));
        check("certificate /f.json", Task::CertificateFile { file: "/f.json".into(), key: None, json: false });
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for seconds in [0, 951_782_399, 951_782_400, 1_795_461_180, 4_102_444_799] {
            let at = WallTime::from_unix_seconds(seconds);
            assert_eq!(moment(&at.to_string()), Some(at), "{at}");
        }
        let half = WallTime::from_unix_nanos_floor(1_500_000_000);
        assert_eq!(moment("1970-01-01T00:00:01.5Z"), Some(half));
        for text in
            ["", "2026-11-23", "2026-11-23T19:13:00", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "x-1-1T0:0:0Z"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "",
            "log",
            "segments /f",
            "all /d --log /l",
            "log /a /b",
            "film /a",
            "log /a --sort",
            "certificate",
            "tiles /a --log /l",
            "certificate /f.json --since /old",
            "certificate /d 0",
            "certificate /d --at 2026-11-23T19:13:00Z",
            "log /a --json",
            "export",
            "export /e.json --since /old",
            "export /e.json --log /l",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
