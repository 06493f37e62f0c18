//! Asks the witnesses of the log to cosign, each in a task of its own: one that is away holds up nothing.
//!
//! What may be said of an answer is decided in `ledger`, what was cosigned is kept by `audit`. In here: when to ask again,
//! and what to tell people.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use candour_audit::Log;
use candour_ledger::{AddCheckpoint, Answer, SignedNote, WitnessKey};
use candour_units::{Clock, WallTime};
use candour_wire::site::{WitnessState, Witnessing};
use candour_witness::Client;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether there is something to cosign.
const LOOK: Duration = Duration::from_secs(5);
/// A witness that could not be asked is asked again after 10 s, 20 s, 40 s ... and at last this long.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A checkpoint is cosigned anew after this long even if the log did not grow.
const RENEW_S: u64 = 600;
/// A cosignature that is older says little about now.
const RECENT_S: u64 = 3600;
/// How often one round follows a witness that knows another size.
const TURNS: usize = 3;

/// A witness as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessConfig {
    /// `https://…`, without `/add-checkpoint`.
    pub url: String,
    /// Its key.
    pub key: WitnessKey,
}

/// Why a witness did not cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// It is away, or not set up for this log.
    Away(String),
    /// It knows another log than this one: somebody changed the past.
    Tampered(String),
}

/// All witnesses of this recorder's log, and how they stand.
pub struct Witnesses {
    log: Log,
    clock: Arc<dyn Clock>,
    started: WallTime,
    all: Vec<One>,
}

struct One {
    client: Client,
    trouble: Mutex<Option<Trouble>>,
}

impl Witnesses {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(log: Log, clock: Arc<dyn Clock>, configured: &[WitnessConfig]) -> anyhow::Result<Self> {
        let one = |config: &WitnessConfig| {
            let client = Client::new(&config.url, config.key.clone())
                .with_context(|| format!("the witness {} cannot be asked", config.key.name()))?;
            Ok(One { client, trouble: Mutex::new(None) })
        };
        let all = configured.iter().map(one).collect::<anyhow::Result<_>>()?;
        Ok(Self { log, started: clock.wall(), clock, all })
    }

    /// How each stands, for the System page.
    pub fn states(&self) -> Vec<WitnessState> {
        let state = |one: &One| {
            let witnessed = self.log.witnessed(one.client.key());
            WitnessState {
                name: one.client.key().name().to_owned(),
                size: witnessed.map(|found| found.size),
                at_90k: witnessed.map(|found| seconds(found.at).ticks()),
                trouble: one.trouble().map(|trouble| match trouble {
                    Trouble::Away(words) | Trouble::Tampered(words) => words,
                }),
            }
        };
        self.all.iter().map(state).collect()
    }

    /// How promise 5 stands.
    pub fn witnessing(&self) -> Witnessing {
        if self.tampering().is_some() {
            return Witnessing::Contradicted;
        }
        match self.newest() {
            Some(at) if self.is_recent(at) => Witnessing::Recent,
            Some(_) => Witnessing::Late,
            None => Witnessing::Nobody,
        }
    }

    /// What a witness contradicts, in words for an alarm.
    pub fn tampering(&self) -> Option<String> {
        self.all.iter().find_map(|one| match one.trouble() {
            Some(Trouble::Tampered(words)) => Some(words),
            _ => None,
        })
    }

    /// In words for an alarm, when nobody has cosigned for an hour although somebody should.
    pub fn silence(&self) -> Option<String> {
        let first = self.all.first()?;
        let since = self.newest().map_or(self.started, seconds);
        if (self.clock.wall() - since).ticks() <= ticks(RECENT_S) {
            return None;
        }
        let why = match first.trouble() {
            Some(Trouble::Away(words)) => words,
            _ => format!("{} has not cosigned", first.client.key().name()),
        };
        Some(format!("No witness has cosigned the log for an hour ({why}). Nothing waits for it; look at the witness."))
    }

    /// When anybody cosigned last, in seconds since 1970.
    fn newest(&self) -> Option<u64> {
        self.all.iter().filter_map(|one| self.log.witnessed(one.client.key())).map(|found| found.at).max()
    }

    fn is_recent(&self, at: u64) -> bool {
        (self.clock.wall() - seconds(at)).ticks() <= ticks(RECENT_S)
    }

