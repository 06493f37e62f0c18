//! Stored pictures, converted on their way to a page: one program for each request, ended with it. What lies in the archive stays as it is.

use std::sync::Arc;

use bytes::Bytes;
use candour_archive::ReadSample;
use candour_decode::{DecodeError, Decoder, Fed, NotATrack, RecodedSample, RecodedTrack};
use candour_media::{FragmentSample, SampleEntry, fragment, init_segment};
use candour_units::{CameraId, Clock, MediaTime, StreamId, StreamKind, chain};

use super::{Conversions, Refusal, Share, target};
use crate::app::App;

const STREAM: u16 = 0;

/// One piece of footage that is being converted.
pub(crate) struct StoredConversion {
    app: App,
    camera: CameraId,
    stream: StreamId,
    /// None while a thread has it, and after it ended.
    machine: Option<Box<Machine>>,
}

/// A part of the converted track, as it leaves.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) bytes: Bytes,
    /// Pictures in it.
    pub(crate) pictures: u64,
    /// From the first picture's time up to the end of the last's, in ticks of the piece.
    pub(crate) interval: (i64, i64),
}

/// What does the work, on threads that may wait.
struct Machine {
    decoder: Decoder<Arc<dyn Clock>>,
    track: RecodedTrack,
    entry: Option<SampleEntry>,
    /// The newest picture: how long it stands is known by the next.
    newest: Option<RecodedSample>,
    /// How long the last sample stands that went in.
    duration: u32,
    /// The earliest time of what went in before the first picture came out.
    earliest: i64,
    sequence: u32,
    /// Kept as long as the program runs, also when whoever asked has gone away.
    _share: Share,
}

/// Why a piece is converted no further.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the decoder did not take it")]
    Decode(#[from] DecodeError),
    #[error("what came out is no track")]
    Track(#[from] NotATrack),
    #[error("the size of the pictures changes within one piece")]
    Changed,
}

impl StoredConversion {
    /// Begins with a piece of that sample entry.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn begin(
        app: &App,
        camera: CameraId,
        kind: StreamKind,
        entry: &SampleEntry,
    ) -> Result<Self, Refusal> {
        let ground = Conversions::ground(app, camera, kind).await?;
        let mut decoder: Decoder<Arc<dyn Clock>> = Decoder::new(ground.config.program, app.clock.clone());
        decoder.recall(STREAM, ground.kills);
        let opened = decoder.open_recoded(STREAM, entry, target());
        opened.map_err(|error| Refusal::Failed(chain(&error)))?;
        let track = RecodedTrack::new(target(), entry.timescale);
        let machine = Machine {
            decoder,
            track,
            entry: None,
            newest: None,
            duration: 0,
            earliest: i64::MAX,
            sequence: 0,
            _share: ground.share,
        };
        Ok(Self { app: app.clone(), camera, stream: ground.stream, machine: Some(Box::new(machine)) })
    }

    /// Fragments of the converted track for these samples; the first time with the init segment before it. Empty while pictures wait for
    /// later ones.
    ///
    /// # Errors
    /// [`Refusal`]; then it is over.
    pub(crate) async fn convert(&mut self, samples: Vec<ReadSample>) -> Result<Made, Refusal> {
        self.work(move |machine| machine.convert(&samples)).await
    }

    /// What is still inside. Nothing comes after it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn finish(&mut self) -> Result<Made, Refusal> {
        let rest = self.work(Machine::finish).await;
        self.machine = None;
        rest
    }

    async fn work(
        &mut self,
        act: impl FnOnce(&mut Machine) -> Result<Made, Broken> + Send + 'static,
    ) -> Result<Made, Refusal> {
        let Some(mut machine) = self.machine.take() else { return Ok(Made::default()) };
        let (app, camera, stream) = (self.app.clone(), self.camera, self.stream);
        // Whoever asked may be gone before this is through: what happens to the program is noted here all the same.
        let worked = tokio::task::spawn_blocking(move || {
            let made = act(&mut machine);
            if let Err(Broken::Decode(DecodeError::Lost(loss))) = &made {
                app.conversions.note(camera, stream, *loss);
            }
            made.map(|made| (machine, made))
        });
        let worked = worked.await.map_err(|_| Refusal::Failed("the thread that converts ended".to_owned()))?;
        let (machine, made) = worked.map_err(|broken| Refusal::Failed(chain(&broken)))?;
        self.machine = Some(machine);
        Ok(made)
    }
}

