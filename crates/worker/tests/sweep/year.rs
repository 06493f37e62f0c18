//! A year of recording on a simulated clock: versions of the policy that promise less and more, holds that come, lapse and are
//! lifted, a clock that jumps. Beside the real archive goes a model of a few lines; after every sweep both have the same
//! footage, on the disk and not only in rows.
//!
//! Seen to fail: with a longer promise that lengthens the life of footage that is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use candour_archive::RecordingSpec;
use candour_db::{
    Approval, CameraTerms, ComingIntoForce, HoldAct, HoldRow, NewPolicyVersion, NewPromise, OfVersion, PolicyAct,
    PolicyOrigin, PurposeRow, SegmentState, StillLife,
};
use candour_units::{Clock, Hash, PolicyId, PurposeId, SegmentId, WallDuration, WallRange, WallTime};

use super::{CAMERA, KEEP_S, Rig, STREAM, at, hold, record};

const DAY: i64 = 86_400;
const DAYS: i64 = 365;
const WORD: &str = "theft";

/// Numbers that look like chance and are the same each time.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// What must be there, by first moment.
#[derive(Default)]
struct Model {
    footage: BTreeMap<WallTime, (WallTime, WallTime)>,
    holds: Vec<HoldRow>,
    deleted: u64,
}

impl Model {
    fn held(&self, start: WallTime, end: WallTime) -> bool {
        self.holds.iter().any(|hold| hold.interval.start < end && start < hold.interval.end)
    }

    /// A version promises so much: nothing that is there lives longer.
    fn promise(&mut self, keep: WallDuration) {
        for (start, (_, until)) in &mut self.footage {
            *until = (*until).min(*start + keep);
        }
    }

    /// A sweep on proved time.
    fn sweep(&mut self, now: WallTime) {
        self.holds.retain(|hold| hold.ends > now);
        let due = |(start, (end, until)): (&WallTime, &(WallTime, WallTime))| {
            (*until <= now && !self.held(*start, *end)).then_some(*start)
        };
        let gone: Vec<WallTime> = self.footage.iter().filter_map(due).collect();
        self.deleted += gone.len() as u64;
        self.footage.retain(|start, _| !gone.contains(start));
    }
}

/// A new version that keeps footage of the one camera so long, and so long where nothing moved; gives the purpose it records for from
/// now on.
pub async fn version(rig: &Rig, number: u8, keep: WallDuration, still: Option<WallDuration>) -> RecordingSpec {
    let (id, hash, now) = (PolicyId::from_bytes([number; 16]), Hash([number; 32]), rig.clock.wall());
    let act = PolicyAct { person: None, by: "Otto", at: now, reason: "decided", detail: "{}" };
    let new = NewPolicyVersion { id, hash, text: format!("version {number}"), origin: PolicyOrigin::Viewer };
    let stored = rig.db.draft_policy(&new, act).await.expect("a write");
    let approval = Approval { force: now, departure: None, early: Some("a test") };
    rig.db.approve_policy(stored, approval, act).await.expect("a write");
    let purpose = PurposeRow {
        id: PurposeId::from_bytes([number; 16]),
        sentence: "See who steals bicycles.".to_owned(),
        owner: "Facilities".to_owned(),
        keep,
        minimum: None,
        importance: 2,
        policy: id,
        written: now,
        written_by: "Otto".to_owned(),
        version: Some(OfVersion { word: WORD.to_owned(), hash }),
    };
    let terms = [CameraTerms { camera: CAMERA, purpose: purpose.id }];
    let rule = format!("purposes.{WORD}.keep");
    let still = still.map(|keep| StillLife { rule: format!("purposes.{WORD}.keep_if_still"), keep });
    let promises = [NewPromise { camera: CAMERA, word: WORD.to_owned(), rule, keep, still }];
    let spec = RecordingSpec { purpose: purpose.id, policy_hash: hash, keep, on_motion: None };
    let purposes = [purpose];
    let coming = ComingIntoForce { number: stored, purposes: &purposes, terms: &terms, promises: &promises };
    rig.db.force_policy(&coming, act).await.expect("a write");
    spec
}

/// Footage is brought down to shorter promises, as the recorder does it.
pub async fn keep_promises(rig: &Rig) {
    let now = rig.clock.wall();
    loop {
        let promises = rig.db.promises_to_keep(now, 50).await.expect("a read");
        let mut some = false;
        for promise in &promises {
            let before = promise.done;
            rig.db.bring_down(promise, now).await.expect("a write");
            let after = rig.db.promises_to_keep(now, 50).await.expect("a read");
            some |= !after.iter().any(|it| it.version == promise.version && it.done == before);
        }
        if !some {
            return;
        }
    }
}

