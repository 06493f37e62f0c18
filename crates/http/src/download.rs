//! Footage as one file: planned once for a look, sent whole or in part, every byte under the look's receipt.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use bytes::Bytes;
use candour_archive::{Movie, MovieBytes, MovieDraft, MoviePart, MovieRefused, SpanKind};
use candour_audit::{Event, EventKind, Subject};
use candour_units::{CameraId, StreamId, WallRange, WallTime};
use futures::stream;
use serde_json::{Value, json};

use crate::app::App;
use crate::digest::hex;
use crate::looks::{self, Held};
use crate::problem::{Kind, Problem};

/// Files kept for one look: a few downloads side by side. Each is a few megabytes of tables.
const MOST: usize = 4;

/// What a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Of {
    pub(crate) camera: CameraId,
    pub(crate) stream: StreamId,
    /// What was asked, inside the look.
    pub(crate) interval: WallRange,
}

/// A file, and the mark that tells it from every other one.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) movie: Arc<Movie>,
    /// Strong entity tag: equal fronts mean equal bytes.
    pub(crate) tag: String,
}

/// The files planned under one look, the newest last.
#[derive(Default)]
pub(crate) struct Files(Mutex<Vec<(Of, File)>>);

impl Files {
    fn all(&self) -> MutexGuard<'_, Vec<(Of, File)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn find(&self, of: Of) -> Option<File> {
        self.all().iter().find(|(known, _)| *known == of).map(|(_, file)| file.clone())
    }

    fn keep(&self, of: Of, file: &File) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push((of, file.clone()));
    }
}

/// The file of an interval; made, and written down, when it is asked for the first time.
pub(crate) async fn file(app: &App, held: &Held, of: Of) -> Result<File, Problem> {
    looks::keep(app, held).await?;
    if let Some(file) = held.files.find(of) {
        return Ok(file);
    }
    let receipt = held.receipt();
    let reading = app.archive.read_undamaged(&receipt, of.camera, of.stream, of.interval).await?;
    let draft = match reading.into_movie() {
        Ok(draft) => draft,
        Err(MovieRefused::Empty) => return Err(crate::absence::nothing(app, of.stream, of.interval).await?),
        Err(refused) => return Err(split(&refused)),
    };
    let story = story(app, &draft, of).await?;
    let movie = Arc::new(draft.finish(story.to_string()).map_err(|refused| split(&refused))?);
    let tag = format!("\"{}\"", hex(&blake3::hash(movie.front()).as_bytes()[..16]));
    let file = File { movie, tag };
    // Durable before the first byte leaves: what leaves as a file is more than what is looked at.
    app.log.append(downloaded(held, of, &file)).await?;
    held.files.keep(of, &file);
    Ok(file)
}

fn split(refused: &MovieRefused) -> Problem {
    let words = match refused {
        MovieRefused::Split { at, why } => {
            tracing::debug!(error = candour_units::chain(why), "an interval does not fit into one file");
            format!("One file cannot hold all of it: {why}. Ask for two files, up to {at} and from then on.")
        }
        MovieRefused::Empty => "There is no footage in this interval.".to_owned(),
    };
    Problem::new(Kind::Conflict, words)
}

/// What the file says of itself, for whoever finds it without us (`docs/design/reading.md`).
async fn story(app: &App, draft: &MovieDraft, of: Of) -> Result<Value, Problem> {
    let disclosed = draft.disclosed();
    let spans = app.archive.timeline(of.stream, disclosed).await?.spans;
    let gaps: Vec<Value> = spans
        .iter()
        .filter_map(|span| match &span.kind {
            SpanKind::Recorded => None,
            SpanKind::Gap { cause } => Some((span.range, cause.word())),
            SpanKind::Deleted { .. } => Some((span.range, "deleted")),
            SpanKind::Unavailable { .. } => Some((span.range, "unavailable")),
            SpanKind::Unknown => Some((span.range, "unknown")),
        })
        .map(|(range, cause)| json!({ "start_90k": range.start.ticks(), "end_90k": range.end.ticks(), "cause": cause }))
        .collect();
    let stretches: Vec<Value> = draft
        .stretches()
        .iter()
        .map(|stretch| {
            json!({
                "at": stretch.at, "end": stretch.end, "start_90k": stretch.wall.start.ticks(),
                "end_90k": stretch.wall.end.ticks(), "segment": stretch.segment.to_string(),
            })
        })
        .collect();
    Ok(json!({
        "version": 1,
        "recorder": app.recorder.to_string(), "camera": of.camera.to_string(), "stream": of.stream.to_string(),
        "asked_90k": [of.interval.start.ticks(), of.interval.end.ticks()],
        "disclosed_90k": [disclosed.start.ticks(), disclosed.end.ticks()],
        "timescale": draft.timescale(), "stretches": stretches, "gaps": gaps,
    }))
}

