//! What cameras say that they see, stored as their word: by nobody relied upon, never a reason to shorten or delete anything.
//!
//! A camera is listened to while it is received (so it was recognised) and its policy asks for motion to be marked: when somebody passes is data
//! about people, whoever says it.

mod spoken;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use candour_camera::{Claim, ListenError, listen};
use candour_onvif::NotListening;
use candour_units::{CameraId, WallDuration, WallRange, WallTime, chain};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::spoken::Spoken;
use crate::alarms::Alarms;
use crate::estate::{Estate, Parts};

/// How often it is seen who is to be listened to.
const ROUND: Duration = Duration::from_secs(5);
/// Answers that may wait to be stored; what does not fit is left out.
const WAITING: usize = 256;
const AT_ONCE: usize = 64;
/// Until a camera that could not be listened to is asked again, doubling up to the most.
const AGAIN: Duration = Duration::from_secs(10);
const MOST_AGAIN: Duration = Duration::from_secs(600);
/// Until one is asked again that has no events, or leads elsewhere for them.
const MUCH_LATER: Duration = Duration::from_secs(3_600);
/// Claims about no footage are looked for this far back, and once after a start from the beginning, as nobody looked while the recorder
/// was off. The row of a segment comes minutes after its first picture.
const TIDY_EVERY: Duration = Duration::from_secs(600);
const TIDY_FROM: WallDuration = WallDuration::from_seconds(3_600);
const TIDY_TO: WallDuration = WallDuration::from_seconds(900);
/// Cameras are given this long to end their subscriptions when the recorder stops; those that are left end by themselves.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one answer of a camera said.
struct Answered {
    camera: CameraId,
    claims: Vec<Claim>,
    at: WallTime,
}

/// Somebody listens to a camera.
struct Listener {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Listens until told to stop.
pub async fn run(estate: Estate, stopping: CancellationToken) {
    let (tell, mut told) = mpsc::channel(WAITING);
    let (listeners, spoken) = (HashMap::new(), HashMap::new());
    let mut desk = Desk { parts: estate.parts(), estate, tell, listeners, spoken, tidied: false };
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    let mut answers = Vec::with_capacity(AT_ONCE);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return desk.leave().await,
            _ = round.tick() => desk.round(),
            _ = tidy.tick() => desk.tidy().await,
            _ = told.recv_many(&mut answers, AT_ONCE) => desk.store(answers.drain(..)).await,
        }
    }
}

struct Desk {
    estate: Estate,
    parts: Arc<Parts>,
    tell: mpsc::Sender<Answered>,
    listeners: HashMap<CameraId, Listener>,
    spoken: HashMap<CameraId, Spoken>,
    /// Whether it was tidied since the start.
    tidied: bool,
}

impl Desk {
    /// Begins and ends listening, as the cameras stand now.
    fn round(&mut self) {
        let wanted: HashSet<CameraId> = self.estate.to_be_heard().into_iter().collect();
        self.listeners.retain(|camera, listener| {
            let goes_on = wanted.contains(camera) && !listener.task.is_finished();
            if !goes_on {
                // It ends its subscription and then itself.
                listener.stop.send_replace(true);
            }
            goes_on
        });
        self.spoken.retain(|camera, _| wanted.contains(camera));
        for camera in wanted {
            self.listeners.entry(camera).or_insert_with(|| {
                let (stop, stopped) = watch::channel(false);
                let task = tokio::spawn(keep_listening(self.estate.clone(), camera, self.tell.clone(), stopped));
                Listener { stop, task }
            });
        }
    }

    async fn store(&mut self, answers: impl Iterator<Item = Answered>) {
        let mut rows = Vec::new();
        for Answered { camera, claims, at } in answers {
            // What comes from a camera that is not listened to any more is not kept.
            if self.listeners.contains_key(&camera) {
                rows.extend(self.spoken.entry(camera).or_default().heard(camera, &claims, at));
            }
        }
        if rows.is_empty() {
            return;
        }
        if let Err(error) = self.parts.db.put_claims(&rows).await {
            tracing::error!(%error, "what cameras say could not be stored");
        }
    }

