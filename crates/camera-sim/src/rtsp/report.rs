//! RTCP sender reports as this camera's clock would make them.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_rtsp_server::RTSPMedia;
use gstreamer_rtsp_server::prelude::*;

/// Type of a sender report (RFC 3550 6.4.1).
const SENDER_REPORT: u8 = 200;

/// Makes the reports of a prepared pipeline pair an RTP timestamp with the moment its picture was taken (GStreamer's
/// default, the moment of sending, is off by the reordering of B-frames), and lets them carry the clock error.
pub fn correct(media: &RTSPMedia, clock_error_s: f64) {
    let pipeline = media.element().parent().and_downcast::<gst::Bin>();
    let children = pipeline.map(|pipeline| pipeline.children()).unwrap_or_default();
    let is_rtpbin = |element: &&gst::Element| element.factory().is_some_and(|factory| factory.name() == "rtpbin");
    let Some(rtpbin) = children.iter().find(is_rtpbin) else {
        eprintln!("camera-sim: this GStreamer hides its rtpbin, sender reports carry no clock error");
        return;
    };
    rtpbin.set_property("rtcp-sync-send-time", false);
    let shift = (clock_error_s * 4_294_967_296.0) as i64;
    if shift == 0 {
        return;
    }
    for pad in rtpbin.src_pads().into_iter().filter(|pad| pad.name().starts_with("send_rtcp_src_")) {
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data {
                move_ntp(buffer.make_mut(), shift);
            }
            gst::PadProbeReturn::Ok
        });
    }
}

/// A compound packet begins with its report; the NTP time of a sender report is bytes 8 to 16, in units of 2^-32 s.
fn move_ntp(buffer: &mut gst::BufferRef, shift: i64) {
    let (mut kind, mut old) = ([0; 1], [0; 8]);
    let read = buffer.copy_to_slice(1, &mut kind).and_then(|()| buffer.copy_to_slice(8, &mut old));
    if read.is_ok() && kind[0] == SENDER_REPORT {
        let new = u64::from_be_bytes(old).wrapping_add_signed(shift);
        // The same eight bytes were just read, so they can be written.
        let _ = buffer.copy_from_slice(8, &new.to_be_bytes());
    }
}
