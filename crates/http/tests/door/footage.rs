//! Footage for a camera of the world: a real sample entry, samples whose bytes say which they are.

use std::path::Path;
use std::sync::Arc;

use candour_archive::{RecordingSpec, StreamIntake};
use candour_db::StreamRow;
use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock, Hash, MediaTime, PurposeId, SimClock, WallDuration};

use crate::world::World;

/// Ten pictures a second, a sync sample every second.
const TICKS: u32 = 9000;
const GOP: i64 = 10;

pub struct Feeder {
    intake: StreamIntake,
    clock: Arc<SimClock>,
    next: i64,
}

/// The sample entry of a clip of the house.
pub fn entry() -> SampleEntry {
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage/pedestrians-sub.mp4");
    let bytes = std::fs::read(clip).expect("the clip is there");
    let at = bytes.windows(4).position(|four| four == b"avc1").map(|at| {
        // The brand in `ftyp` may be spelled the same; the entry lies in `stsd`.
        let stsd = bytes.windows(4).position(|four| four == b"stsd").expect("a sample description");
        if at > stsd { at } else { stsd + bytes[stsd..].windows(4).position(|four| four == b"avc1").expect("an entry") }
    });
    let start = at.expect("an entry") - 4;
    let size = u32::from_be_bytes(bytes[start..start + 4].try_into().expect("four bytes")) as usize;
    SampleEntry::parse(&bytes[start..start + size], 90_000).expect("the entry is read")
}

impl Feeder {
    /// A connection to the camera stands; recorded or for live viewers only.
    pub fn start(world: &World, stream: &StreamRow, recorded: bool) -> Self {
        let spec = RecordingSpec {
            purpose: PurposeId::from_bytes([3; 16]),
            policy_hash: Hash::default(),
            keep: WallDuration::from_seconds(86_400),
            on_motion: None,
        };
        let intake = world.archive.intake(stream.camera, stream.id, stream.kind, recorded.then_some(spec));
        intake.run_started(entry(), ClockEvidence::default(), world.clock.wall());
        Self { intake, clock: world.clock.clone(), next: 0 }
    }

    /// Some samples arrive, a tenth of a second apart.
    pub fn feed(&mut self, count: i64) {
        for _ in 0..count {
            let sync = self.next % GOP == 0;
            let mut data = vec![0, 0, 0, 100, if sync { 0x65 } else { 0x41 }];
            data.extend_from_slice(&self.next.to_be_bytes());
            data.resize(104, 0xAB);
            self.intake.sample(Arc::new(Sample {
                pts: MediaTime::from_ticks(self.next * i64::from(TICKS)),
                dts: MediaTime::from_ticks(self.next * i64::from(TICKS)),
                duration: TICKS,
                sync,
                arrival: self.clock.wall(),
                loss_before: 0,
                data: data.into(),
            }));
            self.next += 1;
            self.clock.advance(100_000_000);
        }
    }

    /// The connection is over, and what comes in it is no sample any more.
    pub fn ends(&self, cause: GapCause) {
        self.intake.run_ended(cause, self.clock.wall());
    }

    /// The number in the bytes of a sample.
    pub fn number(data: &[u8]) -> i64 {
        i64::from_be_bytes(data[5..13].try_into().expect("eight bytes"))
    }
}
