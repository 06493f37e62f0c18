use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use candour_durable::{Disk, Fault, Faults, Step};

use crate::site::{Site, event, reasons};

/// Counts syncs, and holds the first write to the journal until it is let go.
struct Gate {
    syncs: AtomicUsize,
    reached: mpsc::Sender<()>,
    release: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Faults for Gate {
    fn next(&self, step: Step, path: &Path) -> Option<Fault> {
        if step == Step::Sync {
            self.syncs.fetch_add(1, Ordering::SeqCst);
        }
        if step == Step::Write && path.ends_with("journal") {
            let held = self.release.lock().expect("nobody panics holding it").take();
            if let Some(release) = held {
                self.reached.send(()).expect("the test waits");
                release.recv().expect("the test lets go");
            }
        }
        None
    }
}

#[tokio::test]
async fn everybody_who_waits_shares_one_sync_of_each_file() {
    const CALLERS: usize = 200;
    let (reached, wait) = mpsc::channel();
    let (let_go, release) = mpsc::channel();
    let gate = Arc::new(Gate { syncs: AtomicUsize::new(0), reached, release: Mutex::new(Some(release)) });
    let site = Site::new();
    let log = site.open_on(Disk::with_faults(gate.clone())).expect("a new log");
    let opened = gate.syncs.load(Ordering::SeqCst);

    let first = tokio::spawn({
        let log = log.clone();
        async move { log.append(event("first")).await }
    });
    tokio::task::yield_now().await;
    wait.recv().expect("the writer is in its first write");
    // While the writer is held, all others queue up behind it.
    let asked = Arc::new(AtomicUsize::new(0));
    let others: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (log, asked) = (log.clone(), asked.clone());
            tokio::spawn(async move {
                // On this one-threaded runtime the event is in the queue before any other task runs.
                asked.fetch_add(1, Ordering::SeqCst);
                log.append(event(&number.to_string())).await
            })
        })
        .collect();
    while asked.load(Ordering::SeqCst) < CALLERS {
        tokio::task::yield_now().await;
    }
    let_go.send(()).expect("the writer waits");

    assert_eq!(first.await.expect("no panic").expect("written").index, 0);
    let mut indexes = Vec::new();
    for other in others {
        indexes.push(other.await.expect("no panic").expect("written").index);
    }
    indexes.sort_unstable();
    assert!(indexes.into_iter().eq(1..=CALLERS as u64));
    // Two groups, and each syncs the journal and the checkpoints once.
    assert_eq!(gate.syncs.load(Ordering::SeqCst) - opened, 4);
    let checkpoints = String::from_utf8(site.read("checkpoints")).expect("notes are text");
    assert_eq!(checkpoints.lines().skip(1).step_by(5).collect::<Vec<_>>(), ["0", "1", "201"]);
    log.close().await;
}

#[tokio::test]
async fn a_full_queue_waits_and_drops_nothing() {
    const CALLERS: usize = 1500;
    let (reached, wait) = mpsc::channel();
    let (let_go, release) = mpsc::channel();
    let gate = Arc::new(Gate { syncs: AtomicUsize::new(0), reached, release: Mutex::new(Some(release)) });
    let site = Site::new();
    let log = site.open_on(Disk::with_faults(gate)).expect("a new log");
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(event(&number.to_string())).await })
        })
        .collect();
    tokio::task::yield_now().await;
    wait.recv().expect("the writer is in its first write");
    // More ask than the queue holds; nothing is written yet, and readers are not held up.
    assert_eq!(reasons(&log).await.len(), 0);
    let_go.send(()).expect("the writer waits");
    for caller in callers {
        caller.await.expect("no panic").expect("written");
    }
    let mut all: Vec<usize> = reasons(&log).await.iter().map(|reason| reason.parse().expect("a number")).collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..CALLERS));
    log.close().await;
}
