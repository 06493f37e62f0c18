//! `candour motion`: scores any clip with the method and the caged decoder that a recorder has. Decides nothing: the looking is done
//! in `decode` and `motion`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use candour_decode::clip::{Found, How, Mode, look_through};
use candour_decode::{Decoder, Program};
use candour_motion::{Corner, Event, Polygon, Settings, Zones};
use candour_units::{MediaTime, TICKS_PER_SECOND};
use serde::{Deserialize, Serialize};

use crate::lookout::beside_us;
use crate::machine::SystemClock;

/// A minute of a large camera is 120 MB; what is larger than this is no clip.
const MOST_BYTES: u64 = 4 << 30;

/// What the command line says.
#[derive(clap::Args)]
pub struct MotionArguments {
    /// An MP4 file with H.264, H.265 or Motion JPEG.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How thoroughly: shorten decodes everything, mark sleeps to key frames while nothing happens.
    #[arg(long, value_enum, default_value = "shorten")]
    mode: ModeWord,
    /// Where to look: a TOML file with tables `watch` and `ignore`, each with corners in ten-thousandths of the picture (docs/motion.md).
    #[arg(long, value_name = "FILE")]
    zones: Option<PathBuf>,
    /// Write a JSON list of events.
    #[arg(long)]
    json: bool,
    /// The decoder program; the one beside this program by default.
    #[arg(long, value_name = "FILE")]
    decoder: Option<PathBuf>,
    /// Refuse to decode where the kernel lacks a part of the cage.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ModeWord {
    Shorten,
    Mark,
}

/// Looks through the file and prints what moved; times are seconds from the first picture.
///
/// # Errors
/// A file that cannot be read, a decoder that is not there, zones that are none; each says what to do.
pub fn run(arguments: &MotionArguments) -> anyhow::Result<ExitCode> {
    let zones = arguments.zones.as_deref().map(read_zones).transpose()?.unwrap_or_default();
    let file = read(&arguments.file)?;
    let path = match &arguments.decoder {
        Some(path) => path.clone(),
        None => beside_us()?,
    };
    let mode = match arguments.mode {
        ModeWord::Shorten => Mode::Shorten,
        ModeWord::Mark => Mode::Mark,
    };
    let program = Program { strict: arguments.strict, patience: Duration::from_secs(30), ..Program::at(path) };
    let mut decoder = Decoder::new(program, SystemClock::new());
    let how = How { mode, settings: Settings::default(), zones };
    let found = look_through(&file, &how, &mut decoder).with_context(|| arguments.file.display().to_string())?;
    for what in &found.troubles {
        tracing::warn!("{}: {what}", arguments.file.display());
    }
    print(&found, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<Bytes> {
    let len = fs::metadata(path).with_context(|| path.display().to_string())?.len();
    anyhow::ensure!(len <= MOST_BYTES, "{}: {len} bytes are more than a clip of {MOST_BYTES}; cut it", path.display());
    Ok(fs::read(path).with_context(|| path.display().to_string())?.into())
}

/// One event, for people and programs.
#[derive(Serialize)]
struct EventLine {
    /// Seconds from the first picture to the first one that moves.
    start_s: f64,
    /// Seconds from the first picture to the last one that moves.
    end_s: f64,
    /// How far what moves lies outside what its place may show, in levels of brightness, at most.
    score: f64,
    /// The share of the watched picture that moves, at most.
    extent: f64,
    /// The rectangle around everything that moved, in shares of the picture.
    area: AreaLine,
}

#[derive(Serialize)]
struct AreaLine {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl EventLine {
    fn of(event: &Event, first: MediaTime) -> Self {
        let seconds = |time: MediaTime| round((time.ticks() - first.ticks()) as f64 / TICKS_PER_SECOND as f64);
        let share = |parts: u16| f64::from(parts) / 10_000.0;
        Self {
            start_s: seconds(event.start),
            end_s: seconds(event.end),
            score: f64::from(event.score) / 100.0,
            extent: share(event.extent),
            area: AreaLine {
                left: share(event.area.left),
                top: share(event.area.top),
                right: share(event.area.right),
                bottom: share(event.area.bottom),
            },
        }
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn print(found: &Found, json: bool) -> anyhow::Result<()> {
    let lines: Vec<EventLine> = found.report.events.iter().map(|event| EventLine::of(event, found.first)).collect();
    if json {
        println!("{}", serde_json::to_string(&lines)?);
        return Ok(());
    }
    for line in &lines {
        println!(
            "{:9.2} s to {:9.2} s, {:5.1} levels, {:5.2} % of the picture",
            line.start_s,
            line.end_s,
            line.score,
            line.extent * 100.0
        );
    }
    println!("{} events; {} of {} access units were decoded", lines.len(), found.decoded, found.units);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZonesFile {
    #[serde(default)]
    watch: Vec<ZoneEntry>,
    #[serde(default)]
    ignore: Vec<ZoneEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneEntry {
    corners: Vec<[u16; 2]>,
}

fn read_zones(path: &Path) -> anyhow::Result<Zones> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    zones(&text).with_context(|| path.display().to_string())
}

fn zones(text: &str) -> anyhow::Result<Zones> {
    let file: ZonesFile = toml::from_str(text)?;
    let polygon = |zone: &ZoneEntry| {
        let corners = zone.corners.iter().map(|[x, y]| Corner { x: *x, y: *y }).collect();
        Polygon::new(corners).context("a zone")
    };
    let all = |entries: &[ZoneEntry]| entries.iter().map(polygon).collect::<anyhow::Result<Vec<Polygon>>>();
    Ok(Zones::new(all(&file.watch)?, all(&file.ignore)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_and_mistakes_named() {
        let good = "[[watch]]\ncorners = [[0, 0], [5000, 0], [5000, 10000], [0, 10000]]\n[[ignore]]\ncorners = [[0, 0], [9, 0], [0, 9]]\n";
        assert!(zones(good).is_ok());
        assert_eq!(zones("").expect("nothing is everything"), Zones::default());
        let said = |text: &str| format!("{:#}", zones(text).expect_err("it is wrong"));
        assert!(said("[[watch]]\ncorners = [[0, 0], [5000, 0]]").contains("3 to 32 corners"));
        assert!(said("[[watch]]\ncorners = [[0, 0], [5000, 0], [0, 10001]]").contains("corner 3 lies outside"));
        assert!(said("[[wach]]\ncorners = []").contains("wach"));
    }
}
