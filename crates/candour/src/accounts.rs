//! `candour people`: the ways back in from the recorder's own console, for a site where nobody inside can help. Each is an entry in the
//! log, in words that say where it was done, and a red alarm until somebody takes it. Run while the recorder is stopped: the log has
//! one writer.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use candour_audit::{Actor, Event, EventKind, Log, Subject};
use candour_db::{Db, PersonRow};
use candour_http::{new_account_names, new_password_hash};
use candour_units::{Clock, Entropy, PersonId, WallTime};
use candour_wire::secret::Secret;
use clap::Subcommand;

use crate::alarms::Alarms;
use crate::config::{Config, Overrides};
use crate::holds::open_log;
use crate::machine::{SystemClock, SystemEntropy};
use crate::people::find;

/// Who is named as having done it, where a person must be told.
const CONSOLE: &str = "Somebody at the recorder's console";
/// Newest alarms among which one that stands is looked for.
const ALARMS: i64 = 500;
/// Longest password that is read, in bytes.
const LONGEST: u64 = 1024;

/// The ways back in.
#[derive(Subcommand)]
pub enum PeopleCommand {
    /// Takes a lost second factor away; its owner sets up a new one at the next sign-in, and is told.
    ResetFactor(Of),
    /// Sets a new password, read as one line from standard input.
    NewPassword(Of),
    /// Makes an administrator, for a site whose last one is gone. The password is read as one line from standard input.
    NewAdministrator(New),
}

/// Which account.
#[derive(clap::Args)]
pub struct Of {
    #[command(flatten)]
    at: At,
    /// Whose: full name or sign-in name.
    #[arg(long = "of", value_name = "NAME")]
    name: String,
}

/// A new account.
#[derive(clap::Args)]
pub struct New {
    #[command(flatten)]
    at: At,
    /// The name to be typed at sign-in.
    #[arg(long, value_name = "NAME")]
    sign_in_name: String,
    /// The name as it shall stand in the log.
    #[arg(long, value_name = "NAME")]
    full_name: String,
}

/// Which recorder.
#[derive(clap::Args)]
struct At {
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl At {
    fn read(self) -> anyhow::Result<Config> {
        Config::read(self.config.as_deref(), Overrides { data: self.data, ..Overrides::default() })
    }
}

/// Does it.
///
/// # Errors
/// When the recorder runs, the account is not there, or the password is too weak; then nothing was changed.
pub async fn run(command: PeopleCommand) -> anyhow::Result<()> {
    let (at, act) = match command {
        PeopleCommand::ResetFactor(Of { at, name }) => (at, Act::ResetFactor { name }),
        PeopleCommand::NewPassword(Of { at, name }) => (at, Act::NewPassword { name, password: password()? }),
        PeopleCommand::NewAdministrator(New { at, sign_in_name, full_name }) => {
            (at, Act::NewAdministrator { sign_in_name, full_name, password: password()? })
        }
    };
    let words = carry_out(&at.read()?, act).await?;
    println!("{words}");
    Ok(())
}

/// One line of standard input: a password in an argument could be read by everybody on the machine.
fn password() -> anyhow::Result<Secret> {
    eprintln!("Type the new password, then Enter and Ctrl+D:");
    let mut typed = zeroize::Zeroizing::new(String::new());
    std::io::stdin().take(LONGEST).read_to_string(&mut typed).context("standard input cannot be read")?;
    Ok(Secret::new(typed.lines().next().unwrap_or_default()))
}

/// What is to be done.
enum Act {
    ResetFactor { name: String },
    NewPassword { name: String, password: Secret },
    NewAdministrator { sign_in_name: String, full_name: String, password: Secret },
}

/// The log is the lock that says that the recorder does not run: without it nothing is changed. Then entry, alarm, effect.
async fn carry_out(config: &Config, act: Act) -> anyhow::Result<String> {
    let db = crate::database::open_existing(config).await?;
    let done = match open_log(config).await {
        Ok(log) => {
            let done = carry_out_in(&db, &log, act).await;
            log.close().await;
            done
        }
        Err(error) => Err(error),
    };
    db.close().await;
    done
}

async fn carry_out_in(db: &Db, log: &Log, act: Act) -> anyhow::Result<String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let everybody = db.people().await?;
    let now = clock.wall();
    let (kind, change, row) = judged(&everybody, &act, now, &*entropy)?;
    let outcome = serde_json::json!({
        "change": change, "person": row.id.to_string(), "name": row.full_name, "roles": row.roles, "on_the_machine": true,
    });
    let event = Event { kind, actor: Actor::Recorder, subject: Subject::default(), outcome: outcome.to_string() };
    log.append(event).await.context("the log cannot be written, so nothing was changed")?;
    let words = match act {
        Act::ResetFactor { .. } => {
            format!("The second factor of {} is taken away. The next sign-in sets up a new one.", row.full_name)
        }
        Act::NewPassword { .. } => format!("{} gets a new password. Their sign-ins end.", row.full_name),
        Act::NewAdministrator { .. } => {
            format!("{} becomes an administrator, and sets up a second factor at the first sign-in.", row.full_name)
        }
    };
    // Before the effect: whoever breaks off in between has told too much, not too little.
    tell(db, log, &clock, &entropy, &words).await?;
    match act {
        Act::ResetFactor { .. } => db.reset_factor(row.id, CONSOLE, now).await?,
        Act::NewPassword { .. } => db.change_person(&row).await?,
        Act::NewAdministrator { .. } => db.add_people(std::slice::from_ref(&row)).await?,
    };
    Ok(format!("{words}\nThis is written in the log, and an alarm tells everybody who is signed in."))
}

