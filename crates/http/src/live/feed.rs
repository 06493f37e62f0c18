//! One subscription: events of the archive in, messages for the page out. It holds nothing back and hurries nothing: a
//! full queue makes it wait, and then the archive drops whole GOPs for it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candour_archive::{ArchiveError, LiveEvent, LiveState, LiveSubscription};
use candour_audit::Receipt;
use candour_media::{Sample, SampleEntry};
use candour_units::{CameraId, StreamKind};
use candour_wire::live::{
    AccessUnitHeader, FLAG_BREAK, FLAG_CACHED, FLAG_KEY, FLAG_LAST_CACHED, FLAG_LOSS, FromServer,
};
use tokio::sync::{mpsc, watch};

use crate::app::App;
use crate::sentences;

/// How long until a stream that is not there is asked for again.
const AGAIN: Duration = Duration::from_millis(500);

/// What a feed has for the page.
pub(super) enum Outgoing {
    /// Control: never dropped.
    Control(FromServer),
    /// A sample, dropped when its generation is over.
    Sample { sub: u16, camera: CameraId, generation: u32, header: AccessUnitHeader, sample: Arc<Sample> },
}

/// What a feed is made of.
pub(super) struct Feed {
    pub(super) app: App,
    pub(super) sub: u16,
    pub(super) camera: CameraId,
    pub(super) kind: StreamKind,
    /// RFC 6381 prefixes; none means anything.
    pub(super) accept: Vec<String>,
    pub(super) receipts: watch::Receiver<Option<Receipt>>,
    /// Counted up by each refresh.
    pub(super) generation: watch::Receiver<u32>,
    pub(super) out: mpsc::Sender<Outgoing>,
}

/// Why a subscription is over.
enum Over {
    /// The page is gone.
    Closed,
    /// The browser cannot play this stream.
    NotAccepted,
    /// The stream is gone, maybe for now.
    Gone,
}

