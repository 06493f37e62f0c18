//! The way of one stream's samples to the thread that looks: bounded, and whoever puts something in never waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_media::{Sample, SampleEntry};
use candour_units::{CameraId, Hash, StreamId, WallTime};

use super::seen::How;

/// Samples that may wait: four seconds of a fast stream.
const MOST_SAMPLES: usize = 240;
/// Bytes that may wait.
const MOST_BYTES: usize = 8 << 20;

/// What a group's thread is told, in this order for each stream: `Begin` (`Sample`)* `End`, over and over.
pub(super) enum Message {
    /// Samples of an entry follow; the first can be decoded by itself.
    Begin(Box<Begin>),
    /// The next sample.
    Sample { stream: u16, sample: Arc<Sample>, waiting: Arc<Waiting> },
    /// Nothing more comes for now.
    End { stream: u16 },
    /// What it did to decoders is forgotten.
    Pardon { stream: u16 },
}

/// A stream begins.
pub(super) struct Begin {
    /// Its number.
    pub(super) stream: u16,
    pub(super) camera: CameraId,
    pub(super) id: StreamId,
    pub(super) entry: Arc<SampleEntry>,
    pub(super) how: How,
    /// How many decoders it has ended before.
    pub(super) kills: u32,
    /// What came from then on was not taken.
    pub(super) unseen_since: Option<WallTime>,
    pub(super) at: WallTime,
}

/// What of a stream waits for its thread.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    samples: AtomicUsize,
    bytes: AtomicUsize,
}

impl Waiting {
    fn has_room(&self, bytes: usize) -> bool {
        // Only the lane that asks adds anything, so what is read here can only have become less.
        self.samples.load(Ordering::Relaxed) < MOST_SAMPLES
            && self.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= MOST_BYTES
    }

