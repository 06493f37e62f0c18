//! By night the recorder looks again at what was drawn among the footage in which nothing was seen to move: every picture, a fresh decoder,
//! the method's own parameters. When that finds too much, no life is shortened any more until a person says so.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use candour_archive::Shortening;
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{SegmentRow, Stillness};
use candour_decode::Decoder;
use candour_decode::clip::{LookedAgain, look_again};
use candour_http::motion_zones;
use candour_motion::Zones;
use candour_policy::Policy;
use candour_units::{MediaTime, WallRange, WallTime};
use tokio_util::sync::CancellationToken;

use crate::alarms::Alarms;
use crate::estate::Parts;
use crate::machine::SystemClock;

/// How often it is seen whether there is something to look at.
const PERIOD: Duration = Duration::from_secs(15);
/// Segments asked for at once.
const AT_ONCE: i64 = 20;
/// A segment is at most so large; more of one is not kept in memory.
const MOST_BYTES: usize = 96 << 20;

/// The hours of the day, UTC, in which it looks: from the first, up to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(pub u8, pub u8);

impl Hours {
    fn hold(self, now: WallTime) -> bool {
        let hour = now.unix_seconds_floor().rem_euclid(86_400) / 3_600;
        let (from, to) = (i64::from(self.0), i64::from(self.1));
        if from < to { (from..to).contains(&hour) } else { hour >= from || hour < to }
    }
}

/// Looks at what was drawn, one segment after the other, until `stopping`.
pub async fn run(parts: Arc<Parts>, hours: Hours, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        if let Err(error) = tell_if_stopped(&parts).await {
            tracing::error!(error = format!("{error:#}"), "whether lives are shortened could not be read");
        }
        if !hours.hold(parts.clock.wall()) {
            continue;
        }
        let looking = round(&parts, hours);
        let looked = tokio::select! {
            () = stopping.cancelled() => return,
            looked = looking => looked,
        };
        if let Err(error) = looked {
            tracing::error!(error = format!("{error:#}"), "second looks failed; they are tried again");
        }
    }
}

async fn round(parts: &Parts, hours: Hours) -> anyhow::Result<()> {
    for row in parts.db.segments_chosen(AT_ONCE).await.context("what was drawn")? {
        if !hours.hold(parts.clock.wall()) {
            return Ok(());
        }
        let found = look(parts, &row).await?;
        settle(parts, &row, found).await?;
    }
    Ok(())
}

/// Reads all of a segment and looks through it. Only the log failing is an error: without its entry nothing is read.
async fn look(parts: &Parts, row: &SegmentRow) -> anyhow::Result<Stillness> {
    let interval = WallRange { start: row.start, end: row.end };
    let receipt = parts.log.second_look(row.camera, interval, row.id).await.context("the log")?;
    let samples = match read(parts, &receipt, row, interval).await {
        Ok(samples) => samples,
        Err(error) => {
            tracing::warn!(segment = %row.id, error = format!("{error:#}"), "a segment could not be looked at again");
            return Ok(Stillness::Undecided);
        }
    };
    let Some(zones) = zones(parts, row).await else {
        tracing::warn!(segment = %row.id, "the version of the policy that a segment was captured under cannot be read");
        return Ok(Stillness::Undecided);
    };
    let program = parts.lookout.program();
    let looked = tokio::task::spawn_blocking(move || {
        let mut decoder = Decoder::new(program, SystemClock::new());
        let given = samples.samples.iter().map(|(pts, sync, data)| (*pts, *sync, &data[..]));
        look_again(&samples.entry, given, zones, &mut decoder)
    });
    Ok(match looked.await.context("the thread that looks")? {
        Ok(LookedAgain::Still) => Stillness::Agreed,
        Ok(LookedAgain::Moved) => Stillness::Missed,
        Ok(LookedAgain::Unsure) => Stillness::Undecided,
        Err(error) => {
            tracing::warn!(segment = %row.id, error = %candour_units::chain(&error), "a segment could not be decoded again");
            Stillness::Undecided
        }
    })
}