    /// Asks this witness as long as the recorder runs.
    async fn follow(&self, one: &One, stopping: CancellationToken) {
        let mut pause = LOOK;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if !self.is_due(one) {
                continue;
            }
            let outcome = tokio::select! {
                () = stopping.cancelled() => return,
                outcome = self.ask(&one.client) => outcome,
            };
            pause = match &outcome {
                Some(Trouble::Away(_)) => (pause * 2).min(LONGEST_PAUSE),
                // What it says may become worse, or be put right: it is heard again soon.
                Some(Trouble::Tampered(_)) | None => LOOK,
            };
            match &outcome {
                Some(Trouble::Tampered(words)) => tracing::error!("{words}"),
                Some(Trouble::Away(words)) => tracing::warn!("{words}"),
                None => {}
            }
            *one.trouble.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        }
    }

    fn is_due(&self, one: &One) -> bool {
        let Some(known) = self.log.witnessed(one.client.key()) else { return true };
        let now = self.clock.wall();
        known.size < self.log.status().size
            || (now - seconds(known.at)).ticks() > ticks(RENEW_S)
            || one.trouble().is_some()
    }

    /// One round; what is wrong, if anything is.
    async fn ask(&self, client: &Client) -> Option<Trouble> {
        let name = client.key().name();
        let mut known = self.log.witnessed(client.key()).map_or(0, |found| found.size);
        for _ in 0..TURNS {
            let asked = match self.request(known).await {
                Ok(asked) => asked,
                Err(error) => return Some(Trouble::Away(format!("{name} cannot be asked: {error:#}"))),
            };
            let size = self.log.status().size;
            match client.add_checkpoint(&asked).await {
                Ok(Answer::Cosigned { signature, .. }) => {
                    let mut note = asked.note;
                    note.signatures.push(signature);
                    let kept = self.log.keep_cosigned(client.key().clone(), note).await;
                    return kept.err().map(|error| Trouble::Away(format!("what {name} cosigned is not kept: {error}")));
                }
                Ok(Answer::From { size }) => known = size,
                Ok(Answer::Ahead { size: cosigned }) => {
                    return Some(Trouble::Tampered(rolled_back(name, cosigned, size)));
                }
                Ok(Answer::Conflict) => return Some(Trouble::Tampered(forked(name, known))),
                Ok(Answer::Refused { status }) => {
                    let words = format!("{name} refuses with status {status}; is this log's key set up there?");
                    return Some(Trouble::Away(words));
                }
                Err(error) => return Some(Trouble::Away(candour_units::chain(&error))),
            }
        }
        Some(Trouble::Away(format!("{name} says another size each time it is asked")))
    }

    async fn request(&self, old: u64) -> anyhow::Result<AddCheckpoint> {
        let way = self.log.consistency(old).await?.with_context(|| format!("the log never had {old} entries"))?;
        Ok(AddCheckpoint { old, proof: way.path, note: SignedNote::decode(way.checkpoint.as_bytes())? })
    }
}

impl One {
    fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Asks all of them until told to stop.
pub async fn run(witnesses: Arc<Witnesses>, stopping: CancellationToken) {
    let follow = |one| witnesses.follow(one, stopping.clone());
    futures::future::join_all(witnesses.all.iter().map(follow)).await;
}

fn rolled_back(name: &str, cosigned: u64, size: u64) -> String {
    format!(
        "The witness {name} has cosigned {cosigned} entries of this log, and only {size} are here: the log was rolled back or made \
         anew. Do not restart the recorder; keep its disk, ask the witness for the checkpoint, and find out who did it."
    )
}

fn forked(name: &str, size: u64) -> String {
    format!(
        "The witness {name} has cosigned another log of {size} entries under this recorder's key: the log was forked. Keep the \
         disk, ask the witness for the checkpoint, and find out who did it."
    )
}

fn seconds(since_1970: u64) -> WallTime {
    WallTime::from_unix_seconds(i64::try_from(since_1970).unwrap_or(i64::MAX / ticks(1)).min(i64::MAX / ticks(1)))
}

/// Seconds in ticks of 90 kHz.
const fn ticks(seconds: u64) -> i64 {
    seconds as i64 * 90_000
}