    fn add(&self, bytes: usize) {
        self.samples.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The thread has looked at a sample of that many bytes.
    pub(super) fn done(&self, bytes: usize) {
        self.samples.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The thread that looks, the stream's number in its decoder, and how it looks.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) sender: Sender<Message>,
    pub(super) stream: u16,
    pub(super) how: How,
    /// Under which version of the policy: another one begins anew, so that no finding is about two.
    pub(super) under: Option<Hash>,
    /// How many decoders the stream has ended before.
    pub(super) kills: u32,
}

/// Where samples go, and how the stream stands with its thread.
pub(super) struct Line {
    camera: CameraId,
    id: StreamId,
    waiting: Arc<Waiting>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// While somebody wants to know.
    way: Option<Way>,
    entry: Option<Arc<SampleEntry>>,
    /// Whether the thread was told that samples come.
    begun: bool,
    unseen_since: Option<WallTime>,
}

impl Line {
    pub(super) fn new(camera: CameraId, id: StreamId) -> Self {
        Self { camera, id, waiting: Arc::default(), state: Mutex::default() }
    }

    /// From now on samples go there, or nowhere.
    pub(super) fn lead_to(&self, way: Option<Way>) {
        let mut state = self.state();
        let terms = |way: &Option<Way>| way.as_ref().map(|way| (way.stream, way.how.clone(), way.under));
        if terms(&state.way) != terms(&way) {
            state.end();
            (state.way, state.unseen_since) = (way, None);
        }
    }

    pub(super) fn entry(&self, entry: Option<SampleEntry>) {
        let mut state = self.state();
        state.end();
        state.entry = entry.map(Arc::new);
        if state.entry.is_none() {
            // Nothing is received: nothing is unseen.
            state.unseen_since = None;
        }
    }

    pub(super) fn sample(&self, sample: &Arc<Sample>) {
        let mut state = self.state();
        let (Some(Way { sender, stream, how, kills, .. }), Some(entry)) = (state.way.clone(), state.entry.clone())
        else {
            return;
        };
        let bytes = sample.data.len();
        if !self.waiting.has_room(bytes) {
            state.end();
            state.unseen_since.get_or_insert(sample.arrival);
            return;
        }
        if !state.begun {
            if !sample.sync {
                return;
            }
            let (camera, id, unseen_since, at) = (self.camera, self.id, state.unseen_since.take(), sample.arrival);
            let begin = Begin { stream, camera, id, entry, how, kills, unseen_since, at };
            state.begun = sender.send(Message::Begin(Box::new(begin))).is_ok();
        }
        self.waiting.add(bytes);
        let sample = Arc::clone(sample);
        // A thread that is gone looks at nothing more; there is nobody to tell.
        if sender.send(Message::Sample { stream, sample, waiting: Arc::clone(&self.waiting) }).is_err() {
            self.waiting.done(bytes);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever a panic left behind, the next sync sample begins anew.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&mut self) {
        if let Some(way) = self.way.as_ref().filter(|_| self.begun) {
            // As in `Line::sample`: nobody is there to be told.
            let _ = way.sender.send(Message::End { stream: way.stream });
        }
        self.begun = false;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use bytes::Bytes;
    use candour_media::Codec;
    use candour_units::MediaTime;

    use super::*;

    fn entry() -> SampleEntry {
        SampleEntry {
            codec: Codec::Mjpeg,
            codec_string: "mp4v.6C".into(),
            width: 16,
            height: 16,
            timescale: 90_000,
            entry: Bytes::new(),
            decoder_config: Bytes::new(),
            reorder_depth: None,
        }
    }

    fn sample(second: i64, sync: bool) -> Arc<Sample> {
        let time = MediaTime::from_ticks(second * 90_000);
        let arrival = WallTime::from_unix_seconds(second);
        let data = Bytes::from_static(&[0; 1000]);
        Arc::new(Sample { pts: time, dts: time, duration: 0, sync, arrival, loss_before: 0, data })
    }

    fn line() -> Line {
        Line::new(CameraId::from_bytes([1; 16]), StreamId::from_bytes([2; 16]))
    }

    fn way(sender: &Sender<Message>, version: u8) -> Way {
        let how = How {
            throughout: true,
            settings: candour_motion::Settings::default(),
            zones: candour_motion::Zones::default(),
        };
        Way { sender: sender.clone(), stream: 3, how, under: Some(Hash([version; 32])), kills: 0 }
    }

    /// What waits, as letters; the samples are taken as looked at.
    fn told(messages: &Receiver<Message>) -> String {
        let letter = |message| match message {
            Message::Begin(begin) if begin.unseen_since.is_none() => 'b',
            Message::Begin(_) => 'u',
            Message::Sample { sample, waiting, .. } => {
                waiting.done(sample.data.len());
                's'
            }
            Message::End { .. } => 'e',
            Message::Pardon { .. } => 'p',
        };
        messages.try_iter().map(letter).collect()
    }

    #[test]
    fn it_begins_at_a_sync_sample_and_ends_once() {
        let (sender, messages) = channel();
        let line = line();
        line.entry(Some(entry()));
        line.sample(&sample(0, true));
        assert_eq!(told(&messages), "", "nobody wants to know");
        line.lead_to(Some(way(&sender, 1)));
        line.sample(&sample(1, false));
        line.sample(&sample(2, true));
        line.sample(&sample(3, false));
        assert_eq!(told(&messages), "bss");
        line.entry(Some(entry()));
        line.sample(&sample(4, true));
        line.entry(None);
        line.entry(None);
        line.sample(&sample(5, true));
        assert_eq!(told(&messages), "ebse");
        line.lead_to(None);
        line.entry(Some(entry()));
        line.sample(&sample(6, true));
        assert_eq!(told(&messages), "");
    }

    /// Another version of the policy begins anew, at the next sync sample; the same one changes nothing.
    #[test]
    fn another_version_of_the_policy_begins_anew() {
        let (sender, messages) = channel();
        let line = line();
        line.entry(Some(entry()));
        line.lead_to(Some(way(&sender, 1)));
        line.sample(&sample(1, true));
        line.lead_to(Some(way(&sender, 1)));
        line.sample(&sample(2, false));
        assert_eq!(told(&messages), "bss");
        line.lead_to(Some(way(&sender, 2)));
        line.sample(&sample(3, false));
        line.sample(&sample(4, true));
        assert_eq!(told(&messages), "ebs");
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_unseen_and_nothing_waits() {
        let (sender, messages) = channel();
        let line = line();
        line.lead_to(Some(way(&sender, 1)));
        line.entry(Some(entry()));
        for second in 0..2 * MOST_SAMPLES as i64 {
            line.sample(&sample(second, second % 10 == 0));
        }
        let first = told(&messages);
        assert_eq!(first, format!("b{}e", "s".repeat(MOST_SAMPLES)), "the rest is left out");
        line.sample(&sample(1001, false));
        line.sample(&sample(1002, true));
        assert_eq!(told(&messages), "us");
    }
}