impl Machine {
    fn convert(&mut self, samples: &[ReadSample]) -> Result<Made, Broken> {
        let mut made = Vec::new();
        for sample in samples {
            let pts = MediaTime::from_ticks(sample.dts + i64::from(sample.composition_offset));
            self.duration = sample.duration;
            self.earliest = self.earliest.min(pts.ticks());
            match self.decoder.feed_sample(STREAM, pts, sample.sync, &sample.data) {
                Ok(fed) => made.append(&mut self.taken(fed)?),
                // That one is no picture; the next may be.
                Err(DecodeError::TooLarge { .. } | DecodeError::Unreadable { .. }) => {}
                // The program used up its processor time, and nobody is to blame: the next key frame begins another.
                Err(DecodeError::Lost(loss)) if !loss.death.blames() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.written(made))
    }

    fn finish(&mut self) -> Result<Made, Broken> {
        let fed = match self.decoder.drain(STREAM) {
            Err(DecodeError::Lost(loss)) if !loss.death.blames() => Fed::default(),
            fed => fed?,
        };
        let mut made = self.taken(fed)?;
        made.extend(self.newest.take().map(|newest| (newest, self.duration)));
        Ok(self.written(made))
    }

    /// The pictures that came out, each with how long it stands.
    fn taken(&mut self, fed: Fed) -> Result<Vec<(RecodedSample, u32)>, Broken> {
        let mut made = Vec::new();
        for unit in &fed.recoded {
            let mut sample = self.track.take(unit)?;
            let is_first = self.entry.is_none();
            if let Some(entry) = sample.entry.take()
                && self.entry.replace(entry).is_some()
            {
                return Err(Broken::Changed);
            }
            if is_first {
                // Pictures before the first key frame that refer to one before it cannot be decoded here: it stands for them, so that a player
                // finds no hole between this request and the one before.
                sample.pts = sample.pts.min(MediaTime::from_ticks(self.earliest));
            }
            let next = sample.pts.ticks();
            if let Some(before) = self.newest.replace(sample) {
                let stands = u32::try_from(next.saturating_sub(before.pts.ticks())).unwrap_or(self.duration);
                made.push((before, stands));
            }
        }
        Ok(made)
    }

    fn written(&mut self, made: Vec<(RecodedSample, u32)>) -> Made {
        let (Some((first, _)), Some((last, stands))) = (made.first(), made.last()) else { return Made::default() };
        let table: Vec<FragmentSample> = made
            .iter()
            .map(|(sample, duration)| FragmentSample {
                duration: *duration,
                size: u32::try_from(sample.data.len()).unwrap_or(u32::MAX),
                composition_offset: 0,
                sync: sample.key,
            })
            .collect();
        let data: Vec<&[u8]> = made.iter().map(|(sample, _)| sample.data.as_ref()).collect();
        let start = u64::try_from(first.pts.ticks()).unwrap_or(0);
        let mut out = match &self.entry {
            Some(entry) if self.sequence == 0 => init_segment(entry),
            _ => Vec::new(),
        };
        self.sequence += 1;
        out.extend(fragment(self.sequence, start, &table, &data));
        let interval = (first.pts.ticks(), last.pts.ticks().saturating_add(i64::from(*stands)));
        Made { bytes: out.into(), pictures: made.len() as u64, interval }
    }
}