/// Where motion counted when the segment was captured: what moved elsewhere was not missed. `None`: it cannot be known any more.
async fn zones(parts: &Parts, row: &SegmentRow) -> Option<Zones> {
    let purpose = parts.db.purpose(row.purpose).await.ok()??;
    let camera = parts.db.camera(row.camera).await.ok()??;
    if purpose.version.is_none() {
        return Some(Zones::default());
    }
    let versions = parts.db.policy_versions().await.ok()?;
    let version = versions.into_iter().find(|version| version.id == purpose.policy)?;
    let text = parts.db.policy_text(version.number).await.ok()??;
    let policy = Policy::parse(text.as_bytes()).ok()?;
    // Under another name it had then, its zones are not known.
    policy.terms(&camera.name)?;
    Some(motion_zones(&policy, &camera.name))
}

struct Samples {
    entry: Arc<candour_media::SampleEntry>,
    samples: Vec<(MediaTime, bool, bytes::Bytes)>,
}

async fn read(
    parts: &Parts,
    receipt: &candour_audit::Receipt,
    row: &SegmentRow,
    interval: WallRange,
) -> anyhow::Result<Samples> {
    let mut reading = parts.archive.read(receipt, row.camera, row.stream, interval).await?;
    let place = reading.pieces().iter().position(|piece| piece.segment == row.id).context("it is not there")?;
    let entry = Arc::clone(&reading.pieces()[place].entry);
    let (mut samples, mut bytes) = (Vec::new(), 0);
    while let Some(fragment) = reading.next_fragment(place).await? {
        for sample in fragment {
            bytes += sample.data.len();
            anyhow::ensure!(bytes <= MOST_BYTES, "it is larger than {MOST_BYTES} bytes");
            let pts = sample.dts.saturating_add(i64::from(sample.composition_offset));
            samples.push((MediaTime::from_ticks(pts), sample.sync, sample.data));
        }
    }
    Ok(Samples { entry, samples })
}

/// Counts what was found, once; too much of it stops shortening.
async fn settle(parts: &Parts, row: &SegmentRow, found: Stillness) -> anyhow::Result<()> {
    if !parts.db.note_second_look(row.id, found).await? || found == Stillness::Undecided {
        return Ok(());
    }
    let missed = found == Stillness::Missed;
    let (now, stops) = Shortening::count(&parts.db, missed, parts.clock.wall()).await?;
    tracing::info!(segment = %row.id, missed, checked = now.looks.checked, "looked again at what was still");
    if stops {
        let outcome = serde_json::json!({ "checked": now.looks.checked, "missed": now.looks.missed }).to_string();
        let event = Event {
            kind: EventKind::ShorteningStopped,
            actor: Actor::Recorder,
            subject: Subject { cameras: vec![row.camera], ..Subject::default() },
            outcome,
        };
        parts.log.append(event).await.context("that shortening stopped is not in the log")?;
        tell_if_stopped(parts).await?;
    }
    Ok(())
}

/// The alarm stands while nothing is shortened.
async fn tell_if_stopped(parts: &Parts) -> anyhow::Result<()> {
    let Shortening { stopped, looks } = Shortening::read(&parts.db).await?;
    let words = stopped.map(|_| {
        format!(
            "Footage in which nothing moved is kept as long as all other: of {} second looks {} found motion that the first one missed, \
             more than one in two hundred. See to the camera or the tuning; a system owner lets it go on, on the Retention page.",
            looks.checked, looks.missed
        )
    });
    Alarms::of(parts).follow("shortening_stopped", None, "red", words).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_may_reach_over_midnight() {
        let at = |hour: i64| WallTime::from_unix_seconds(1_795_651_200 + hour * 3_600 + 1_800);
        let held = |hours: Hours| (0..24).filter(|hour| hours.hold(at(*hour))).collect::<Vec<_>>();
        assert_eq!(held(Hours(1, 5)), [1, 2, 3, 4]);
        assert_eq!(held(Hours(22, 2)), [0, 1, 22, 23]);
        assert_eq!(held(Hours(0, 24)).len(), 24);
    }
}
