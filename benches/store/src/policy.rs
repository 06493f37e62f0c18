//! What a shorter promise would delete, asked of the catalogue of a big site; and one decision about one segment.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result};
use candour_archive::plan_policy;
use candour_db::fill::{Scale, fill};
use candour_db::{Approval, CameraTerms, ComingIntoForce, Db, NewPolicyVersion, NewPromise, PolicyAct, PolicyOrigin};
use candour_policy::{Capture, Policy, Promise, keep_until, policy_hash};
use candour_units::{PolicyId, WallDuration, WallTime};
use serde_json::{Map, Value, json};

use crate::Bench;
use crate::percentile::percentile_ms;

const DAY: i64 = 86_400;
/// 2026-01-01, plus what comes.
const BEGIN: i64 = 1_767_225_600;
/// Purposes of the filled catalogue, of which a camera has one.
const PURPOSES: usize = 5;

/// `plan_s` is the longest of five plans, the first with nothing of the file in memory; `plan_segments` how many rows there
/// are; `keep_until_ns` one decision over the promise of a capture and three later versions.
pub(crate) fn run(bench: &Bench) -> Result<Map<String, Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut found = runtime.block_on(measure(bench))?;
    found.insert("keep_until_ns".into(), json!(decisions()?));
    Ok(found)
}

async fn measure(bench: &Bench) -> Result<Map<String, Value>> {
    let path = bench.scratch.join("policy.db");
    let (cameras, days) = if bench.quick { (50, 3) } else { (1000, 30) };
    let scale = Scale { streams: cameras, days, last_day: WallTime::from_unix_seconds(BEGIN + (days - 1) * DAY) };
    let filled = fill(&path, scale).await?;
    let db = Db::open(&path).await?;
    let old = policy(cameras, days);
    let at = filled.range.end;
    in_force(&db, &old, filled.range.start).await?;
    crate::timeline::forget(&path)?;
    let (old, new) = (parsed(&old)?, parsed(&policy(cameras, days / 2))?);
    let mut times = Vec::new();
    let mut destroyed = 0;
    reset_peak()?;
    let before = peak_bytes()?;
    for _ in 0..5 {
        let began = Instant::now();
        let impact = plan_policy(&db, Some(&old), &new, at).await?;
        times.push(began.elapsed());
        destroyed = impact.totals.footage.destroyed.segments;
    }
    // What is older than the new promise goes, but for the minutes at the edges.
    let older = u64::try_from(filled.segments * (days - days / 2) / days)?;
    anyhow::ensure!(destroyed.abs_diff(older) < older / 10, "{destroyed} segments would go, not about {older}");
    let mut found = Map::new();
    found.insert("plan_segments".into(), json!(filled.segments));
    found.insert("plan_destroys".into(), json!(destroyed));
    found.insert("plan_s".into(), json!(percentile_ms(times, 100) / 1000.0));
    found.insert("plan_memory_bytes".into(), json!(peak_bytes()?.saturating_sub(before)));
    db.close().await;
    std::fs::remove_file(&path)?;
    Ok(found)
}

/// A policy for cameras `Camera 0`, `Camera 1` and so on; see `candour_db::fill` for who has which purpose.
fn policy(cameras: i64, keep_days: i64) -> String {
    let mut text = String::from(
        "format = 1\n[site]\nname = \"A big site\"\ntime_zone = \"Europe/London\"\njurisdiction = \"england\"\n[controller]\n\
         name = \"A council\"\npublic_authority = true\nregime = \"uk_gdpr\"\ncontact = \"cctv@council.example\"\n\
         complaints = \"complaints@council.example\"\nsystem_owner = \"Otto Owens\"\ndata_protection_officer = \"Dina Dahl\"\n\
         [classes.plant]\nkind = \"plant\"\n[areas.house]\nname = \"The house\"\nkind = \"plant\"\n",
    );
    for purpose in 0..PURPOSES {
        let _ = write!(
            text,
            "[purposes.purpose-{purpose}]\naim = \"See whether machine {purpose} stands still.\"\nnecessity = \"Nobody is there at \
             night to look.\"\nlawful_basis = \"public_task\"\nbasis_reason = \"Local Government Act 1972 section 111\"\n\
             owner = \"Estates\"\nkeep = \"{keep_days} days\"\nschedule = \"always\"\n"
        );
    }
    for camera in 0..cameras {
        let purpose = camera % 5;
        let _ = write!(
            text,
            "[cameras.\"Camera {camera}\"]\nclass = \"plant\"\narea = \"house\"\npurpose = \"purpose-{purpose}\"\n"
        );
    }
    text
}

fn parsed(text: &str) -> Result<Policy> {
    Policy::parse(text.as_bytes()).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))
}

/// Brings a version into force for every camera, as the recorder does.
async fn in_force(db: &Db, text: &str, at: WallTime) -> Result<()> {
    let hash = policy_hash(text.as_bytes());
    let id = PolicyId::from_bytes([1; 16]);
    let version = NewPolicyVersion { id, hash, text: text.to_owned(), origin: PolicyOrigin::FirstStart };
    let act = PolicyAct { person: None, by: "Ann", at, reason: "", detail: "{}" };
    let number = db.draft_policy(&version, act).await?;
    db.approve_policy(number, Approval { force: at, departure: None, early: None }, act).await?;
    let purposes = db.purposes().await?;
    let policy = parsed(text)?;
    let (mut terms, mut promises) = (Vec::new(), Vec::new());
    for camera in db.cameras().await? {
        let purpose = camera.purpose.context("a filled camera has a purpose")?;
        let row = purposes.iter().find(|row| row.id == purpose).context("its purpose is stored")?;
        let word = row.version.as_ref().context("it stands in a version")?.word.clone();
        let promise = policy.promise(&camera.name, &word).context("the policy has that purpose")?;
        terms.push(CameraTerms { camera: camera.id, purpose });
        let (rule, keep) = (promise.keep.rule.to_string(), promise.keep.length);
        promises.push(NewPromise { camera: camera.id, word, rule, keep, still: None });
    }
    db.force_policy(&ComingIntoForce { number, purposes: &[], terms: &terms, promises: &promises }, act).await?;
    Ok(())
}

/// Nanoseconds of one `keep_until`.
fn decisions() -> Result<f64> {
    const MANY: u32 = 1_000_000;
    let of = |days: i64| -> Result<Promise> {
        parsed(&policy(1, days))?.promise_of_purpose("purpose-0").context("the policy has that purpose")
    };
    let (first, later) = (of(30)?, [of(31)?, of(14)?, of(21)?]);
    let start = WallTime::from_unix_seconds(BEGIN);
    let began = Instant::now();
    for number in 0..i64::from(MANY) {
        let capture = Capture { start: start + WallDuration::from_seconds(number), found_still: false };
        black_box(keep_until(black_box(capture), &first, black_box(&later)));
    }
    Ok((began.elapsed().as_secs_f64() * 1e10 / f64::from(MANY)).round() / 10.0)
}

/// Forgets how much memory this process ever had.
fn reset_peak() -> Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("resetting the peak of memory")
}

/// The most memory this process had at a time, since it was forgotten.
fn peak_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
