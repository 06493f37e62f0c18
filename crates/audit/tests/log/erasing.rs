//! Details go when their time is over: from the file, after an entry, whatever fails in between; the tree stays.

use std::fs;
use std::sync::Arc;

use candour_audit::{Actor, Event, EventKind, Log, Subject, inspect_log};
use candour_durable::{Disk, Fault, Script, Step};
use candour_units::{Clock, PersonId, SessionId, WallDuration};

use crate::site::Site;

const DAY_S: i64 = 86_400;

fn look(name: &str) -> Event {
    let actor = Actor::Person {
        person: PersonId::from_bytes([1; 16]),
        name: name.to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "10.0.0.7".to_owned(),
    };
    let subject = Subject { reason: Some(format!("the reason of {name}")), ..Subject::default() };
    Event { kind: EventKind::SignedIn, actor, subject, outcome: format!("{{\"said\":\"{name}\"}}") }
}

fn closed() -> Event {
    let outcome = "{\"segments\":[]}".to_owned();
    Event { kind: EventKind::SegmentsClosed, actor: Actor::Recorder, subject: Subject::default(), outcome }
}

/// Two old entries with a machine's between them, and a new one four hundred days later.
async fn filled(site: &Site, log: &Log) {
    for event in [look("Grace Old"), closed(), look("Henry Old")] {
        log.append(event).await.expect("a write");
    }
    site.clock.advance_s(400 * DAY_S);
    log.append(look("Ida New")).await.expect("a write");
}

async fn erase(site: &Site, log: &Log) -> Result<Option<u64>, candour_audit::LogError> {
    log.erase_details(site.clock.wall() - WallDuration::from_seconds(396 * DAY_S), 396).await
}

