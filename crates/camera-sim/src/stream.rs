//! One stream of one camera: its place in the footage, and where access units go while somebody watches.

use std::sync::{Arc, Mutex};

use gstreamer_app::AppSrc;

use crate::counters::Counters;
use crate::fault::StreamName;
use crate::footage::Clip;
use crate::journal::{Journal, SentAccessUnit, now_us};
use crate::playhead::{Act, Playhead, Step};
use crate::rtsp::outlet::Outlet;

/// A stream, shared by the pacer (which sends), the RTSP server (which opens and closes the outlet) and faults.
#[derive(Debug)]
pub struct Stream {
    camera: String,
    name: StreamName,
    rtp_start: Option<u32>,
    counters: Arc<Counters>,
    journal: Arc<Journal>,
    // Lock order: playhead before outlet.
    playhead: Mutex<Playhead>,
    outlet: Mutex<Option<Outlet>>,
}

impl Stream {
    /// A stream that nobody watches yet. `rtp_start` fixes the first RTP timestamp; random otherwise.
    #[must_use]
    pub fn new(
        (camera, name): (String, StreamName),
        playhead: Playhead,
        rtp_start: Option<u32>,
        (counters, journal): (Arc<Counters>, Arc<Journal>),
    ) -> Self {
        let (playhead, outlet) = (Mutex::new(playhead), Mutex::new(None));
        Self { camera, name, rtp_start, counters, journal, playhead, outlet }
    }

    /// Which of the two.
    #[must_use]
    pub fn name(&self) -> StreamName {
        self.name
    }

    /// Stream time of the next access unit.
    #[must_use]
    pub fn due(&self) -> i64 {
        self.with_playhead(|playhead| playhead.due())
    }

    /// The clip being played now.
    #[must_use]
    pub fn clip(&self) -> Arc<Clip> {
        self.with_playhead(|playhead| playhead.clip().clone())
    }

    /// Sends the access unit that is due, if anybody watches, and returns when the next one is.
    pub fn tick(&self) -> i64 {
        self.with_playhead(|playhead| {
            let step = playhead.step();
            if step.act != Act::Withhold && !self.send(&step) {
                playhead.wait_for_sync();
            }
            playhead.due()
        })
    }

    /// False when a client watches and did not get the access unit.
    fn send(&self, step: &Step) -> bool {
        let mut outlet = self.outlet.lock().expect("nothing panics while it holds the outlet");
        let Some(outlet) = outlet.as_mut() else { return true };
        let garbage = step.act == Act::SendGarbage;
        let data = match garbage {
            true => step.clip.coding.garbage_like(&step.unit.data, step.unit.sync),
            false => step.unit.data.clone(),
        };
        let bytes = data.len();
        let Some(rtp_timestamp) = outlet.push(step, data) else { return false };
        Counters::count(match self.name {
            StreamName::Main => &self.counters.main_sent,
            StreamName::Sub => &self.counters.sub_sent,
        });
        self.journal.write(|| SentAccessUnit {
            camera: self.camera.clone(),
            stream: self.name,
            sequence: step.sequence,
            sent_us: now_us(),
            pts_90k: step.pts,
            dts_90k: step.dts,
            rtp_timestamp,
            key: step.unit.sync && !garbage,
            bytes,
            sha256: (!garbage).then(|| step.unit.sha256.to_string()),
            garbage,
        });
        true
    }

    /// A client came to a stream that nobody watched: access units go into this pipeline from now on.
    pub fn open(&self, src: AppSrc, pay: &gstreamer::Element) {
        let outlet = Outlet::new(src, pay, self.rtp_start, &self.clip());
        *self.outlet.lock().expect("nothing panics while it holds the outlet") = Some(outlet);
    }

    /// The last client left the pipeline of `src`. A newer pipeline stays open.
    pub fn close(&self, src: &AppSrc) {
        let mut outlet = self.outlet.lock().expect("nothing panics while it holds the outlet");
        outlet.take_if(|outlet| outlet.feeds(src));
    }

    /// Makes the RTP timestamps jump by so many ticks from the next packet on.
    pub fn jump(&self, ticks: u32) {
        let outlet = self.outlet.lock().expect("nothing panics while it holds the outlet");
        if let Some(outlet) = outlet.as_ref() {
            outlet.jump(ticks);
        }
    }

    /// Reads or changes the place in the footage, for faults.
    pub fn with_playhead<T>(&self, act: impl FnOnce(&mut Playhead) -> T) -> T {
        act(&mut self.playhead.lock().expect("nothing panics while it holds the playhead"))
    }
}
