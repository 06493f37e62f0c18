//! One picture out of the footage: the key frame at or before a moment, read like any other footage and no more of it than its fragment.

use std::sync::Arc;

use bytes::Bytes;
use candour_media::SampleEntry;
use candour_units::{CameraId, StreamId, TICKS_PER_SECOND, WallDuration, WallRange, WallTime};

use crate::piece::wall_of;
use crate::{Archive, ArchiveError, Cover};

/// A key frame.
#[derive(Debug, Clone)]
pub struct KeyPicture {
    /// When it is shown by our clock, and for how long it stood until the next picture.
    pub shown: WallRange,
    /// How to decode it.
    pub entry: Arc<SampleEntry>,
    /// The access unit as it is stored: NAL units after lengths of four bytes, or a JPEG.
    pub data: Bytes,
}

impl Archive {
    /// The key frame from which the picture at `at` is decoded: at or before it, in the same unbroken footage. `None` where there is no
    /// footage at that moment, or none that begins with a key frame.
    ///
    /// # Errors
    /// As [`Archive::read`] for the moment, and as [`crate::Reading::fragment`]: the receipt and the key are asked for again.
    pub async fn key_picture(
        &self,
        cover: impl Into<Cover>,
        camera: CameraId,
        stream: StreamId,
        at: WallTime,
    ) -> Result<Option<KeyPicture>, ArchiveError> {
        let moment = WallRange { start: at, end: at + WallDuration::from_ticks(1) };
        let mut reading = self.read(cover, camera, stream, moment).await?;
        let place = reading.pieces().iter().enumerate().find_map(|(piece, of)| {
            let fragment = of.fragments.iter().position(|part| part.samples.iter().any(|row| row.sync))?;
            Some((piece, fragment))
        });
        let Some((piece, fragment)) = place else { return Ok(None) };
        let samples = reading.fragment(piece, fragment).await?;
        let of = &reading.pieces()[piece];
        let Some(sample) = samples.into_iter().find(|sample| sample.sync) else { return Ok(None) };
        let timescale = i64::from(of.entry.timescale.max(1));
        let ticks = |media: i64| WallDuration::from_ticks(media.saturating_mul(TICKS_PER_SECOND) / timescale);
        let start = wall_of(&of.fragments[fragment].info, sample.dts) + ticks(i64::from(sample.composition_offset));
        let shown = WallRange { start, end: start + ticks(i64::from(sample.duration.max(1))) };
        Ok(Some(KeyPicture { shown, entry: Arc::clone(&of.entry), data: sample.data }))
    }
}
