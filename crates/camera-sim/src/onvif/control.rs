//! `/sim/state` and `/sim/fault`: how a test looks behind the camera and makes it misbehave.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::Serving;
use crate::counters;
use crate::fault::{self, Fault, FaultError, StreamName};
use crate::footage::Clip;
use crate::stream::Stream;

/// `GET /sim/state`: the camera's counts.
pub async fn state(State(serving): State<Arc<Serving>>) -> Json<counters::State> {
    Json(serving.parts.counters.read(serving.masks.all().len(), serving.events.subscriptions()))
}

/// `POST /sim/fault` with a [`Fault`]: 204 when it has begun, 400 with a sentence when it cannot.
pub async fn fault(State(serving): State<Arc<Serving>>, body: String) -> Result<StatusCode, (StatusCode, String)> {
    let refuse = |reason: String| (StatusCode::BAD_REQUEST, reason + "\n");
    let fault: Fault = serde_json::from_str(&body).map_err(|error| refuse(error.to_string()))?;
    serving.strike(&fault).map_err(|error| refuse(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

impl Serving {
    fn strike(&self, fault: &Fault) -> Result<(), FaultError> {
        let now = self.parts.clock.now();
        match fault {
            Fault::Stall { seconds, stream } => {
                let until = now + fault::ticks(*seconds)?;
                self.each(*stream, |stream| stream.with_playhead(|playhead| playhead.stall(until)));
            }
            Fault::Garbage { seconds, stream } => {
                let until = now + fault::ticks(*seconds)?;
                self.each(*stream, |stream| stream.with_playhead(|playhead| playhead.garble(until)));
            }
            Fault::Drop { seconds } => {
                fault::ticks(*seconds)?;
                self.parts.rtsp.interrupt(Duration::from_secs_f64(*seconds));
            }
            Fault::Reboot { seconds } => {
                fault::ticks(*seconds)?;
                let lens = &self.device.camera.lens;
                if lens.forgets_at_reboot {
                    self.masks.forget();
                    for (stream, name) in [&self.main, &self.sub].into_iter().zip(lens.plays) {
                        stream.with_playhead(|playhead| playhead.switch(self.clip(name)));
                    }
                }
                self.events.forget();
                self.parts.rtsp.interrupt(Duration::from_secs_f64(*seconds));
            }
            Fault::Switch { footage, clip, stream } => {
                let [main, sub] = self.clips(footage.as_deref())?;
                let next = |stream: &Stream| match clip.unwrap_or(stream.name()) {
                    StreamName::Main => main.clone(),
                    StreamName::Sub => sub.clone(),
                };
                let mut other = None;
                self.each(*stream, |stream| {
                    let (asked, playing) = (next(stream), stream.clip());
                    if !asked.coding.is_like(&playing.coding) {
                        other = Some((asked.coding.onvif_name(), playing.coding.onvif_name()));
                    }
                });
                if let Some((asked, playing)) = other {
                    return Err(FaultError::Coding { asked, playing });
                }
                self.each(*stream, |stream| stream.with_playhead(|playhead| playhead.switch(next(stream))));
            }
            Fault::Disguise { guise } => {
                self.device.disguise((**guise).clone());
                let realm = guise.rtsp_realm.clone().unwrap_or_else(|| self.device.realm());
                self.parts.rtsp.disguise(&realm, guise.basic_only);
            }
            Fault::Claim { topic, stands, times } => self.events.claim(topic, *stands, *times),
            Fault::Hold { on } => self.keep_back(Some(on.clone())),
            Fault::Release => self.keep_back(None),
            Fault::RestartClock { jump_s, stream } => {
                let ticks = fault::jump_ticks(*jump_s)?;
                self.each(*stream, |stream| stream.jump(ticks));
            }
        }
        Ok(())
    }

    fn each(&self, asked: Option<StreamName>, mut act: impl FnMut(&Stream)) {
        for stream in [&self.main, &self.sub] {
            if stream.name().struck_by(asked) {
                act(stream);
            }
        }
    }

    /// The named pair, or the one after the camera's own.
    fn clips(&self, name: Option<&str>) -> Result<[Arc<Clip>; 2], FaultError> {
        let all = &self.parts.footage;
        let own = all.iter().position(|footage| footage.name == self.device.camera.footage).unwrap_or(0);
        let index = match name {
            None => (own + 1) % all.len(),
            Some(name) => all
                .iter()
                .position(|footage| footage.name == name)
                .ok_or_else(|| FaultError::Footage { footage: name.to_owned() })?,
        };
        Ok([all[index].main.clone(), all[index].sub.clone()])
    }
}
