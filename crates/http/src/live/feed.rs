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
use crate::conversion::{self, LiveConversion, Refusal, coding_name};
use crate::sentences;

/// How long until a stream that is not there is asked for again.
const AGAIN: Duration = Duration::from_millis(500);
/// And a conversion that there was no room for, or that failed.
const CONVERTED_AGAIN: Duration = Duration::from_secs(2);

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
    /// Why nothing comes, where that was the last that the page was told: it is not told again and again.
    pub(super) told: Option<String>,
}

/// Where a feed takes its pictures from: the ladder of what a browser can play, from the top.
enum Rung {
    /// The stream that was asked for.
    Asked,
    /// The camera's other one, because the browser cannot play the first, which is this.
    Other(Arc<SampleEntry>),
    /// The one that was asked for, converted here.
    Converted(Arc<SampleEntry>),
}

/// Why a subscription is over.
enum Over {
    /// The page is gone.
    Closed,
    /// The browser cannot play this stream.
    NotAccepted(Arc<SampleEntry>),
    /// The stream is gone, maybe for now.
    Gone,
}

impl Feed {
    /// Runs until the page is gone or it is dropped.
    pub(super) async fn run(mut self) {
        let mut rung = Rung::Asked;
        let mut told_lost = false;
        loop {
            let Some(receipt) = self.receipts.borrow_and_update().clone() else {
                if self.receipts.changed().await.is_err() {
                    return;
                }
                continue;
            };
            match self.source(&receipt, &rung).await {
                Ok(Source { subscription, conversion }) => {
                    told_lost = false;
                    match self.pump(subscription, &rung, conversion.as_deref()).await {
                        Over::Closed => return,
                        // From the top again: the camera may have been set to another coding.
                        Over::Gone => rung = Rung::Asked,
                        Over::NotAccepted(entry) => match self.lower(&rung, entry) {
                            Some(lower) => {
                                rung = lower;
                                continue;
                            }
                            None => return self.refuse(NOTHING_PLAYS.to_owned()).await,
                        },
                    }
                    if let Some(why) = conversion.and_then(|conversion| conversion.trouble())
                        && self.tell_lost(Some(format!("The pictures are not converted: {why}."))).await.is_err()
                    {
                        return;
                    }
                }
                // For now. From the top again: the camera may have been set to another coding meanwhile.
                Err(NoSource::Refused(why @ (Refusal::Failed(_) | Refusal::Busy { .. }))) => {
                    if self.tell_lost(Some(why.to_string())).await.is_err() {
                        return;
                    }
                    rung = Rung::Asked;
                    tokio::time::sleep(CONVERTED_AGAIN).await;
                    continue;
                }
                Err(NoSource::Refused(why)) => return self.refuse(why.to_string()).await,
                Err(NoSource::Archive(ArchiveError::NotFound { .. })) => {
                    if let Rung::Other(entry) = &rung {
                        rung = Rung::Converted(entry.clone());
                        continue;
                    }
                    if !std::mem::replace(&mut told_lost, true) && self.tell_lost(None).await.is_err() {
                        return;
                    }
                }
                // Lapsed or without this camera: a renewed receipt comes through the channel.
                Err(NoSource::Archive(ArchiveError::NotCovered(_))) => {}
                Err(NoSource::Archive(error)) => {
                    tracing::error!(error = candour_units::chain(&error), "a live stream could not be opened")
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn source(&self, receipt: &Receipt, rung: &Rung) -> Result<Source, NoSource> {
        let kind = self.kind_on(rung);
        if !matches!(rung, Rung::Converted(_)) {
            let subscription = self.app.archive.live(receipt, self.camera, kind).map_err(NoSource::Archive)?;
            return Ok(Source { subscription, conversion: None });
        }
        let conversion = LiveConversion::of(&self.app, receipt, self.camera, kind).await.map_err(NoSource::Refused)?;
        let subscription = conversion.watch(receipt).await.map_err(NoSource::Refused)?;
        Ok(Source { subscription, conversion: Some(conversion) })
    }

    const fn kind_on(&self, rung: &Rung) -> StreamKind {
        match rung {
            Rung::Asked | Rung::Converted(_) => self.kind,
            Rung::Other(_) => other(self.kind),
        }
    }

    /// The next rung below one whose stream the browser cannot play.
    fn lower(&self, rung: &Rung, entry: Arc<SampleEntry>) -> Option<Rung> {
        match rung {
            Rung::Asked => Some(Rung::Other(entry)),
            Rung::Other(asked) if self.plays(CONVERTED) => Some(Rung::Converted(asked.clone())),
            Rung::Other(_) | Rung::Converted(_) => None,
        }
    }

    async fn pump(
        &mut self,
        mut subscription: LiveSubscription,
        rung: &Rung,
        conversion: Option<&LiveConversion>,
    ) -> Over {
        let mut generation = *self.generation.borrow_and_update();
        let mut timescale = 90_000;
        // That it is live is said with how to decode it: a browser that cannot play this rung sees nothing of what is live.
        let (mut is_new, mut live) = (true, None);
        loop {
            let event = tokio::select! {
                changed = self.generation.changed() => {
                    if changed.is_err() {
                        return Over::Closed;
                    }
                    generation = *self.generation.borrow_and_update();
                    subscription.refresh();
                    if let Some(conversion) = conversion {
                        conversion.want_key();
                    }
                    continue;
                }
                changed = self.receipts.changed() => {
                    if changed.is_err() {
                        return Over::Closed;
                    }
                    let receipt = self.receipts.borrow_and_update().clone();
                    let Some(receipt) = receipt.filter(|receipt| subscription.renew(receipt).is_ok()) else {
                        return Over::Gone;
                    };
                    if let Some(conversion) = conversion {
                        conversion.renew(&receipt);
                    }
                    continue;
                }
                event = subscription.next() => event,
            };
            let message = match event {
                None => return Over::Gone,
                Some(LiveEvent::Config(entry)) if !self.plays(&entry.codec_string) => return Over::NotAccepted(entry),
                Some(LiveEvent::Config(entry)) => {
                    timescale = entry.timescale.max(1);
                    if let Some(state) = live.take()
                        && self.out.send(Outgoing::Control(state)).await.is_err()
                    {
                        return Over::Closed;
                    }
                    Outgoing::Control(self.config(&entry, rung))
                }
                Some(LiveEvent::State(LiveState::Live)) if is_new => {
                    live = Some(self.state(&LiveState::Live));
                    continue;
                }
                Some(LiveEvent::State(state)) => {
                    live = None;
                    Outgoing::Control(self.state(&state))
                }
                Some(LiveEvent::Sample { sample, seq, cached, last_cached, timeline_breaks }) => {
                    let mut header = header(&sample, self.sub, seq, timescale);
                    header.flags |= if cached { FLAG_CACHED } else { 0 };
                    header.flags |= if last_cached { FLAG_LAST_CACHED } else { 0 };
                    header.flags |= if timeline_breaks { FLAG_BREAK } else { 0 };
                    Outgoing::Sample { sub: self.sub, camera: self.camera, generation, header, sample }
                }
            };
            is_new &= matches!(message, Outgoing::Control(FromServer::State { .. }));
            self.told = None;
            if self.out.send(message).await.is_err() {
                return Over::Closed;
            }
        }
    }

    fn plays(&self, codec: &str) -> bool {
        self.accept.is_empty() || self.accept.iter().any(|prefix| codec.starts_with(prefix.as_str()))
    }

    fn config(&self, entry: &SampleEntry, rung: &Rung) -> FromServer {
        FromServer::Config {
            sub: self.sub,
            codec: entry.codec_string.clone(),
            description: STANDARD.encode(&entry.decoder_config),
            sample_entry: STANDARD.encode(&entry.entry),
            width: entry.width,
            height: entry.height,
            stream: self.kind_on(rung).word().to_owned(),
            note: self.note(rung),
        }
    }

    /// What people must know of pictures that are not the ones that were asked for.
    fn note(&self, rung: &Rung) -> Option<String> {
        match rung {
            Rung::Asked => None,
            Rung::Other(asked) => {
                let which = if other(self.kind) == StreamKind::Sub { "smaller pictures" } else { "main pictures" };
                Some(format!("The camera's {which}: the browser cannot play {}", coding_name(asked.codec)))
            }
            Rung::Converted(asked) => Some(conversion::said(asked)),
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

    /// Nothing comes, for that reason; where none is given the program knows why.
    async fn tell_lost(&mut self, why: Option<String>) -> Result<(), mpsc::error::SendError<Outgoing>> {
        let now = why.is_none().then(|| self.app.site.camera_states().remove(&self.camera)).flatten();
        let (cause, since_90k) = match (why, now) {
            (Some(why), _) => (why, None),
            (None, Some(now)) => (now.words, Some(now.since.ticks())),
            (None, None) => ("The recorder gets nothing from this camera.".to_owned(), None),
        };
        if self.told.as_ref() == Some(&cause) {
            return Ok(());
        }
        self.told = Some(cause.clone());
        let state = "lost".to_owned();
        self.out
            .send(Outgoing::Control(FromServer::State { sub: self.sub, state, cause: Some(cause), since_90k }))
            .await
    }

    async fn refuse(self, why: String) {
        // The page may be gone by now: then nobody needs the words.
        let _ = self.out.send(Outgoing::Control(FromServer::Refused { sub: self.sub, why })).await;
    }
}

/// What pictures are taken from.
struct Source {
    subscription: LiveSubscription,
    /// Held as long as it is watched.
    conversion: Option<Arc<LiveConversion>>,
}

/// Why there is none now.
enum NoSource {
    Archive(ArchiveError),
    Refused(Refusal),
}

/// RFC 6381, as far as it matters: what comes out of a conversion.
const CONVERTED: &str = "avc1.42C01F";
const NOTHING_PLAYS: &str = "This browser can play none of the camera's streams, and no H.264 either; they are recorded all the same. Use a \
                             current Chromium, Edge, Firefox or Safari.";

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
