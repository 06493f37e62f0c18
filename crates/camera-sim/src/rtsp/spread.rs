//! Packets that come singly: a camera that sends each packet when its encoder has it, instead of a whole access unit at
//! once. That is the harder case for whoever reads the socket.

use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;

/// How much of the time between two access units the packets of one are spread over. The rest is left, so that a thread
/// that is woken late does not fall behind for good.
const SPREAD_PER_MILLE: u64 = 800;

/// From now on the packets of an access unit leave the payloader one by one.
pub fn over_frames(pad: &gst::Pad, frame_rate: i64) {
    let frame = Duration::from_secs(1) / u32::try_from(frame_rate.max(1)).unwrap_or(1);
    let spread_ns = u64::try_from(frame.as_nanos()).unwrap_or(0) * SPREAD_PER_MILLE / 1000;
    pad.add_probe(gst::PadProbeType::BUFFER_LIST, move |pad, info| {
        let (Some(gst::PadProbeData::BufferList(list)), Some(peer)) = (&info.data, pad.peer()) else {
            return gst::PadProbeReturn::Ok;
        };
        let between = Duration::from_nanos(spread_ns / list.len().max(1) as u64);
        for (at, packet) in list.iter_owned().enumerate() {
            if at > 0 {
                std::thread::sleep(between);
            }
            // This is the pipeline's own streaming thread. Who receives is gone when this fails, and is told by the
            // next push of the payloader.
            if peer.chain(packet).is_err() {
                break;
            }
        }
        gst::PadProbeReturn::Drop
    });
}
