//! The log in two directories: one may fail, and nothing that was acknowledged is in neither.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use candour_audit::{Log, LogError};
use candour_durable::{Disk, Fault, Faults, Step};

use crate::site::{Site, event, reasons};

/// A device under each of these directories fails, whatever is asked of it, after so many more calls.
#[derive(Default)]
struct Broken {
    directories: Mutex<Vec<PathBuf>>,
    calls_left: AtomicUsize,
}

impl Broken {
    fn fail(&self, directory: &Path, after: usize) {
        self.calls_left.store(after, Ordering::SeqCst);
        self.directories.lock().expect("nobody panics").push(directory.to_owned());
    }

    fn heal(&self) {
        self.directories.lock().expect("nobody panics").clear();
    }
}

impl Faults for Broken {
    fn next(&self, _step: Step, path: &Path) -> Option<Fault> {
        let broken =
            self.directories.lock().expect("nobody panics").iter().any(|directory| path.starts_with(directory));
        let fails = broken
            && self.calls_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
        fails.then_some(Fault::Partial(9, ErrorKind::Other))
    }
}

/// Waits until both directories count and hold the same.
async fn both_are_whole(site: &Site, log: &Log) {
    let second = site.second.as_ref().expect("there is one");
    for _ in 0..600 {
        let same = |name: &str| fs::read(site.file(name)).ok() == fs::read(second.join(name)).ok();
        if log.status().copy_failing.is_none() && same("journal") && same("checkpoints") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the directories are not the same: {:?}", log.status().copy_failing);
}

/// After the ten seconds for which a directory that failed is left alone.
async fn later(site: &Site, log: &Log, word: &str) {
    site.clock.advance_s(11);
    log.append(event(word)).await.expect("written");
}

#[tokio::test]
async fn either_may_fail_at_any_call_and_comes_back() {
    for first_fails in [false, true] {
        // write, sync, write, sync
        for after in 0..4 {
            let site = Site::with_second();
            let broken = Arc::new(Broken::default());
            let log = site.open_on(Disk::with_faults(broken.clone())).expect("a new log");
            log.append(event("one")).await.expect("written");
            both_are_whole(&site, &log).await;

            let second = site.second.clone().expect("there is one");
            broken.fail(if first_fails { &site.directory } else { &second }, after);
            for word in ["two", "three"] {
                log.append(event(word)).await.expect("the other directory is enough");
            }
            assert_eq!(reasons(&log).await, ["one", "two", "three"], "what is in one can be read");
            let status = log.status();
            assert_eq!(status.failing, None);
            let words = status.copy_failing.expect("one fails, and that is said");
            assert!(words.contains(if first_fails { "log:" } else { "second:" }), "{words}");

            // The power goes now: what was acknowledged is in the other.
            log.close().await;
            broken.heal();
            let log = site.open().expect("what is in one directory is enough");
            assert_eq!(reasons(&log).await, ["one", "two", "three"], "first fails: {first_fails}, after {after}");
            both_are_whole(&site, &log).await;
            log.close().await;
        }
    }
}

#[tokio::test]
async fn one_that_is_well_again_is_brought_up_to_date_while_the_log_runs() {
    for first_fails in [false, true] {
        let site = Site::with_second();
        let broken = Arc::new(Broken::default());
        let log = site.open_on(Disk::with_faults(broken.clone())).expect("a new log");
        log.append(event("one")).await.expect("written");
        both_are_whole(&site, &log).await;
        let second = site.second.clone().expect("there is one");
        broken.fail(if first_fails { &site.directory } else { &second }, 0);
        for number in 0..40 {
            log.append(event(&format!("while it fails, {number}"))).await.expect("written");
        }
        later(&site, &log, "it still fails").await;
        assert!(log.status().copy_failing.is_some());
        broken.heal();
        later(&site, &log, "it is well").await;
        both_are_whole(&site, &log).await;
        // From now on the other may fail.
        broken.fail(if first_fails { &second } else { &site.directory }, 0);
        log.append(event("the other fails")).await.expect("written");
        assert_eq!(reasons(&log).await.len(), 44);
        log.close().await;
        broken.heal();
        let log = site.open().expect("it verifies");
        assert_eq!(reasons(&log).await.len(), 44);
        log.close().await;
    }
}

#[tokio::test]
async fn both_failing_refuses_and_loses_nothing() {
    let site = Site::with_second();
    let broken = Arc::new(Broken::default());
    let log = site.open_on(Disk::with_faults(broken.clone())).expect("a new log");
    log.append(event("one")).await.expect("written");
    both_are_whole(&site, &log).await;
    let second = site.second.clone().expect("there is one");
    broken.fail(&site.directory, 0);
    broken.fail(&second, 0);
    let refused = log.append(event("two")).await;
    assert!(matches!(refused, Err(LogError::Unavailable { .. })), "{refused:?}");
    assert!(log.status().failing.is_some());
    assert_eq!(reasons(&log).await, ["one"]);
    broken.heal();
    later(&site, &log, "three").await;
    assert_eq!(log.status().failing, None);
    both_are_whole(&site, &log).await;
    assert_eq!(reasons(&log).await, ["one", "three"]);
    log.close().await;
}

#[tokio::test]
async fn a_disk_that_was_lost_or_exchanged_is_made_anew() {
    for name in ["log", "second"] {
        let site = Site::with_second();
        let log = site.open().expect("a new log");
        for word in ["one", "two"] {
            log.append(event(word)).await.expect("written");
        }
        both_are_whole(&site, &log).await;
        log.close().await;
        let lost = site.directory.with_file_name(name);
        for file in ["journal", "checkpoints"] {
            fs::remove_file(lost.join(file)).expect("it was there");
        }
        let log = site.open().expect("the other holds it");
        assert_eq!(reasons(&log).await, ["one", "two"]);
        log.append(event("three")).await.expect("written");
        both_are_whole(&site, &log).await;
        log.close().await;
    }
}

#[tokio::test]
async fn a_second_directory_that_says_something_else_is_refused_and_left_as_it_is() {
    let site = Site::with_second();
    let log = site.open().expect("a new log");
    for word in ["one", "two"] {
        log.append(event(word)).await.expect("written");
    }
    both_are_whole(&site, &log).await;
    log.close().await;
    let second = site.second.clone().expect("there is one");
    let good = fs::read(second.join("journal")).expect("it is there");

    // One changed byte in what was signed.
    let mut changed = good.clone();
    changed[40] ^= 1;
    fs::write(second.join("journal"), &changed).expect("it can be written");
    let refused = site.open().map(drop).expect_err("a changed copy is no copy");
    assert!(matches!(&refused, LogError::Tampered { place, .. } if place.contains("second")), "{refused}");
    assert_eq!(fs::read(second.join("journal")).expect("it is there"), changed, "evidence stays");

    // Another log under the same key: what a thief of the key would put there.
    fs::write(second.join("journal"), &good).expect("it can be written");
    let other = Site::new();
    fs::create_dir_all(&other.directory).expect("a directory");
    for name in ["signing.key", "verifier.key"] {
        fs::copy(site.file(name), other.file(name)).expect("a key");
    }
    let log = other.open().expect("another log");
    for word in ["one", "something else", "and more"] {
        log.append(event(word)).await.expect("written");
    }
    log.close().await;
    for name in ["journal", "checkpoints"] {
        fs::copy(other.file(name), second.join(name)).expect("it can be copied");
    }
    let refused = site.open().map(drop).expect_err("two logs are none");
    assert!(matches!(&refused, LogError::Tampered { what, .. } if what.contains("different signed logs")), "{refused}");
}

#[tokio::test]
async fn what_is_erased_is_erased_in_both() {
    let site = Site::with_second();
    let log = site.open().expect("a new log");
    for number in 0..20 {
        log.append(event(&format!("a name that goes {number}"))).await.expect("written");
    }
    both_are_whole(&site, &log).await;
    site.clock.advance_s(3600);
    let before = candour_units::Clock::wall(&*site.clock);
    log.erase_details(before, 400).await.expect("erased");
    both_are_whole(&site, &log).await;
    let second = site.second.clone().expect("there is one");
    for directory in [&site.directory, &second] {
        let bytes = fs::read(directory.join("journal")).expect("it is there");
        assert!(!String::from_utf8_lossy(&bytes).contains("a name that goes"), "{}", directory.display());
    }
    log.close().await;
    // A crash before the second was written anew: it still holds what was erased, and is made anew at the start.
    let log = site.open().expect("it verifies");
    both_are_whole(&site, &log).await;
    log.close().await;
}