fn journal_says(site: &Site, words: &str) -> bool {
    let bytes = fs::read(site.file("journal")).expect("a journal");
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

/// What must hold afterwards, whatever happened.
async fn check_erased(site: &Site, log: &Log) {
    for gone in ["Grace Old", "Henry Old"] {
        assert!(!journal_says(site, gone), "{gone} is in the journal");
    }
    assert!(journal_says(site, "Ida New") && journal_says(site, "segments"));
    assert!(!site.file("journal.erasing").exists());
    let entries = log.entries(0, 100).await.expect("a read");
    let shown: Vec<_> = entries.iter().map(|entry| (entry.kind.as_str(), entry.who.is_some())).collect();
    let expected = [("signed_in", false), ("segments_closed", true), ("signed_in", false), ("signed_in", true)];
    assert_eq!(shown[..4], expected);
    let erasure = log.erasure();
    assert_eq!((erasure.owed, erasure.done), (3, 3));
    let (entry, _) = erasure.entry.expect("an entry says so");
    assert_eq!(entries[entry as usize].sent.as_deref(), Some("{\"before\":3,\"days\":396}"));
    let found = inspect_log(&site.directory, |_| {}).expect("a read");
    assert_eq!(found.findings, Vec::<String>::new(), "the log verifies");
    let proved = log.prove_many(vec![0, 3]).await.expect("proofs");
    assert_eq!(proved.entries.len(), 2, "what was erased is still proved");
}

#[tokio::test]
async fn what_is_old_goes_and_the_tree_stays() {
    let site = Site::new();
    let log = site.open().expect("a log");
    filled(&site, &log).await;
    let before = log.entries(0, 4).await.expect("a read");
    assert_eq!(erase(&site, &log).await.expect("it goes"), Some(3));
    check_erased(&site, &log).await;
    let after = log.entries(0, 4).await.expect("a read");
    assert!(before.iter().zip(&after).all(|(before, after)| before.leaf == after.leaf));
    assert_eq!(erase(&site, &log).await.expect("nothing to do"), None);
    log.append(look("Jo New")).await.expect("it goes on");
    log.close().await;
    let log = site.open().expect("it opens again");
    check_erased(&site, &log).await;
    assert!(journal_says(&site, "Jo New"));
    log.close().await;
}

#[tokio::test]
async fn what_is_appended_meanwhile_is_kept() {
    let site = Site::new();
    let log = site.open_unsynced().expect("a log");
    filled(&site, &log).await;
    let writing = async {
        for number in 0..200 {
            log.append(look(&format!("Late {number}"))).await.expect("a write");
        }
    };
    let (erased, ()) = tokio::join!(erase(&site, &log), writing);
    assert_eq!(erased.expect("it goes"), Some(3));
    check_erased(&site, &log).await;
    assert_eq!(log.status().size, 4 + 1 + 200);
    log.close().await;
    let log = site.open().expect("it opens again");
    assert_eq!(log.status().size, 4 + 1 + 200);
    let names = log.entries(0, 4096).await.expect("a read");
    assert_eq!(names.iter().filter(|entry| entry.who.as_deref().is_some_and(|who| who.contains("Late"))).count(), 200);
    log.close().await;
}

/// Each call to the disk that an erasure makes fails, before it did anything or after it did all of it; then others write on, or the
/// recorder starts again. Nothing acknowledged is ever lost, and in the end the details are gone.
#[tokio::test]
async fn whatever_fails_the_log_is_whole_and_the_rest_follows() {
    let (calls, mut failed) = (calls_of_an_erasure().await, 0);
    let other = std::io::ErrorKind::Other;
    for number in calls.clone() {
        for (fault, restarts) in [Fault::Before(other), Fault::After(other)].into_iter().zip([false, true]) {
            let site = Site::new();
            let script = Arc::new(Script::new());
            let mut log = site.open_on(Disk::with_faults(script.clone())).expect("a log");
            filled(&site, &log).await;
            script.fail_call(number, fault);
            failed += usize::from(erase(&site, &log).await.is_err());
            if restarts {
                log.close().await;
                log = site.open().expect("it opens");
            }
            log.append(look("Jo New")).await.expect("others write on");
            assert!(journal_says(&site, "Ida New") && journal_says(&site, "Jo New"), "call {number}: nothing is lost");
            erase(&site, &log).await.expect("it goes now");
            check_erased(&site, &log).await;
            log.close().await;
            let log = site.open().expect("it opens again");
            check_erased(&site, &log).await;
            log.close().await;
        }
    }
    assert!(failed > calls.len(), "{failed} of {} faults were noticed", 2 * calls.len());
}

/// The numbers of the calls to the disk that an erasure makes, its own entry included.
async fn calls_of_an_erasure() -> std::ops::Range<usize> {
    let site = Site::new();
    let script = Arc::new(Script::new());
    let log = site.open_on(Disk::with_faults(script.clone())).expect("a log");
    filled(&site, &log).await;
    let first = script.calls().len();
    erase(&site, &log).await.expect("it goes");
    let end = script.calls().len();
    assert!(
        script.calls()[first..end].iter().any(|(step, _)| *step == Step::Rename),
        "the new journal takes its place"
    );
    log.close().await;
    first..end
}

/// A kill between the entry and the new journal: the entry is there, the details too, and beside them half a journal.
#[tokio::test]
async fn a_crash_between_the_entry_and_the_erasure_is_finished() {
    let site = Site::new();
    let log = site.open().expect("a log");
    filled(&site, &log).await;
    let outcome = "{\"before\":3,\"days\":396}".to_owned();
    let kind = EventKind::DetailsErased;
    let said = Event { kind, actor: Actor::Recorder, subject: Subject::default(), outcome };
    log.append(said).await.expect("a write");
    log.close().await;
    fs::write(site.file("journal.erasing"), b"CNJ1 half").expect("a file");
    let log = site.open().expect("it opens");
    let erasure = log.erasure();
    assert_eq!((erasure.owed, erasure.done), (3, 0));
    assert!(!site.file("journal.erasing").exists());
    assert_eq!(erase(&site, &log).await.expect("it goes"), Some(3));
    check_erased(&site, &log).await;
    log.close().await;
}
