//! What the recorder was told to be durable, written down in the moment it was told: lines of a file on the faulty disk,
//! so that they stand in its journal between the calls that came before and after.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use candour_units::{Hash, SegmentId, WallRange, WallTime};

use crate::facts::Facts;
use crate::footage::{Run, Source};
use crate::image::CLAIMS;
use crate::journal::{Journal, Kind};

/// One thing claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Pictures come from now on.
    Run(Run),
    /// The run has this many pictures; no more come.
    RunEnded(Source, i64),
    /// It is this late.
    Now(WallTime),
    /// Everything that came from this source in this range is durable.
    Durable(Source, WallRange),
    /// A deletion is asked for, of a segment that this key opens.
    Deleting(SegmentId, Source, WallRange, Hash),
    /// It is certified.
    Deleted(SegmentId),
    /// The log has so many entries, and this root.
    Log(u64, Hash),
    /// This setting is stored.
    Setting(String),
    /// The recorder stopped in order, or began again (then a stop says nothing any more).
    Stopped(bool),
}

/// Takes claims.
#[derive(Default)]
pub struct Claims {
    file: Option<File>,
    facts: Facts,
}

impl Claims {
    /// Written down on this disk too.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn on(disk: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(disk.join(CLAIMS));
        Ok(Self { file: Some(file.context("opening the claims")?), facts: Facts::default() })
    }

    /// What they come to.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Kept in memory alone, going on from what is known.
    #[must_use]
    pub fn after(facts: Facts) -> Self {
        Self { file: None, facts }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn claim(&mut self, claim: &Claim) -> Result<()> {
        self.facts.take(claim);
        let Some(file) = &mut self.file else { return Ok(()) };
        let line = match claim {
            Claim::Run(run) => format!("run {} {} {}", run.source.0, run.first, run.start.ticks()),
            Claim::RunEnded(source, pictures) => format!("ended {} {pictures}", source.0),
            Claim::Now(now) => format!("now {}", now.ticks()),
            Claim::Durable(source, range) => {
                format!("durable {} {} {}", source.0, range.start.ticks(), range.end.ticks())
            }
            Claim::Deleting(segment, source, range, key) => {
                format!("deleting {segment} {key} {} {} {}", source.0, range.start.ticks(), range.end.ticks())
            }
            Claim::Deleted(segment) => format!("deleted {segment}"),
            Claim::Log(size, root) => format!("log {size} {root}"),
            Claim::Setting(value) => format!("setting {value}"),
            Claim::Stopped(stopped) => format!("stopped {stopped}"),
        };
        file.write_all(format!("{line}\n").as_bytes()).context("writing a claim")
    }
}

/// The claims of a journal, each with the number of its record.
///
/// # Errors
/// When a line is none.
pub fn claims_of(journal: &Journal) -> Result<Vec<(usize, Claim)>> {
    let records = journal.records().iter().enumerate();
    let written = records.filter(|(_, record)| record.kind == Kind::Write && record.path == CLAIMS);
    let mut claims = Vec::new();
    for (at, record) in written {
        for line in std::str::from_utf8(journal.data(record))?.lines() {
            claims.push((at, parse(line).with_context(|| format!("a claim that is none: {line}"))?));
        }
    }
    Ok(claims)
}

fn parse(line: &str) -> Option<Claim> {
    let mut words = line.split(' ');
    let verb = words.next()?;
    let mut number = || words.next()?.parse::<i64>().ok();
    let time = WallTime::from_ticks;
    let source = |number: i64| Source(number as u8);
    Some(match verb {
        "run" => Claim::Run(Run { source: source(number()?), first: number()?, start: time(number()?) }),
        "ended" => Claim::RunEnded(source(number()?), number()?),
        "now" => Claim::Now(time(number()?)),
        "durable" => Claim::Durable(source(number()?), WallRange { start: time(number()?), end: time(number()?) }),
        "deleting" => {
            let (segment, key) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let mut number = || words.next()?.parse::<i64>().ok();
            let source = source(number()?);
            Claim::Deleting(segment, source, WallRange { start: time(number()?), end: time(number()?) }, key)
        }
        "deleted" => Claim::Deleted(words.next()?.parse().ok()?),
        "log" => Claim::Log(words.next()?.parse().ok()?, words.next()?.parse().ok()?),
        "setting" => Claim::Setting(words.next()?.to_owned()),
        "stopped" => Claim::Stopped(words.next()? == "true"),
        _ => return None,
    })
}
