//! Encoder configurations of both media services: what can be set, and setting it.
//!
//! What can be set are the sizes and rates of the pair's clips; what is played then is the largest clip that is neither
//! wider nor faster than asked.

use std::sync::Arc;

use super::Serving;
use super::answer::{Fault, tag};
use super::soap::Element;
use crate::fault::StreamName;
use crate::footage::Clip;
use crate::lens::Habit;
use crate::stream::Stream;

/// The token of a stream's encoder configuration.
#[must_use]
pub fn token(stream: StreamName) -> String {
    format!("encoder_{}", stream.as_str())
}

impl Serving {
    /// Answers an operation on encoder configurations, `prefix` being that of the service; `None` for any other.
    pub(super) fn answer_about_encoders(&self, operation: &Element, prefix: &str) -> Option<Result<String, Fault>> {
        let content = match operation.name.as_str() {
            "GetVideoEncoderConfigurationOptions" => self.options(operation, prefix),
            "SetVideoEncoderConfiguration" => self.set(operation).map(|()| String::new()),
            _ => return None,
        };
        Some(content.map(|content| format!("<{prefix}:{0}Response>{content}</{prefix}:{0}Response>", operation.name)))
    }

    fn stream_of(&self, configuration: &str) -> Result<&Arc<Stream>, Fault> {
        let mut both = [&self.main, &self.sub].into_iter();
        both.find(|stream| token(stream.name()) == configuration).ok_or(Fault::NO_CONFIG)
    }

    /// Clips that this stream could play within its session.
    fn playable(&self, stream: &Stream) -> Vec<Arc<Clip>> {
        let coding = stream.clip().coding.clone();
        self.pair().into_iter().filter(|clip| clip.coding.is_like(&coding)).collect()
    }

    fn options(&self, operation: &Element, prefix: &str) -> Result<String, Fault> {
        let asked = operation.text_of("ConfigurationToken");
        let stream = self.stream_of(if asked.is_empty() { "encoder_main" } else { asked })?;
        let clips = self.playable(stream);
        let sizes: String = clips
            .iter()
            .map(|clip| {
                let size = tag("tt:Width", clip.size.0) + &tag("tt:Height", clip.size.1);
                format!("<tt:ResolutionsAvailable>{size}</tt:ResolutionsAvailable>")
            })
            .collect();
        let mut rates: Vec<i64> = clips.iter().map(|clip| clip.frame_rate()).collect();
        rates.sort_unstable_by(|a, b| b.cmp(a));
        let coding = stream.clip().coding.onvif_name();
        let range = |name: &str, low: i64, high: i64| {
            format!("<tt:{name}>{}{}</tt:{name}>", tag("tt:Min", low), tag("tt:Max", high))
        };
        if prefix == "tr2" {
            let listed: Vec<_> = rates.iter().map(ToString::to_string).collect();
            return Ok(format!(
                "<tr2:Options GovLengthRange=\"1 250\" FrameRatesSupported=\"{}\" ConstantBitRateSupported=\"false\">{}{}{sizes}{}\
                 </tr2:Options>",
                listed.join(" "),
                tag("tt:Encoding", coding),
                range("QualityRange", 1, 10),
                range("BitrateRange", 64, 8192),
            ));
        }
        let (slowest, fastest) = (rates.last().copied().unwrap_or(1), rates.first().copied().unwrap_or(1));
        let common = range("FrameRateRange", slowest, fastest) + &range("EncodingIntervalRange", 1, 1);
        let codec = match coding {
            "H264" => format!(
                "<tt:H264>{sizes}{}{common}{}</tt:H264>",
                range("GovLengthRange", 1, 250),
                tag("tt:H264ProfilesSupported", "Main")
            ),
            "JPEG" => format!("<tt:JPEG>{sizes}{common}</tt:JPEG>"),
            // The service is older than H.265.
            _ => String::new(),
        };
        Ok(format!("<trt:Options>{}{codec}</trt:Options>", range("QualityRange", 1, 10)))
    }

    fn set(&self, operation: &Element) -> Result<(), Fault> {
        let configuration = operation.any("Configuration").ok_or(Fault::NO_CONFIG)?;
        let stream = self.stream_of(configuration.attribute("token"))?;
        match self.device.camera.lens.encoder {
            Habit::Obeys => {}
            Habit::Ignores => return Ok(()),
            _ => return Err(Fault::CONFIG_MODIFY),
        }
        let number = |parent: &str, name: &str| {
            let text = configuration.any(parent).map_or("", |parent| parent.text_of(name));
            text.split('.').next().and_then(|whole| whole.parse::<i64>().ok()).ok_or(Fault::CONFIG_MODIFY)
        };
        let (width, rate) = (number("Resolution", "Width")?, number("RateControl", "FrameRateLimit")?);
        let fits = |clip: &Arc<Clip>| i64::from(clip.size.0) <= width && clip.frame_rate() <= rate;
        let largest = self.playable(stream).into_iter().filter(fits).max_by_key(|clip| clip.size);
        let clip = largest.ok_or(Fault::CONFIG_MODIFY)?;
        if !Arc::ptr_eq(&clip, &stream.clip()) {
            stream.with_playhead(|playhead| playhead.switch(clip));
        }
        Ok(())
    }
}
