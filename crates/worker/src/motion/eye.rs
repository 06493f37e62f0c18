//! Who looks at which stream: eyes for the lanes, threads for small groups of streams.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_decode::Program;
use candour_media::{Sample, SampleEntry};
use candour_motion::{Settings, Zones};
use candour_units::{CameraId, Clock, Hash, StreamId};

use super::group::{Group, Tell, Told};
use super::line::{Line, Message, Way};
use super::seen::How;

/// Streams in one decoder: eight sub-streams stay below 60 MiB.
const GROUP: u16 = 8;

/// What a lookout is made of.
pub struct LookoutConfig {
    /// The decoder program.
    pub program: Program,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Parameters of the method.
    pub settings: Settings,
    /// How many decoders each stream's bytes have ended before this process.
    pub kills: HashMap<StreamId, u32>,
    /// Hears what is found. It may block; then streams fall behind, which is said of them, and nothing else waits.
    pub told: Arc<dyn Fn(Told) + Send + Sync>,
}

/// Everything that looks at pictures. Clones share it. No thread and no decoder runs before somebody wants to know something.
#[derive(Clone)]
pub struct Lookout {
    inner: Arc<Inner>,
}

struct Inner {
    program: Program,
    clock: Arc<dyn Clock>,
    settings: Settings,
    told: Tell,
    desk: Mutex<Desk>,
}

/// How somebody wants a stream to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// At least five pictures of every second, so that a life may be shortened by it, and not as little as can be.
    pub throughout: bool,
    /// The version of the policy that asks for it. Another one begins anew.
    pub under: Option<Hash>,
    /// Where in the picture motion counts.
    pub zones: Zones,
}

/// Which stream is where. A stream keeps its place for the life of the program, so that what it did to decoders stays known.
#[derive(Default)]
struct Desk {
    groups: Vec<(Sender<Message>, u16)>,
    places: HashMap<StreamId, (usize, u16)>,
    /// What streams did to decoders before this process.
    kills: HashMap<StreamId, u32>,
}

impl Lookout {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new(LookoutConfig { program, clock, settings, kills, told }: LookoutConfig) -> Self {
        let desk = Mutex::new(Desk { kills, ..Desk::default() });
        Self { inner: Arc::new(Inner { program, clock, settings, told, desk }) }
    }

    /// The program it decodes with.
    #[must_use]
    pub fn program(&self) -> Program {
        self.inner.program.clone()
    }

    /// A person looked into a stream that ended decoders: its bytes are decoded again.
    pub fn pardon(&self, stream: StreamId) {
        let mut desk = self.desk();
        desk.kills.remove(&stream);
        let place = desk.places.get(&stream).copied();
        if let Some((group, stream)) = place
            && let Some((sender, _)) = desk.groups.get(group)
        {
            // A thread that is gone decodes nothing.
            let _ = sender.send(Message::Pardon { stream });
        }
    }

    /// An eye for that stream, closed until [`Eye::look`].
    #[must_use]
    pub fn eye(&self, camera: CameraId, stream: StreamId) -> Eye {
        Eye { line: Line::new(camera, stream), lookout: self.clone(), stream }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Each change is whole before anything that could panic.
        self.inner.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn way(&self, stream: StreamId, wish: Wish) -> io::Result<Way> {
        let mut desk = self.desk();
        let (sender, number) = self.place(&mut desk, stream)?;
        let how = How { throughout: wish.throughout, settings: self.inner.settings, zones: wish.zones };
        let kills = desk.kills.get(&stream).copied().unwrap_or(0);
        Ok(Way { sender, stream: number, how, under: wish.under, kills })
    }

    fn place(&self, desk: &mut Desk, stream: StreamId) -> io::Result<(Sender<Message>, u16)> {
        if let Some(place) = desk.places.get(&stream)
            && let Some((sender, _)) = desk.groups.get(place.0)
        {
            return Ok((sender.clone(), place.1));
        }
        if desk.groups.last().is_none_or(|(_, taken)| *taken >= GROUP) {
            let sender = self.new_group(desk.groups.len())?;
            desk.groups.push((sender, 0));
        }
        let group = desk.groups.len() - 1;
        let (sender, taken) = &mut desk.groups[group];
        let way = (sender.clone(), *taken);
        *taken += 1;
        desk.places.insert(stream, (group, way.1));
        Ok(way)
    }

    fn new_group(&self, number: usize) -> io::Result<Sender<Message>> {
        let (sender, messages) = channel();
        let Inner { program, clock, told, .. } = &*self.inner;
        let group = Group::new(program.clone(), Arc::clone(clock), Arc::clone(told));
        let thread = std::thread::Builder::new().name(format!("motion-{number}"));
        thread.spawn(move || group.run(&messages))?;
        Ok(sender)
    }
}

/// Takes a stream's samples where they are received. No call blocks or waits.
pub struct Eye {
    line: Line,
    lookout: Lookout,
    stream: StreamId,
}

impl Eye {
    /// Opens or closes it, or has it look in another way; what it took so far is looked at to its end.
    ///
    /// # Errors
    /// No thread can be had; it stays closed then.
    pub fn look(&self, wish: Option<Wish>) -> io::Result<()> {
        let way = wish.map(|wish| self.lookout.way(self.stream, wish)).transpose()?;
        self.line.lead_to(way);
        Ok(())
    }

    /// Samples of this entry follow, after a connection was made or in the middle of one.
    pub fn begins(&self, entry: SampleEntry) {
        self.line.entry(Some(entry));
    }

    /// The next sample.
    pub fn sample(&self, sample: &Arc<Sample>) {
        self.line.sample(sample);
    }

    /// Nothing more comes over this connection.
    pub fn ends(&self) {
        self.line.entry(None);
    }
}
