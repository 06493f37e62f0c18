//! Power cuts at a thousand random points: a scene with everything a store does is recorded upon the faulty disk, and from
//! its journal images are made of what a crash could have left, each of which must open, hold what was durable, and
//! account for the rest.
//!
//!     CANDOUR_CRASH_IMAGES=10000   so many images instead of 1000
//!     CANDOUR_CRASH_SEED=7         other picks
//!     CANDOUR_CRASH_REPLAY=JOURNAL:POINT:SEED    one image of a journal that a failing run has kept
//!
//! That it would be seen to fail is a part of it: the same journal is looked at as if one kind of sync had done nothing, for
//! each kind the store relies on, and each time images must turn up that are not as they must be.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use candour_faults::chance::Chance;
use candour_faults::check::check_image;
use candour_faults::image::write_image;
use candour_faults::journal::{Journal, Kind, Record};
use candour_faults::layer::FaultyDisks;
use candour_faults::record::{Walk, points, record_scene, scratch};

const SCENE: &str = env!("CARGO_BIN_EXE_scene");
const WORKERS: usize = 2;

/// One image: the crash comes after so many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pick {
    point: usize,
    seed: u64,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn a_power_cut_at_any_point_loses_nothing_that_was_durable() -> Result<()> {
    let scratch = scratch()?;
    if let Ok(replay) = std::env::var("CANDOUR_CRASH_REPLAY") {
        return replayed(&replay, scratch.path());
    }
    let disks = FaultyDisks::under(scratch.path())?;
    let journal = record_scene(&disks, "disk", Path::new(SCENE))?;
    let points = points(&journal);
    each_sync_is_needed(&journal, &points, &scratch.path().join("lies"))?;
    let (images, seed) = (number("CANDOUR_CRASH_IMAGES", 1000) as usize, number("CANDOUR_CRASH_SEED", 1));
    let mut chance = Chance::new(seed);
    let mut picks: Vec<Pick> =
        (0..images).map(|_| Pick { point: points[chance.below(points.len())], seed: chance.number() }).collect();
    picks.sort_unstable();
    println!("{images} images at {} points, seed {seed}", points.len());

    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Each its own part of the scene, so that each walks through it once.
        for (worker, picks) in picks.chunks(images.div_ceil(WORKERS)).enumerate() {
            let (journal, failures, root) = (&journal, &failures, scratch.path());
            scope.spawn(move || work(journal, picks, &root.join(format!("image-{worker}")), failures));
        }
    });
    let failures = failures.into_inner().expect("no worker panics with the lock");
    if !failures.is_empty() {
        let kept = keep(&disks.journal("disk"))?;
        for (pick, words) in failures.iter().take(10) {
            println!("\nCANDOUR_CRASH_REPLAY={}:{}:{}\n{words}", kept.display(), pick.point, pick.seed);
        }
        panic!("{} of {images} images are not as they must be", failures.len());
    }
    Ok(())
}

/// A sync that the store relies on, by its words.
type Needed = (&'static str, fn(&Record) -> bool);

const NEEDED: &[Needed] = &[
    ("syncfs of the storage", |record| record.kind == Kind::Syncfs),
    ("fsync of the keyring", |record| record.kind == Kind::Fsync && record.path.starts_with("keys-")),
    ("fdatasync of the keyring", |record| record.kind == Kind::Fdatasync && record.path.starts_with("keys-")),
    ("fdatasync of the log's journal", |record| record.kind == Kind::Fdatasync && record.path == "log/journal"),
    ("fdatasync of the log's checkpoints", |record| record.kind == Kind::Fdatasync && record.path == "log/checkpoints"),
    ("fsync of the database's WAL", |record| record.path == "candour.db-wal" && is_sync(record.kind)),
    ("fsync of directories", |record| record.kind == Kind::Dirsync),
];

fn is_sync(kind: Kind) -> bool {
    matches!(kind, Kind::Fsync | Kind::Fdatasync)
}

/// Had one of them done nothing, it would be noticed. One image that shows it is enough.
fn each_sync_is_needed(journal: &Journal, points: &[usize], target: &Path) -> Result<()> {
    let mut chance = Chance::new(11);
    for (words, lies) in NEEDED {
        let mut picks: Vec<usize> = (0..150).map(|_| points[chance.below(points.len())]).collect();
        picks.sort_unstable();
        let mut walk = Walk::with_lies(journal, *lies)?;
        let noticed = picks.into_iter().find_map(|point| {
            let pick = Pick { point, seed: chance.number() };
            look_at(&mut walk, pick, target).err()
        });
        let noticed = noticed.with_context(|| format!("had the {words} done nothing, nobody would have noticed"))?;
        println!("without the {words}: {noticed:#}");
    }
    Ok(())
}

fn work(journal: &Journal, picks: &[Pick], target: &Path, failures: &Mutex<Vec<(Pick, String)>>) {
    let mut walk = Walk::along(journal).expect("claims");
    for pick in picks {
        if let Err(error) = look_at(&mut walk, *pick, target) {
            failures.lock().expect("no worker panics with the lock").push((*pick, format!("{error:#}")));
        }
    }
}

/// Makes one image, and starts a recorder on it.
fn look_at(walk: &mut Walk<'_>, pick: Pick, target: &Path) -> Result<()> {
    if target.exists() {
        std::fs::remove_dir_all(target).context("clearing the last image")?;
    }
    std::fs::create_dir(target).context("a directory for the image")?;
    let (model, facts) = walk.to(pick.point);
    let mood = write_image(model, pick.seed, target)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(check_image(target, facts)).with_context(|| format!("after record {}, {mood}", pick.point))
}

fn keep(journal: &Path) -> Result<PathBuf> {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crash.journal");
    std::fs::copy(journal, &kept).context("keeping the journal")?;
    Ok(kept)
}

fn replayed(replay: &str, scratch: &Path) -> Result<()> {
    let mut parts = replay.rsplitn(3, ':');
    let (seed, point) = (parts.next().unwrap_or_default().parse()?, parts.next().unwrap_or_default().parse()?);
    let journal = Journal::read(Path::new(parts.next().context("JOURNAL:POINT:SEED")?))?;
    for record in &journal.records()[usize::saturating_sub(point, 12)..point] {
        println!("{:?} {} {} {}", record.kind, record.path, record.second, record.offset);
    }
    let image = scratch.join("image");
    look_at(&mut Walk::along(&journal)?, Pick { point, seed }, &image)
}
