//! Looks through the real writer on the real disk, with every sync counted.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use candour_audit::{Log, LogConfig, Look, LookKind};
use candour_durable::{Disk, Fault, Faults, Step};
use candour_units::{CameraId, Clock, Entropy, MonoTime, PersonId, RecorderId, SessionId, WallTime};

/// People who look at the same time, as the goal has it.
const PEOPLE: usize = 100;
/// So many fill the writer's groups.
const CROWD: usize = 512;

pub(crate) struct Appended {
    pub(crate) p95_ms: f64,
    pub(crate) one_by_one_per_s: f64,
    pub(crate) grouped_per_s: f64,
}

/// Fails nothing, and counts.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Faults for Counting {
    fn next(&self, step: Step, _: &Path) -> Option<Fault> {
        if step == Step::Sync {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        None
    }
}

struct Machine(Instant);

impl Clock for Machine {
    #[allow(clippy::disallowed_methods, reason = "a bench runs on the real clock")]
    fn wall(&self) -> WallTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        WallTime::from_unix_nanos_floor(i128::try_from(since).unwrap_or(i128::MAX))
    }

    fn mono(&self) -> MonoTime {
        MonoTime::from_nanos(i64::try_from(self.0.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

impl Entropy for Machine {
    fn fill(&self, out: &mut [u8]) {
        getrandom::fill(out).expect("the kernel gives random bytes once it has booted");
    }
}

fn look() -> Look {
    Look {
        person: PersonId::from_bytes([1; 16]),
        name: "A. Watcher".to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "192.0.2.7".to_owned(),
        reason: "duty".to_owned(),
        purpose: None,
        cameras: vec![CameraId::from_bytes([4; 16])],
        kind: LookKind::Live,
        interval: None,
        under: None,
    }
}

pub(crate) async fn measure(directory: &Path, looks: usize) -> Result<Appended> {
    let counting = Arc::new(Counting::default());
    let machine = Arc::new(Machine(Instant::now()));
    let config = LogConfig {
        directory: directory.to_owned(),
        second: None,
        recorder: RecorderId::from_bytes([1; 16]),
        origin: "bench.invalid/recorder".to_owned(),
    };
    let log = Log::open_on(Disk::with_faults(counting.clone()), config, machine.clone(), machine)?;
    let told = |name: &str, started: Instant, before: usize| {
        let (seconds, syncs) = (started.elapsed().as_secs_f64(), counting.0.load(Ordering::Relaxed) - before);
        println!("{name}: {looks} looks in {seconds:.3} s with {syncs} syncs");
        looks as f64 / seconds
    };

    let (started, before) = (Instant::now(), counting.0.load(Ordering::Relaxed));
    for _ in 0..looks {
        log.look(look()).await?;
    }
    let one_by_one_per_s = told("one by one", started, before);

    let (started, before) = (Instant::now(), counting.0.load(Ordering::Relaxed));
    let mut times = together(&log, PEOPLE, looks).await?;
    told("100 people at once", started, before);
    times.sort_by(f64::total_cmp);
    let p95_ms = times[(times.len() * 95 / 100).min(times.len() - 1)];

    let (started, before) = (Instant::now(), counting.0.load(Ordering::Relaxed));
    together(&log, CROWD, looks).await?;
    let grouped_per_s = told("512 people at once", started, before);
    log.close().await;
    Ok(Appended { p95_ms, one_by_one_per_s, grouped_per_s })
}

/// So many looks by so many people, each of whom waits for their receipt before they look again; how long each waited, in ms.
async fn together(log: &Log, people: usize, looks: usize) -> Result<Vec<f64>> {
    let left = Arc::new(AtomicUsize::new(looks));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..people {
        let (log, left) = (log.clone(), left.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let started = Instant::now();
                log.look(look()).await?;
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut all = Vec::with_capacity(looks);
    while let Some(times) = tasks.join_next().await {
        all.extend(times??);
    }
    Ok(all)
}