impl Feed {
    /// Runs until the page is gone or it is dropped.
    pub(super) async fn run(mut self) {
        let asked = self.kind;
        let mut told_lost = false;
        loop {
            let Some(receipt) = self.receipts.borrow_and_update().clone() else {
                if self.receipts.changed().await.is_err() {
                    return;
                }
                continue;
            };
            match self.app.archive.live(&receipt, self.camera, self.kind) {
                Ok(subscription) => {
                    told_lost = false;
                    match self.pump(subscription).await {
                        Over::Closed => return,
                        Over::Gone => {}
                        Over::NotAccepted if self.kind == asked => {
                            self.kind = other(asked);
                            continue;
                        }
                        Over::NotAccepted => return self.refuse().await,
                    }
                }
                Err(ArchiveError::NotFound { .. }) if self.kind != asked => return self.refuse().await,
                Err(ArchiveError::NotFound { .. }) => {
                    if !std::mem::replace(&mut told_lost, true) && self.tell_lost().await.is_err() {
                        return;
                    }
                }
                // Lapsed or without this camera: a renewed receipt comes through the channel.
                Err(ArchiveError::NotCovered(_)) => {}
                Err(error) => {
                    tracing::error!(error = candour_units::chain(&error), "a live stream could not be opened")
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn pump(&mut self, mut subscription: LiveSubscription) -> Over {
        let mut generation = *self.generation.borrow_and_update();
        let mut timescale = 90_000;
        loop {
            let event = tokio::select! {
                changed = self.generation.changed() => {
                    if changed.is_err() {
                        return Over::Closed;
                    }
                    generation = *self.generation.borrow_and_update();
                    subscription.refresh();
                    continue;
                }
                changed = self.receipts.changed() => {
                    if changed.is_err() {
                        return Over::Closed;
                    }
                    let receipt = self.receipts.borrow_and_update().clone();
                    if receipt.is_none_or(|receipt| subscription.renew(&receipt).is_err()) {
                        return Over::Gone;
                    }
                    continue;
                }
                event = subscription.next() => event,
            };
            let message = match event {
                None => return Over::Gone,
                Some(LiveEvent::Config(entry)) if !self.accepts(&entry) => return Over::NotAccepted,
                Some(LiveEvent::Config(entry)) => {
                    timescale = entry.timescale.max(1);
                    Outgoing::Control(self.config(&entry))
                }
                Some(LiveEvent::State(state)) => Outgoing::Control(self.state(&state)),
                Some(LiveEvent::Sample { sample, seq, cached, last_cached, timeline_breaks }) => {
                    let mut header = header(&sample, self.sub, seq, timescale);
                    header.flags |= if cached { FLAG_CACHED } else { 0 };
                    header.flags |= if last_cached { FLAG_LAST_CACHED } else { 0 };
                    header.flags |= if timeline_breaks { FLAG_BREAK } else { 0 };
                    Outgoing::Sample { sub: self.sub, camera: self.camera, generation, header, sample }
                }
            };
            if self.out.send(message).await.is_err() {
                return Over::Closed;
            }
        }
    }

    fn accepts(&self, entry: &SampleEntry) -> bool {
        self.accept.is_empty() || self.accept.iter().any(|prefix| entry.codec_string.starts_with(prefix.as_str()))
    }

    fn config(&self, entry: &SampleEntry) -> FromServer {
        FromServer::Config {
            sub: self.sub,
            codec: entry.codec_string.clone(),
            description: STANDARD.encode(&entry.decoder_config),
            sample_entry: STANDARD.encode(&entry.entry),
            width: entry.width,
            height: entry.height,
            stream: self.kind.word().to_owned(),
        }
    }

    fn state(&self, state: &LiveState) -> FromServer {
        let (state, cause, since_90k) = match state {
            LiveState::Live => ("live", None, None),
            LiveState::Lost { cause, since } => {
                ("lost", Some(sentences::gap(cause.word()).to_owned()), Some(since.ticks()))
            }
        };
        FromServer::State { sub: self.sub, state: state.to_owned(), cause, since_90k }
    }

    /// There is no such stream in the archive: the program knows why.
    async fn tell_lost(&self) -> Result<(), mpsc::error::SendError<Outgoing>> {
        let now = self.app.site.camera_states().remove(&self.camera);
        let (cause, since_90k) = match now {
            Some(now) => (now.words, Some(now.since.ticks())),
            None => ("The recorder gets nothing from this camera.".to_owned(), None),
        };
        let state = "lost".to_owned();
        self.out
            .send(Outgoing::Control(FromServer::State { sub: self.sub, state, cause: Some(cause), since_90k }))
            .await
    }

    async fn refuse(self) {
        let why = "This browser can play none of the camera's streams; they are recorded all the same. H.265 needs Safari or \
                   a graphics processor. Motion JPEG is not shown live: set the camera to H.264.";
        // The page may be gone by now: then nobody needs the words.
        let _ = self.out.send(Outgoing::Control(FromServer::Refused { sub: self.sub, why: why.to_owned() })).await;
    }
}

const fn other(kind: StreamKind) -> StreamKind {
    match kind {
        StreamKind::Main => StreamKind::Sub,
        StreamKind::Sub => StreamKind::Main,
    }
}

fn header(sample: &Sample, sub: u16, seq: u32, timescale: u32) -> AccessUnitHeader {
    let us = |ticks: i64| i128::from(ticks) * 1_000_000 / i128::from(timescale);
    let dts = sample.dts.ticks();
    let mut flags = if sample.sync { FLAG_KEY } else { 0 };
    flags |= if sample.loss_before > 0 { FLAG_LOSS } else { 0 };
    AccessUnitHeader {
        flags,
        sub,
        seq,
        dts_us: u64::try_from(us(dts)).unwrap_or(0),
        composition_us: i32::try_from(us(sample.pts.ticks() - dts)).unwrap_or(0),
        duration_us: u32::try_from(us(i64::from(sample.duration))).unwrap_or(0),
        received_wall_us: u64::try_from(sample.arrival.unix_micros_floor()).unwrap_or(0),
        sent_wall_us: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::{MediaTime, WallTime};

    #[test]
    fn times_in_microseconds() {
        let sample = Sample {
            pts: MediaTime::from_ticks(90_000 + 7200),
            dts: MediaTime::from_ticks(90_000),
            duration: 3600,
            sync: true,
            arrival: WallTime::from_unix_seconds(5),
            loss_before: 2,
            data: bytes::Bytes::new(),
        };
        let header = header(&sample, 3, 9, 90_000);
        assert_eq!((header.dts_us, header.composition_us, header.duration_us), (1_000_000, 80_000, 40_000));
        assert_eq!((header.sub, header.seq, header.received_wall_us), (3, 9, 5_000_000));
        assert_eq!(header.flags, FLAG_KEY | FLAG_LOSS);
    }
}