fn downloaded(held: &Held, of: Of, file: &File) -> Event {
    let receipt = held.receipt();
    let (look, disclosed) = (receipt.look(), file.movie.disclosed());
    let outcome = json!({
        "receipt": receipt.id().to_string(), "entry": receipt.entry(), "format": "mp4",
        "bytes": file.movie.len(), "tag": file.tag.trim_matches('"'),
        "disclosed_from_90k": disclosed.start.ticks(), "disclosed_to_90k": disclosed.end.ticks(),
    });
    let subject = Subject {
        cameras: vec![of.camera],
        interval: Some(of.interval),
        purpose: look.purpose,
        reason: Some(look.reason.clone()),
        ..Subject::default()
    };
    Event { kind: EventKind::FootageDownloaded, actor: held.actor(), subject, outcome: outcome.to_string() }
}

/// Some bytes of a file as a body. What cannot be given any more breaks it off: the length was promised, so the other
/// side sees that it is not whole.
pub(crate) fn body(app: App, held: Arc<Held>, camera: CameraId, file: &File, range: std::ops::Range<u64>) -> Body {
    let bytes = file.movie.bytes(&held.receipt(), range);
    let sending = Sending { app, held, camera, bytes };
    Body::from_stream(stream::unfold(Some(sending), |sending| async move {
        let mut sending = sending?;
        match sending.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(sending))),
            Err(problem) => {
                tracing::warn!(camera = %sending.camera, why = problem.detail(), "a download ended before its end");
                Some((Err(BrokenOff), None))
            }
        }
    }))
}

/// Ends the body without its proper end.
#[derive(Debug, thiserror::Error)]
#[error("the footage ends here before its end")]
pub(crate) struct BrokenOff;

struct Sending {
    app: App,
    held: Arc<Held>,
    camera: CameraId,
    bytes: MovieBytes,
}

impl Sending {
    /// The next bytes; counted before they leave, refused when the look has ended.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        looks::keep(&self.app, &self.held).await?;
        self.bytes.renew(&self.held.receipt())?;
        let Some(MoviePart { bytes, wall, samples }) = self.bytes.next().await? else { return Ok(None) };
        let interval = wall.map(|wall| (wall.start.ticks(), wall.end.ticks()));
        let counted = self.held.count(self.app.clock.mono(), |sent| {
            if let Some(interval) = interval {
                sent.add(self.camera, bytes.len() as u64, samples, interval);
            }
        });
        if counted { Ok(Some(bytes)) } else { Err(candour_audit::NotCovered::Lapsed.into()) }
    }
}

/// An interval as one text: `2026-11-23T19:10:00.000Z/2026-11-23T19:15:00.000Z` (ISO 8601).
pub(crate) fn interval_text(range: WallRange) -> String {
    format!("{}/{}", range.start, range.end)
}

/// A file's name that every system takes: the camera, and when it begins.
pub(crate) fn file_name(camera: &str, start: WallTime) -> String {
    let plain: String = camera
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .take(60)
        .collect();
    let moment: String = start.to_string().chars().take(19).map(|c| if c == ':' { '-' } else { c }).collect();
    format!("{}-{moment}Z.mp4", plain.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let start = WallTime::from_unix_seconds(1_795_461_008);
        assert_eq!(file_name("Gate 4", start), "Gate-4-2026-11-23T19-10-08Z.mp4");
        assert_eq!(file_name("../Tür\"\r\n", start), "T-r-2026-11-23T19-10-08Z.mp4");
    }
}