/// The rows and the disk hold what the model holds, with the same ends.
async fn check(rig: &Rig, model: &Model) {
    let always = WallRange { start: at(-DAY), end: at(2 * DAYS * DAY) };
    let rows = rig.db.segments_in(STREAM, always).await.expect("rows");
    let ends: BTreeMap<_, _> = rows.iter().map(|row| (row.start, row.keep_until)).collect();
    let expected: BTreeMap<_, _> = model.footage.iter().map(|(start, (_, until))| (*start, *until)).collect();
    assert_eq!(ends, expected, "at {}", rig.clock.wall());
    let files = rig.directory.path().join("storage/footage");
    let on_disk = std::fs::read_dir(&files).expect("it is there").flatten().flat_map(|shard| {
        std::fs::read_dir(shard.path())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| file.path().file_stem()?.to_str()?.parse::<SegmentId>().ok())
    });
    let mut on_disk: Vec<SegmentId> = on_disk.collect();
    let mut known: Vec<SegmentId> = rows.iter().map(|row| row.id).collect();
    on_disk.sort_unstable();
    known.sort_unstable();
    assert_eq!(on_disk, known, "at {}: the disk has what the rows have", rig.clock.wall());
}

#[tokio::test]
async fn a_year_of_promises_holds_and_clocks() {
    // A year has thousands of syncs. What a disk does is not looked at here, so memory serves where there is some.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let mut rig = Rig::in_directory(directory.expect("a temporary directory")).await;
    let mut chance = Chance(7);
    let mut model = Model::default();
    let first = at(0);
    model.footage.insert(first, (first + WallDuration::from_seconds(2), first + WallDuration::from_seconds(KEEP_S)));
    let mut spec = version(&rig, 1, WallDuration::from_seconds(7 * DAY), None).await;
    let (mut versions, mut holds) = (1_u8, 0_u8);
    rig.sweep().await; // the clock is watched from here on
    for day in 0..DAYS {
        rig.clock.advance_s(chance.below(3600) + 60);
        let start = rig.clock.wall();
        let rows = rig.db.segments_in_state(SegmentState::Closed, 999).await.expect("rows").len();
        record(&rig.archive, &rig.clock, spec.clone()).await;
        while rig.db.segments_in_state(SegmentState::Closed, 999).await.expect("rows").len() == rows {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        model.footage.insert(start, (rig.clock.wall(), start + spec.keep));
        if chance.below(4) == 0 {
            versions += 1;
            let keep = WallDuration::from_seconds([1, 2, 4, 9, 14, 31][chance.below(6) as usize] * DAY);
            spec = version(&rig, versions, keep, None).await;
            model.promise(keep);
        }
        if day % 13 == 5 {
            holds += 1;
            let from = (start - at(0)).seconds_floor() - chance.below(12 * DAY);
            let ends = (start - at(0)).seconds_floor() + 3 * DAY + chance.below(30 * DAY);
            let placed = hold(holds, from, from + chance.below(3 * DAY) + 1, ends);
            rig.db.place_hold(&placed).await.expect("a write");
            model.holds.push(placed);
        }
        if day % 29 == 11 && !model.holds.is_empty() {
            let lifted = model.holds.remove(0);
            let lift = HoldAct { by: "Ines", at: rig.clock.wall(), reason: "no longer needed" };
            rig.db.lift_hold(lifted.id, lift).await.expect("it stands");
        }
        if day % 97 == 50 {
            // Somebody sets the clock a year ahead, and back again.
            keep_promises(&rig).await;
            let now = rig.clock.wall();
            rig.clock.step_wall(now + WallDuration::from_seconds(365 * DAY));
            assert!(rig.sweep().await.waiting.is_some(), "such a clock proves nothing");
            check(&rig, &model).await;
            rig.clock.step_wall(now);
        }
        rig.clock.advance_s(DAY - chance.below(3600));
        keep_promises(&rig).await;
        let report = rig.sweep().await;
        assert_eq!((report.failing, report.overdue, report.waiting), (0, 0, None), "day {day}");
        model.sweep(rig.clock.wall());
        check(&rig, &model).await;
    }
    assert!(versions > 60 && holds > 25 && model.deleted > 300, "{versions} {holds} {}", model.deleted);
    let kinds: Vec<_> =
        rig.log.entries(0, 100_000).await.expect("entries").into_iter().map(|entry| entry.kind).collect();
    assert!(kinds.iter().any(|kind| kind == "footage_deleted"), "each deletion left its certificate in the log");
    rig.archive.close().await;
}
