//! `candour holds confirm`: after a restore or a rebuild nothing is deleted until two people say that the holds are complete
//! (rule 8 of the store). Run while the recorder is stopped: the log has one writer.

use std::sync::Arc;

use anyhow::{Context, bail};
use candour_audit::{Actor, Event, EventKind, Log, LogConfig, Subject};
use candour_db::{DELETION_OFF, Db};
use candour_units::{Clock, Entropy, RecorderId};

use crate::config::Config;
use crate::machine::{SystemClock, SystemEntropy};

/// Writes down that both say so, and lets deletion go on.
///
/// # Errors
/// When they are not two people with accounts in force, when deletion is not off, or when the recorder runs.
pub async fn confirm(config: &Config, by: &str, and: &str) -> anyhow::Result<()> {
    let db = crate::database::open_existing(config).await?;
    let done = confirm_in(config, &db, by, and).await;
    db.close().await;
    done
}

async fn confirm_in(config: &Config, db: &Db, by: &str, and: &str) -> anyhow::Result<()> {
    let (first, second) = crate::people::two_people(db, by, and).await?;
    if db.setting(DELETION_OFF).await?.is_none() {
        bail!("deletion is not waiting for this: nothing was restored or rebuilt since it was last confirmed");
    }
    let holds = db.standing_holds().await?.len();
    let outcome = serde_json::json!({ "and": second.full_name, "by": first.full_name, "holds": holds }).to_string();
    let subject =
        Subject { reason: Some("holds are complete after a restore or a rebuild".into()), ..Subject::default() };
    let log = open_log(config).await?;
    let event = Event { kind: EventKind::HoldsConfirmed, actor: Actor::Recorder, subject, outcome };
    // First the entry, then the effect: what is in force was always written down.
    let written = log.append(event).await.context("the log cannot be written");
    log.close().await;
    written?;
    db.clear_setting(DELETION_OFF).await?;
    let (first, second) = (&first.full_name, &second.full_name);
    println!(
        "{first} and {second} say that the holds are complete ({holds} stand). Deletion goes on when the recorder starts."
    );
    Ok(())
}

/// The log of a recorder that does not run.
///
/// # Errors
/// When it runs, or its log cannot be opened.
pub async fn open_log(config: &Config) -> anyhow::Result<Log> {
    let path = config.data.join("recorder-id");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let recorder: RecorderId =
        text.trim().parse().with_context(|| format!("{} holds no recorder id", path.display()))?;
    let log = LogConfig {
        directory: config.log.clone(),
        second: config.log_second.clone(),
        recorder,
        origin: format!("candour/recorder/{recorder}"),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let open = tokio::task::spawn_blocking(move || Log::open(log, clock, entropy)).await?;
    open.context("the log cannot be opened; stop the recorder first")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use candour_db::PersonRow;
    use candour_units::{PersonId, WallTime};

    fn person(number: u8, sign_in: &str, full: &str) -> PersonRow {
        PersonRow {
            id: PersonId::from_bytes([number; 16]),
            sign_in_name: sign_in.into(),
            full_name: full.into(),
            roles: "dpo".into(),
            password_hash: String::new(),
            created: WallTime::EPOCH,
            disabled: (number == 9).then_some(WallTime::EPOCH),
            ends: None,
            factor: None,
        }
    }

    pub(crate) async fn world(off: bool) -> (tempfile::TempDir, Config) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let overrides = crate::config::Overrides { data: Some(directory.path().to_owned()), ..Default::default() };
        let config = Config::read(None, overrides).expect("defaults");
        let db = Db::open(&config.data.join("candour.db")).await.expect("a database");
        let all = [person(1, "ann", "Ann Archer"), person(2, "bob", "Bob Bell"), person(9, "eve", "Eve Gone")];
        db.add_people(&all).await.expect("accounts");
        if off {
            db.set_setting(DELETION_OFF, "restored").await.expect("a write");
        }
        db.close().await;
        let id = RecorderId::from_bytes([7; 16]);
        candour_durable::Disk::real()
            .write_atomically(&config.data.join("recorder-id"), format!("{id}\n").as_bytes(), 0o600)
            .expect("a write");
        (directory, config)
    }

    #[tokio::test]
    async fn two_different_people_who_exist_are_needed() {
        let (_directory, config) = world(true).await;
        for (by, and, words) in [
            ("ann", "Ann Archer", "two are needed"),
            ("ann", "nobody", "nobody here is called"),
            ("ann", "eve", "disabled"),
        ] {
            let refused = confirm(&config, by, and).await.expect_err("refused").to_string();
            assert!(refused.contains(words), "{refused}");
            let db = Db::open(&config.data.join("candour.db")).await.expect("the database");
            assert!(db.setting(DELETION_OFF).await.expect("a read").is_some(), "deletion stays off");
            db.close().await;
        }
        confirm(&config, "ANN", "Bob Bell").await.expect("two people");
        let again = confirm(&config, "ann", "bob").await.expect_err("there is nothing to confirm").to_string();
        assert!(again.contains("not waiting"), "{again}");
        let log = open_log(&config).await.expect("the log");
        let entries = log.entries(0, 9).await.expect("entries");
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].kind, "holds_confirmed");
        assert_eq!(entries[0].sent.as_deref(), Some(r#"{"and":"Bob Bell","by":"Ann Archer","holds":0}"#));
        log.close().await;
    }

    #[tokio::test]
    async fn while_the_recorder_runs_nothing_is_confirmed() {
        let (_directory, config) = world(true).await;
        let log = open_log(&config).await.expect("the recorder's log");
        let refused = confirm(&config, "ann", "bob").await.expect_err("it runs");
        assert!(format!("{refused:#}").contains("stop the recorder"), "{refused:#}");
        log.close().await;
        let db = Db::open(&config.data.join("candour.db")).await.expect("the database");
        assert!(db.setting(DELETION_OFF).await.expect("a read").is_some());
        db.close().await;
    }
}
