//! Footage as fragmented MP4: one init segment, then a `moof`+`mdat` for each stored fragment, read and checked one at
//! a time as the page takes them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use candour_archive::{ReadSample, Reading};
use candour_media::{Codec, FragmentSample, fragment, init_segment};
use candour_units::{CameraId, SegmentId, StreamKind};
use futures::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::conversion::{Made, StoredConversion};
use crate::extract::{Asked, id, range};
use crate::looks::Held;
use crate::problem::Problem;
use crate::routes::looks;
use crate::session::SignedIn;

/// A segment is at most some minutes long; one read asks for at most an hour.
const LONGEST_S: i64 = 3600;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// The camera.
    camera: String,
    /// `main` or `sub`.
    stream: String,
    /// The segment, as in the plan.
    segment: String,
    /// First moment.
    from_90k: i64,
    /// First moment after.
    to_90k: i64,
    /// Coded anew as H.264, for a browser that cannot play what is stored; the content type says how then. What is H.264 comes as it is.
    #[serde(default)]
    convert: bool,
}

/// Media of one piece, times counted from its `origin_90k`.
#[utoipa::path(get, path = "/looks/{id}/media", tag = "playback",
    params(("id" = String, Path, description = "Look"), Question),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 403), (status = 404), (status = 409),
        (status = 422), (status = 429), (status = 503)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
    Asked(asked): Asked<Question>,
) -> Result<Response, Problem> {
    let held = looks::find(&app, &who, &look)?;
    let segment: SegmentId = id(&asked.segment, "such segment")?;
    let camera: CameraId = id(&asked.camera, "such camera")?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let (reading, _) = looks::open(&app, &held, &asked.camera, &asked.stream, interval).await?;
    let piece = reading.pieces().iter().position(|piece| piece.segment == segment);
    let piece = piece.ok_or_else(|| Problem::not_found("footage of that segment in this interval"))?;
    let entry = reading.pieces()[piece].entry.clone();
    let mut walk = Walk::new(app, held, camera, reading, piece);
    if asked.convert && entry.codec != Codec::H264 {
        let kind = asked.stream.parse::<StreamKind>().map_err(|_| Problem::not_found("such stream"))?;
        walk.conversion = Some(StoredConversion::begin(&walk.app, camera, kind, &entry).await?);
        let first = walk.next().await?;
        return Ok(([(header::CONTENT_TYPE, CONVERTED)], body(Start { init: None, first }, walk)).into_response());
    }
    // The first fragment comes before the status line, so that damage at the start is an honest error.
    let first = walk.next().await?;
    let start = Start { init: Some(init_segment(&entry).into()), first };
    Ok(([(header::CONTENT_TYPE, "video/mp4")], body(start, walk)).into_response())
}

/// What comes out of a conversion: Constrained Baseline, level 3.1 (RFC 6381).
const CONVERTED: &str = "video/mp4; codecs=\"avc1.42C01F\"";

struct Start {
    /// None where it stands before the first fragment already.
    init: Option<Bytes>,
    first: Option<Bytes>,
}

fn body(start: Start, walk: Walk) -> Body {
    let ready = [start.init, start.first].into_iter().flatten().map(Ok::<_, BrokenOff>);
    let rest = stream::unfold(Some(walk), |walk| async move {
        let mut walk = walk?;
        match walk.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(walk))),
            Err(problem) => {
                tracing::warn!(segment = %walk.segment(), why = problem.detail(), "media ended before its end");
                Some((Err(BrokenOff), None))
            }
        }
    });
    Body::from_stream(futures::StreamExt::chain(stream::iter(ready), rest))
}

/// Ends the body without its proper end, so that the page sees that something is missing.
#[derive(Debug, thiserror::Error)]
#[error("the footage ends here before its end")]
struct BrokenOff;

/// Walks through one piece, fragment by fragment, under one look.
struct Walk {
    app: App,
    held: Arc<Held>,
    camera: CameraId,
    reading: Reading,
    piece: usize,
    sequence: u32,
    conversion: Option<StoredConversion>,
}

impl Walk {
    fn new(app: App, held: Arc<Held>, camera: CameraId, reading: Reading, piece: usize) -> Self {
        Self { app, held, camera, reading, piece, sequence: 0, conversion: None }
    }

    fn segment(&self) -> SegmentId {
        self.reading.pieces()[self.piece].segment
    }

    /// The next fragment as it goes out.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.conversion.is_some() {
            return self.next_converted().await;
        }
        let Some(samples) = self.samples().await? else { return Ok(None) };
        let (origin, last) = (self.origin(), &samples[samples.len() - 1]);
        let interval = (origin + samples[0].dts, origin + last.dts + i64::from(last.duration));
        let bytes = samples.iter().map(|sample| sample.data.len() as u64).sum();
        self.leaves(bytes, samples.len() as u64, interval)?;
        self.sequence += 1;
        Ok(Some(written(self.sequence, &samples)))
    }

    /// The same, coded anew. What is counted is what comes out, and when it has come out: converting takes a while, and a look that ended
    /// meanwhile gives nothing.
    async fn next_converted(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            self.stands()?;
            let samples = self.samples().await?;
            let is_over = samples.is_none();
            let Some(conversion) = &mut self.conversion else { return Ok(None) };
            let Made { bytes, pictures, interval: (from, to) } = match samples {
                Some(samples) => conversion.convert(samples).await?,
                None => conversion.finish().await?,
            };
            if !bytes.is_empty() {
                let origin = self.origin();
                self.leaves(bytes.len() as u64, pictures, (origin + from, origin + to))?;
                return Ok(Some(bytes));
            }
            if is_over {
                return Ok(None);
            }
        }
    }

    fn origin(&self) -> i64 {
        self.reading.pieces()[self.piece].origin.ticks()
    }

    /// Counts what is about to leave; refused when the look has ended.
    fn leaves(&self, bytes: u64, pictures: u64, interval: (i64, i64)) -> Result<(), Problem> {
        let counted = self.held.count(self.app.clock.mono(), |sent| sent.add(self.camera, bytes, pictures, interval));
        if counted { Ok(()) } else { Err(candour_audit::NotCovered::Lapsed.into()) }
    }

    /// Refused when the look has ended: nothing is decoded for it then.
    fn stands(&self) -> Result<(), Problem> {
        let stands = self.held.count(self.app.clock.mono(), |_| ());
        if stands { Ok(()) } else { Err(candour_audit::NotCovered::Lapsed.into()) }
    }

    /// The next samples, at least one.
    async fn samples(&mut self) -> Result<Option<Vec<ReadSample>>, Problem> {
        loop {
            let samples = self.reading.next_fragment(self.piece).await.inspect_err(|error| {
                tracing::error!(error = candour_units::chain(error), "a fragment could not be read");
            })?;
            let Some(samples) = samples else { return Ok(None) };
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
    }
}

/// `moof` and `mdat` of some samples.
fn written(sequence: u32, samples: &[ReadSample]) -> Bytes {
    let table: Vec<FragmentSample> = samples
        .iter()
        .map(|sample| FragmentSample {
            duration: sample.duration,
            size: u32::try_from(sample.data.len()).expect("a stored sample is far below 4 GiB"),
            composition_offset: sample.composition_offset,
            sync: sample.sync,
        })
        .collect();
    let data: Vec<&[u8]> = samples.iter().map(|sample| sample.data.as_ref()).collect();
    let start = u64::try_from(samples[0].dts).unwrap_or(0);
    fragment(sequence, start, &table, &data).into()
}