    async fn tidy(&mut self) {
        let range = untidy(self.parts.clock.wall(), self.tidied);
        match self.parts.db.drop_claims_without_footage(range).await {
            Ok(_) => self.tidied = true,
            Err(error) => {
                tracing::error!(%error, "what cameras said of no footage could not be taken away; it is tried again");
            }
        }
    }

    async fn leave(self) {
        let tasks: Vec<JoinHandle<()>> = self
            .listeners
            .into_values()
            .map(|Listener { stop, task }| {
                stop.send_replace(true);
                task
            })
            .collect();
        let aborts: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
        let all = futures::future::join_all(tasks);
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
        }
    }
}

/// Where claims may be about no footage.
fn untidy(now: WallTime, tidied: bool) -> WallRange {
    WallRange { start: if tidied { now - TIDY_FROM } else { WallTime::EPOCH }, end: now - TIDY_TO }
}

/// Listens to one camera, again and again, until nobody wants to.
async fn keep_listening(
    estate: Estate,
    camera: CameraId,
    tell: mpsc::Sender<Answered>,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = AGAIN;
    while !*stop.borrow() {
        let parts = estate.parts();
        let mut spoke = false;
        let heard = |claims: &[Claim], others: usize| {
            spoke = true;
            if others > 0 {
                tracing::trace!(%camera, others, "messages of a camera of which nothing is kept");
            }
            let answered = Answered { camera, claims: claims.to_vec(), at: parts.clock.wall() };
            // A camera that says more than can be stored is heard less.
            if tell.try_send(answered).is_err() {
                tracing::debug!(%camera, "what a camera said was left out");
            }
        };
        let ended = match estate.way_to(camera).await {
            Ok((_calling, target)) => listen(&target, &*parts.clock, &*parts.entropy, stop.clone(), heard).await,
            Err(error) => {
                tracing::error!(%camera, error = format!("{error:#}"), "a camera cannot be listened to");
                Ok(())
            }
        };
        if spoke {
            wait = AGAIN;
            Alarms::of(&parts).clear(ELSEWHERE, Some(camera)).await;
        }
        let rest = match ended {
            Ok(()) => wait,
            Err(ListenError::Onvif(NotListening::Foreign { named })) => {
                tell_of(&parts, camera, &named).await;
                MUCH_LATER
            }
            Err(ListenError::Onvif(NotListening::NotOffered(_))) => MUCH_LATER,
            Err(error) => {
                tracing::debug!(%camera, error = chain(&error), "a camera is not listened to for a while");
                wait
            }
        };
        wait = (wait * 2).min(MOST_AGAIN);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// The alarm of a camera that leads elsewhere for its events.
const ELSEWHERE: &str = "camera_events_elsewhere";

async fn tell_of(parts: &Parts, camera: CameraId, named: &str) {
    let name = match parts.db.camera(camera).await {
        Ok(Some(row)) => row.name,
        _ => camera.to_string(),
    };
    let named = candour_vetting::neutralise(named, 200);
    let words = format!(
        "{name} leads the recorder to another host for its events: it named {named}. Nothing was asked there. Have its network settings looked at: a fault, \
         or an attempt to have the recorder speak to somebody else."
    );
    Alarms::of(parts).raise(ELSEWHERE, Some(camera), "amber", words).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_after_a_start_everything_is_tidied() {
        let now = WallTime::from_unix_seconds(1_800_000_000);
        let end = now - TIDY_TO;
        assert_eq!(untidy(now, false), WallRange { start: WallTime::EPOCH, end });
        assert_eq!(untidy(now, true), WallRange { start: now - TIDY_FROM, end });
    }
}
