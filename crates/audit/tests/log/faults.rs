use std::io::ErrorKind;
use std::sync::Arc;

use candour_audit::LogError;
use candour_durable::{Disk, Fault, Script, Step};

use crate::site::{Site, event, reasons};

const FAULTS: [Fault; 3] =
    [Fault::Before(ErrorKind::StorageFull), Fault::After(ErrorKind::Other), Fault::Partial(7, ErrorKind::StorageFull)];

/// How many disk calls one append makes: write, sync, write, sync.
const CALLS: usize = 4;

async fn one_call_fails(call: usize, fault: Fault) {
    let site = Site::new();
    let script = Arc::new(Script::new());
    let log = site.open_on(Disk::with_faults(script.clone())).expect("a new log");
    log.append(event("before")).await.expect("written");

    script.fail_call(script.calls().len() + call, fault);
    let failed = log.append(event("during")).await;
    assert!(matches!(failed, Err(LogError::Unavailable { .. })), "call {call}, {fault:?}: {failed:?}");
    let failing = log.status().failing.expect("the status says that it fails");
    assert!(failing.contains("could not"), "{failing}");
    // Nobody sees an entry that was not acknowledged.
    assert_eq!(reasons(&log).await, ["before"]);
    // What a copy taken now would show; it must stay part of the log.
    let seen = String::from_utf8(site.read("checkpoints")).expect("notes are text");
    let whole_notes = seen.lines().count() / 5 * 5;
    let seen: Vec<&str> = seen.lines().take(whole_notes).collect();

    script.heal();
    let after = log.append(event("after")).await.expect("the disk is well again");
    assert_eq!(log.status().failing, None);
    let during_is_kept = reasons(&log).await == ["before", "during", "after"];
    assert!(during_is_kept || reasons(&log).await == ["before", "after"], "call {call}, {fault:?}");
    assert_eq!(after.index, if during_is_kept { 2 } else { 1 });
    // Once signed, always the same: the third and fourth calls come after the signature.
    assert_eq!(during_is_kept, call >= 2, "call {call}, {fault:?}");
    let status = log.status();
    log.close().await;
    let kept = String::from_utf8(site.read("checkpoints")).expect("notes are text");
    assert!(kept.starts_with(&seen.join("\n")), "a checkpoint that was seen is gone: call {call}, {fault:?}");

    let log = site.open().expect("a log that had faults verifies");
    assert_eq!(log.status(), status);
    log.close().await;
}

#[tokio::test]
async fn a_failing_disk_refuses_and_recovers() {
    for call in 0..CALLS {
        for fault in FAULTS {
            one_call_fails(call, fault).await;
        }
    }
}

#[tokio::test]
async fn a_crash_after_a_fault_loses_nothing() {
    for call in 0..CALLS {
        for fault in FAULTS {
            let site = Site::new();
            let script = Arc::new(Script::new());
            let log = site.open_on(Disk::with_faults(script.clone())).expect("a new log");
            log.append(event("before")).await.expect("written");
            script.fail_call(script.calls().len() + call, fault);
            // Every further call fails too: the process dies without having mended anything.
            for step in [Step::Write, Step::Sync, Step::Truncate] {
                script.fail_every(step, Fault::Before(ErrorKind::Other));
            }
            let failed = log.append(event("during")).await;
            assert!(failed.is_err());
            log.close().await;
            let log = site.open().unwrap_or_else(|error| panic!("call {call}, {fault:?}: {error}"));
            assert_eq!(reasons(&log).await[0], "before");
            log.close().await;
        }
    }
}

#[tokio::test]
async fn a_disk_that_stays_broken_refuses_everybody_and_keeps_what_was() {
    let site = Site::new();
    let script = Arc::new(Script::new());
    let log = site.open_on(Disk::with_faults(script.clone())).expect("a new log");
    script.fail_every(Step::Sync, Fault::Before(ErrorKind::Other));
    for _ in 0..3 {
        assert!(log.append(event("lost")).await.is_err());
    }
    assert_eq!(log.status().size, 0);
    script.heal();
    assert_eq!(log.append(event("kept")).await.expect("written").index, 0);
    assert_eq!(reasons(&log).await, ["kept"]);
    log.close().await;
}

#[tokio::test]
async fn a_disk_that_fails_while_the_log_opens_says_so() {
    let calls = {
        let site = Site::new();
        let script = Arc::new(Script::new());
        site.open_on(Disk::with_faults(script.clone())).expect("a new log").close().await;
        script.calls()
    };
    for (call, (step, _)) in calls.into_iter().enumerate() {
        for fault in FAULTS {
            if step == Step::Open && matches!(fault, Fault::After(_)) {
                // Opening what is not there yet fails by itself.
                continue;
            }
            let site = Site::new();
            let script = Arc::new(Script::new());
            script.fail_call(call, fault);
            let failed = site.open_on(Disk::with_faults(script.clone())).map(drop);
            assert!(matches!(failed, Err(LogError::Unavailable { .. })), "call {call}, {fault:?}: {failed:?}");
            let log = site.open().unwrap_or_else(|error| panic!("call {call}, {fault:?}: {error}"));
            assert_eq!(log.status().size, 0);
            log.close().await;
        }
    }
}
