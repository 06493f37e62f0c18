//! How each camera stands, in a word and a sentence.

use std::collections::HashMap;

use candour_http::port::{CameraNow, StreamNow, StreamState};
use candour_ingest::{StreamState as Reception, StreamStatus};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamKind, WallTime};
use candour_wire::cameras::{CameraState, MeasuredStream};

use super::{Body, Estate, Standing, Streaming};
use crate::policy::Ruled;
use crate::words;

impl Estate {
    /// How every camera stands now.
    #[must_use]
    pub fn now(&self) -> HashMap<CameraId, CameraNow> {
        self.standing().iter().map(|(id, standing)| (*id, now(standing))).collect()
    }
}

impl Estate {
    /// Cameras whose own claims are to be heard: they are received, so they were recognised, and the policy asks for motion to be marked.
    /// Nobody listens to one of which it is not known which password it takes.
    #[must_use]
    pub fn to_be_heard(&self) -> Vec<CameraId> {
        let wanted =
            |standing: &Standing| match (&standing.body, standing.ruling.as_ref().map(|(ruling, _)| &ruling.ruled)) {
                (Body::Streams(streams), Some(Ruled::Records(terms))) => {
                    let received = |one: &Streaming| one.handle.status().state == Reception::Receiving;
                    terms.looks.is_some() && streams.iter().any(received)
                }
                _ => false,
            };
        let standing = self.standing();
        let heard = standing.iter().filter(|(id, standing)| wanted(standing) && !self.turns.is_in_doubt(**id));
        heard.map(|(id, _)| *id).collect()
    }
}

fn now(standing: &Standing) -> CameraNow {
    let name = &standing.name;
    let still = |state, words| CameraNow { state, words, since: standing.since, streams: Vec::new() };
    match &standing.body {
        Body::NotAccepted(outcome) => still(CameraState::NotAccepted, words::not_accepted(name, outcome)),
        Body::Silent => {
            let (state, words) = silent(standing);
            still(state, words)
        }
        Body::SetUp(streams) => {
            let (state, words) = silent(standing);
            let words = format!("{words} Somebody sees it to set it up; nothing of that is recorded.");
            let streams = streams.iter().map(|stream| stream_now(stream.kind, &stream.handle.status())).collect();
            CameraNow { streams, ..still(state, words) }
        }
        Body::Broken(why) => still(CameraState::Lost, why.clone()),
        Body::Streams(streams) => streaming(name, streams),
    }
}

/// Why an accepted camera does not record.
fn silent(standing: &Standing) -> (CameraState, String) {
    match standing.ruling.as_ref().map(|(ruling, _)| &ruling.ruled) {
        Some(Ruled::Not { cause: GapCause::OutsideHours, words }) => (CameraState::OutsideHours, words.clone()),
        Some(Ruled::Not { cause: GapCause::NoPurpose, words }) => (CameraState::NoPurpose, words.clone()),
        Some(Ruled::Not { words, .. }) => (CameraState::StoppedByPolicy, words.clone()),
        Some(Ruled::Records(_)) | None => (CameraState::Connecting, format!("{} is being connected.", standing.name)),
    }
}

fn streaming(name: &str, streams: &[Streaming]) -> CameraNow {
    let statuses: Vec<(StreamKind, StreamStatus)> = streams.iter().map(|s| (s.kind, s.handle.status())).collect();
    let worst = statuses.iter().map(|(_, status)| status).max_by_key(|status| severity(status));
    let (state, words, since) = match worst {
        Some(status) => told(name, status),
        None => (CameraState::Lost, format!("{name} has no stream."), WallTime::EPOCH),
    };
    CameraNow {
        state,
        words,
        since,
        streams: statuses.iter().map(|(kind, status)| stream_now(*kind, status)).collect(),
    }
}

/// The camera is as well as its worst stream.
fn severity(status: &StreamStatus) -> u8 {
    match (status.outage, status.state) {
        (Some(_), _) => 2,
        (None, Reception::Receiving) => 0,
        (None, _) => 1,
    }
}

fn told(name: &str, status: &StreamStatus) -> (CameraState, String, WallTime) {
    // A camera that is being tried again is still lost, since its last picture.
    match (status.outage, status.state) {
        (Some((since, cause)), _) => {
            let state = match cause {
                GapCause::AboveCap | GapCause::MaskNotKept => CameraState::StoppedByPolicy,
                _ => CameraState::Lost,
            };
            let words = words::lost(name, cause, since);
            // Which area, or which numbers: what somebody needs who goes to the camera.
            let detail = status.last_error.as_ref().filter(|_| state == CameraState::StoppedByPolicy);
            (state, detail.map_or(words.clone(), |detail| format!("{words} {detail}")), since)
        }
        (None, Reception::Receiving) => (CameraState::Recording, format!("{name} is being recorded."), status.since),
        (None, _) => (CameraState::Connecting, format!("{name} is being connected."), status.since),
    }
}

fn stream_now(kind: StreamKind, status: &StreamStatus) -> StreamNow {
    let state = match status.state {
        Reception::Receiving => StreamState::Receiving,
        Reception::Connecting => StreamState::Connecting,
        Reception::Waiting { .. } => StreamState::Waiting,
        Reception::Stopped { .. } => StreamState::Off,
    };
    // What was measured before says nothing of a stream that does not come.
    let cadence = status.cadence.filter(|_| state == StreamState::Receiving);
    let measured = cadence.map(|cadence| MeasuredStream {
        key_frame_ms: cadence.key_frame_ms,
        bit_rate_kbit: cadence.bit_rate_kbit,
        rate_milli: cadence.rate_milli,
    });
    StreamNow { kind, state, trouble: status.last_error.clone(), measured }
}