/// Raises the alarm; one that stands goes on to say what was done before.
async fn tell(
    db: &Db,
    log: &Log,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    words: &str,
) -> anyhow::Result<()> {
    const KIND: &str = candour_http::CHANGED_ON_THE_MACHINE;
    let before = db.alarms(ALARMS).await?.into_iter().find(|alarm| alarm.kind == KIND && alarm.cleared.is_none());
    let told = match before {
        Some(alarm) => format!("{} And again: {words}", alarm.words),
        None => format!(
            "Somebody changed an account with a command on the recorder itself. Find out who, and why. What was done: {words}"
        ),
    };
    let alarms = Alarms { db, log, clock: &**clock, entropy: &**entropy };
    if !alarms.raise(KIND, None, "red", told).await {
        bail!("the alarm that tells everybody cannot be stored, so nothing was changed");
    }
    Ok(())
}

/// What the entry says, and the account as it will be.
fn judged(
    everybody: &[PersonRow],
    act: &Act,
    now: WallTime,
    entropy: &dyn Entropy,
) -> anyhow::Result<(EventKind, &'static str, PersonRow)> {
    let hash = |password: &Secret, sign_in_name: &str| {
        new_password_hash(password, sign_in_name, entropy).map_err(anyhow::Error::msg)
    };
    Ok(match act {
        Act::ResetFactor { name } => {
            (EventKind::SecondFactorChanged, "reset_on_the_machine", find(everybody, name, now)?.clone())
        }
        Act::NewPassword { name, password } => {
            let old = find(everybody, name, now)?;
            let password_hash = hash(password, &old.sign_in_name)?;
            (EventKind::PersonChanged, "new_password", PersonRow { password_hash, ..old.clone() })
        }
        Act::NewAdministrator { sign_in_name, full_name, password } => {
            let (sign_in_name, full_name) = new_account_names(sign_in_name, full_name).map_err(anyhow::Error::msg)?;
            let taken = |row: &PersonRow| row.sign_in_name.to_lowercase() == sign_in_name.to_lowercase();
            if everybody.iter().any(taken) {
                bail!("somebody has the sign-in name {sign_in_name} already");
            }
            let row = PersonRow {
                id: PersonId::from_bytes(entropy.id()),
                password_hash: hash(password, &sign_in_name)?,
                sign_in_name,
                full_name,
                roles: "administrator".to_owned(),
                created: now,
                disabled: None,
                ends: None,
                factor: None,
            };
            (EventKind::PersonChanged, "added", row)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holds::tests::world;

    async fn entries(config: &Config) -> Vec<candour_audit::EntryView> {
        let log = open_log(config).await.expect("the log");
        let entries = log.entries(0, 9).await.expect("entries");
        log.close().await;
        entries
    }

    async fn opened(config: &Config) -> Db {
        Db::open(&config.data.join("candour.db")).await.expect("the database")
    }

    #[tokio::test]
    async fn a_lost_second_factor_is_taken_away_loudly() {
        let (_directory, config) = world(false).await;
        let db = opened(&config).await;
        let ann = db.person_by_name("ann").await.expect("a read").expect("she exists");
        assert!(db.begin_factor(ann.id, b"sealed", true).await.expect("a write"));
        assert!(db.confirm_factor(ann.id, b"sealed", 1, Some(&[]), WallTime::EPOCH).await.expect("a write"));
        // A passkey beside it, on the same lost telephone.
        let passkey = candour_db::PasskeyRow {
            credential: candour_units::Hash::default(),
            person: ann.id,
            host: "cctv.example".to_owned(),
            name: "Telephone".to_owned(),
            sealed: b"sealed".to_vec(),
            added: WallTime::EPOCH,
            used: None,
        };
        assert!(db.add_passkey(&passkey, None).await.expect("a write"));
        db.close().await;
        let act = |name: &str| Act::ResetFactor { name: name.to_owned() };
        let refused = carry_out(&config, act("nobody")).await.expect_err("refused").to_string();
        assert!(refused.contains("nobody here is called"), "{refused}");
        let words = carry_out(&config, act("Ann Archer")).await.expect("done");
        assert!(words.contains("Ann Archer") && words.contains("log"), "{words}");
        let db = opened(&config).await;
        let row = db.second_factor(ann.id).await.expect("a read").expect("the reset is remembered");
        assert_eq!((row.added, row.reset.map(|(_, by)| by)), (None, Some(CONSOLE.to_owned())));
        assert_eq!(db.passkeys(ann.id).await.expect("a read"), []);
        let alarms = db.alarms(9).await.expect("a read");
        assert_eq!((alarms.len(), alarms[0].severity.as_str()), (1, "red"));
        assert!(alarms[0].words.contains("on the recorder itself"), "{}", alarms[0].words);
        db.close().await;
        let kinds: Vec<_> = entries(&config).await.into_iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["second_factor_changed", "alarm_raised"]);
    }

    #[tokio::test]
    async fn a_new_administrator_and_a_new_password_have_to_be_good_ones() {
        let (_directory, config) = world(false).await;
        let new = |name: &str, password: &str| Act::NewAdministrator {
            sign_in_name: name.to_owned(),
            full_name: "Zoe Zander".to_owned(),
            password: Secret::new(password),
        };
        for (name, password, words) in [
            ("zoe", "short", "at least 12"),
            ("ANN", "a long enough one", "already"),
            ("z z", "a long enough one", "letters, digits"),
            ("z\u{202e}z", "a long enough one", "control characters"),
        ] {
            let refused = carry_out(&config, new(name, password)).await.expect_err("refused").to_string();
            assert!(refused.contains(words), "{refused}");
        }
        carry_out(&config, new("zoe", "a long enough one")).await.expect("done");
        let password = Secret::new("another long one");
        carry_out(&config, Act::NewPassword { name: "bob".to_owned(), password }).await.expect("done");
        let db = opened(&config).await;
        let alarms = db.alarms(9).await.expect("a read");
        assert_eq!(alarms.len(), 1);
        for said in ["Zoe Zander becomes an administrator", "Bob Bell gets a new password"] {
            assert!(alarms[0].words.contains(said), "one act does not hide another: {}", alarms[0].words);
        }
        let zoe = db.person_by_name("zoe").await.expect("a read").expect("she exists");
        assert_eq!(zoe.roles, "administrator");
        assert!(zoe.password_hash.starts_with("$argon2id$"));
        let bob = db.person_by_name("bob").await.expect("a read").expect("he exists");
        assert!(bob.password_hash.starts_with("$argon2id$"));
        db.close().await;
        let told = entries(&config).await;
        assert!(told.iter().all(|entry| !entry.sent.as_deref().unwrap_or_default().contains("long")), "no password");
        assert_eq!(told.iter().filter(|entry| entry.kind == "person_changed").count(), 2);
    }

    #[tokio::test]
    async fn who_has_ended_is_no_second_person() {
        let (_directory, config) = world(false).await;
        let db = opened(&config).await;
        crate::people::two_people(&db, "ann", "bob").await.expect("both are there");
        let bob = db.person_by_name("bob").await.expect("a read").expect("he exists");
        let ended = PersonRow { ends: Some(WallTime::from_unix_seconds(1)), ..bob };
        db.change_person(&ended).await.expect("a write");
        let refused = crate::people::two_people(&db, "ann", "bob").await.expect_err("he left").to_string();
        assert!(refused.contains("has ended"), "{refused}");
        db.close().await;
    }

    #[tokio::test]
    async fn while_the_recorder_runs_nothing_is_changed() {
        let (_directory, config) = world(false).await;
        let log = open_log(&config).await.expect("the recorder's log");
        let refused = carry_out(&config, Act::ResetFactor { name: "ann".to_owned() }).await.expect_err("it runs");
        assert!(format!("{refused:#}").contains("stop the recorder"), "{refused:#}");
        log.close().await;
    }
}
