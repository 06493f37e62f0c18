use std::fs;
use std::os::unix::fs::PermissionsExt;

use candour_audit::{EventKind, LogError};
use candour_ledger::Kind;

use crate::site::{ORIGIN, Site, event};

async fn three_entries() -> Site {
    let site = Site::new();
    let log = site.open().expect("a new log");
    for reason in ["a", "b", "c"] {
        log.append(event(reason)).await.expect("written");
    }
    log.close().await;
    site
}

#[track_caller]
fn check_refused(site: &Site, expected_place: &str) {
    match site.open().map(drop) {
        Err(LogError::Tampered { place, what }) => assert!(place.contains(expected_place), "{place}: {what}"),
        other => panic!("{expected_place}: {other:?}"),
    }
}

#[tokio::test]
async fn a_changed_log_is_refused_with_the_place() {
    let site = three_entries().await;
    let (journal, checkpoints) = (site.read("journal"), site.read("checkpoints"));
    let frame = journal.len() / 3;

    let mut changed = journal.clone();
    changed[frame + 200] ^= 1;
    site.write("journal", &changed);
    check_refused(&site, "entry 1");
    site.write("journal", &journal[..frame * 2]);
    check_refused(&site, "entry 2");
    site.write("journal", &[&journal[..frame], &journal[frame * 2..]].concat());
    check_refused(&site, "entry 1");
    site.write("journal", &journal);

    let mut changed = checkpoints.clone();
    changed[10] ^= 1;
    site.write("checkpoints", &changed);
    check_refused(&site, "checkpoint 0");
    site.write("checkpoints", b"");
    check_refused(&site, "checkpoints");
    site.write("checkpoints", &checkpoints);

    for name in ["signing.key", "verifier.key"] {
        let key = site.read(name);
        for at in 0..key.len() {
            let mut changed = key.clone();
            changed[at] ^= 1;
            site.write(name, &changed);
            check_refused(&site, name);
        }
        site.write(name, &key);
    }
    fs::remove_file(site.file("signing.key")).expect("it is there");
    check_refused(&site, "signing.key");
}

#[tokio::test]
async fn files_are_for_the_recorders_account_alone() {
    let site = three_entries().await;
    for name in ["signing.key", "journal", "checkpoints"] {
        let mode = fs::metadata(site.file(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn one_process_at_a_time_and_one_log_per_directory() {
    let site = three_entries().await;
    let log = site.open().expect("whole");
    assert!(matches!(site.open().map(drop), Err(LogError::Unavailable { .. })));
    log.close().await;

    let mut config = site.config();
    config.origin = "candour.example/recorder/two".to_owned();
    let entropy = std::sync::Arc::new(candour_units::SeededEntropy::new(1));
    let opened = candour_audit::Log::open(config, site.clock.clone(), entropy.clone()).map(drop);
    assert!(matches!(&opened, Err(LogError::OtherLog { found, .. }) if found == ORIGIN), "{opened:?}");

    let mut config = Site::new().config();
    config.origin = "two words".to_owned();
    let opened = candour_audit::Log::open(config, site.clock.clone(), entropy).map(drop);
    assert!(matches!(opened, Err(LogError::Origin { .. })), "{opened:?}");
}

#[tokio::test]
async fn status_and_entries_survive_a_restart() {
    let site = three_entries().await;
    let log = site.open().expect("whole");
    let status = log.status();
    assert_eq!((status.size, status.failing.as_deref()), (3, None));
    assert!(status.checkpoint.starts_with(&format!("{ORIGIN}\n3\n")), "{}", status.checkpoint);
    assert_eq!(status.verifier_key.as_bytes(), site.read("verifier.key").trim_ascii_end());
    let all = log.entries(0, 10).await.expect("read");
    assert_eq!(all.iter().map(|entry| entry.index).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(log.entries(1, 1).await.expect("read"), all[1..2]);
    assert_eq!(log.entries(3, 5).await.expect("read"), []);
    assert_eq!(log.entries(u64::MAX, u64::MAX).await.expect("read"), []);
    log.close().await;
}

#[tokio::test]
async fn an_entry_changed_while_the_log_is_open_is_not_shown() {
    let site = three_entries().await;
    let log = site.open().expect("whole");
    let mut journal = site.read("journal");
    journal[200] ^= 1;
    site.write("journal", &journal);
    let read = log.entries(0, 3).await;
    assert!(matches!(&read, Err(LogError::Tampered { place, .. }) if place == "entry 0"), "{read:?}");
    log.close().await;
}

#[test]
fn every_kind_has_a_word_of_its_own() {
    let mut words: Vec<_> = EventKind::ALL.iter().map(|kind| kind.word()).collect();
    assert!(words.iter().all(|word| Kind::new(word).is_some()));
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), EventKind::ALL.len());
}
