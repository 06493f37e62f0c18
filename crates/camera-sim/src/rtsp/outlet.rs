//! Where a stream's access units enter GStreamer: an `appsrc` in the pipeline that all clients of the stream share.
//!
//! The times are ours to set. With frozen or arrival-made timestamps a recorder seems to work and is wrong, so each buffer
//! carries the presentation and the decode time of its access unit, moved onto the pipeline's running time by one offset
//! that stays for the life of the pipeline. It is a whole number of milliseconds, which makes every step from 90 kHz to
//! nanoseconds and back exact, and the RTP timestamp predictable to the tick.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;

use crate::footage::Clip;
use crate::playhead::Step;

/// Bytes that may wait in the pipeline before access units are dropped: two seconds of a generous main stream. Only a
/// client that stops reading makes so many wait.
const MOST_WAITING: u64 = 4_000_000;

/// The open end of a pipeline.
#[derive(Debug)]
pub struct Outlet {
    src: AppSrc,
    pay: gst::Element,
    /// The parameter sets that the pipeline has been told.
    clip: Arc<Clip>,
    /// Stream time that is running time zero; known when the pipeline runs.
    origin: Option<i64>,
    rtp_start: u32,
    jump: Arc<AtomicU32>,
}

impl Outlet {
    /// Takes charge of the `appsrc` and the payloader of a new pipeline.
    pub fn new(src: AppSrc, pay: &gst::Element, rtp_start: Option<u32>, clip: &Arc<Clip>) -> Self {
        let rtp_start = rtp_start.unwrap_or_else(|| getrandom::u32().unwrap_or_default());
        pay.set_property("timestamp-offset", rtp_start);
        src.set_caps(Some(&caps(clip)));
        Self { src, pay: pay.clone(), clip: clip.clone(), origin: None, rtp_start, jump: Arc::default() }
    }

    /// Sends one access unit; returns the RTP timestamp of its packets, or nothing when the pipeline does not run yet,
    /// is being taken down, or holds too much already.
    pub fn push(&mut self, step: &Step, data: Bytes) -> Option<u32> {
        let origin = match self.origin {
            Some(origin) => origin,
            None => {
                // A pipeline hands out its clock before its base time. In between running time would count from when the
                // machine started, and the sink would wait that long for the first buffer.
                self.src.base_time().filter(|base| !base.is_zero())?;
                let running = self.src.current_running_time()?;
                *self.origin.insert(step.dts - i64::try_from(running.mseconds()).ok()? * 90)
            }
        };
        if self.src.current_level_bytes() > MOST_WAITING {
            return None;
        }
        if !Arc::ptr_eq(&self.clip, &step.clip) {
            self.src.set_caps(Some(&caps(&step.clip)));
            self.clip = step.clip.clone();
        }
        let (pts, dts) = (step.pts - origin, step.dts - origin);
        let mut buffer = gst::Buffer::from_slice(data);
        let fields = buffer.get_mut().expect("the buffer was made here and nobody else has it");
        fields.set_pts(clock_time(pts));
        fields.set_dts(clock_time(dts));
        if !step.unit.sync {
            fields.set_flags(gst::BufferFlags::DELTA_UNIT);
        }
        self.src.push_buffer(buffer).ok()?;
        // Truncation is the definition of an RTP timestamp (RFC 3550 5.1).
        let ticks = pts as u32;
        Some(self.rtp_start.wrapping_add(ticks).wrapping_add(self.jump.load(Ordering::Relaxed)))
    }

    /// Whether this is the outlet into the pipeline of `src`.
    #[must_use]
    pub fn feeds(&self, src: &AppSrc) -> bool {
        self.src == *src
    }

    /// Adds so many ticks, modulo 2^32, to every RTP timestamp from the next packet on.
    pub fn jump(&self, ticks: u32) {
        let old = self.jump.fetch_add(ticks, Ordering::Relaxed);
        // Looking at every packet costs, so it begins with the first jump.
        if let Some(pad) = self.pay.static_pad("src").filter(|_| old == 0) {
            add_jump_probe(&pad, self.jump.clone());
        }
    }
}

fn clock_time(ticks: i64) -> Option<gst::ClockTime> {
    u64::try_from(ticks).ok().map(|ticks| gst::ClockTime::from_nseconds(ticks * 100_000 / 9))
}

fn caps(clip: &Clip) -> gst::Caps {
    clip.coding.caps(clip.size, clip.frame_rate())
}

/// Rewrites the timestamp of every RTP packet that leaves the payloader while a jump is set. Moving the buffers' own
/// times instead would also move the wall-clock that RTCP claims for them.
fn add_jump_probe(pad: &gst::Pad, jump: Arc<AtomicU32>) {
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
    pad.add_probe(mask, move |_, info| {
        let ticks = jump.load(Ordering::Relaxed);
        if ticks != 0 {
            match &mut info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => move_timestamp(buffer.make_mut(), ticks),
                Some(gst::PadProbeData::BufferList(list)) => {
                    let list = list.make_mut();
                    for index in 0..list.len() {
                        if let Some(buffer) = list.get_mut(index) {
                            move_timestamp(buffer, ticks);
                        }
                    }
                }
                _ => {}
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// The timestamp is bytes 4 to 8 of the RTP header (RFC 3550 5.1).
fn move_timestamp(buffer: &mut gst::BufferRef, ticks: u32) {
    let mut old = [0; 4];
    if buffer.copy_to_slice(4, &mut old).is_ok() {
        let new = u32::from_be_bytes(old).wrapping_add(ticks);
        // The same four bytes were just read, so they can be written.
        let _ = buffer.copy_from_slice(4, &new.to_be_bytes());
    }
}
