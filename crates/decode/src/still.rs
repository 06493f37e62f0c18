//! Stills: one key frame becomes one JPEG, in decoder programs that do nothing else. Whoever watches for motion has others, so neither
//! waits for the other.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use candour_media::{Codec, SampleEntry};
use candour_units::{CameraId, Clock, MonoTime, StreamId};

use crate::annexb::{AnnexBError, annex_b, parameter_sets};
use crate::blame::{Blame, Standing};
use crate::child::{Child, Program, StartError};
use crate::client::wait_ms;
use crate::death::{Death, Loss};
use crate::message::{Answer, Coding, LEAST_STILL_WIDTH, MOST_STILL_WIDTH, MOST_UNIT, Request, StillOf};
use crate::trouble::Trouble;

/// Programs at once: a still is one decoded picture, so two serve many people, and each takes memory while it runs.
const AT_ONCE: usize = 2;
/// So many may wait for one of them; whoever comes then is told so at once.
const MOST_WAITING: usize = 16;
/// And so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// A program that nobody asked for so long is ended: the last picture may still be in its memory.
const IDLE_MS: i64 = 30_000;

/// Whose picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    /// The camera.
    pub camera: CameraId,
    /// Its stream: what its bytes do to programs is counted against it.
    pub stream: StreamId,
}

/// A picture as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// A baseline JPEG in the colours of JFIF. Nothing but pixels is in it: no time, no place, no name.
    pub jpeg: Vec<u8>,
}

/// Why there is no still.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// No decoder can be started.
    #[error("no decoder runs")]
    Start(#[from] StartError),
    /// All programs are busy, and too many wait already or waited too long.
    #[error("all decoders for stills are busy; try again in a moment")]
    Busy,
    /// One ended a moment ago; the next starts later.
    #[error("a decoder ended a moment ago; the next one starts in {ms} ms")]
    Resting {
        /// Milliseconds until then.
        ms: i64,
    },
    /// The stream ended too many programs.
    #[error("this stream has ended {kills} decoders and is not decoded any more")]
    Barred {
        /// How many.
        kills: u32,
    },
    /// The program ended over this picture.
    #[error("{}; it is the {}. that this stream has ended", .0.death, .0.kills)]
    Lost(Loss),
    /// Larger than anything that is decoded.
    #[error("an access unit of {len} bytes is larger than {MOST_UNIT}")]
    TooLarge {
        /// Its length.
        len: usize,
    },
    /// The bytes cannot be split into NAL units, or the track is no video.
    #[error("the access unit cannot be read")]
    Unreadable(#[from] AnnexBError),
    /// The program says why not.
    #[error("the decoder made no picture: {0}")]
    Trouble(Trouble),
}

/// Whoever is told of a program that ended over a camera's bytes.
pub type ToldOfLoss = Arc<dyn Fn(Whose, Loss) + Send + Sync>;

/// Makes stills, two at a time. Blocking: it belongs on threads that may wait. Nothing is stored and nothing is remembered of a picture.
pub struct Stills {
    program: Program,
    clock: Arc<dyn Clock>,
    told: ToldOfLoss,
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<(Child, MonoTime)>,
    busy: usize,
    waiting: usize,
    /// A small number for each stream that was ever asked for, as the channel has it.
    numbers: HashMap<StreamId, u16>,
    blame: Blame,
}

impl Stills {
    /// Starts nothing before somebody asks. `kills`: how many programs each stream has ended before.
    #[must_use]
    pub fn new(program: Program, clock: Arc<dyn Clock>, kills: &[(StreamId, u32)], told: ToldOfLoss) -> Self {
        let mut pool = Pool::default();
        for (stream, kills) in kills {
            let number = pool.number(*stream);
            pool.blame.recall(number, *kills);
        }
        Self { program, clock, told, pool: Mutex::new(pool), freed: Condvar::new() }
    }

    /// A JPEG of one key frame of a track, at most `width` pixels wide (brought into 16 to 1920) and never enlarged.
    ///
    /// `unit` is the access unit as it is received and stored: NAL units after lengths of four bytes, or a JPEG; `entry` has its parameter sets.
    ///
    /// # Errors
    /// [`StillError`]; all but [`StillError::Trouble`], [`StillError::Unreadable`], [`StillError::TooLarge`] and [`StillError::Barred`] may be
    /// otherwise the next time.
    pub fn still(&self, whose: Whose, entry: &SampleEntry, unit: &[u8], width: u16) -> Result<Still, StillError> {
        if unit.len() > MOST_UNIT {
            return Err(StillError::TooLarge { len: unit.len() });
        }
        let (coding, data) = decodable(entry, unit)?;
        if data.len() > MOST_UNIT {
            return Err(StillError::TooLarge { len: data.len() });
        }
        let width = width.clamp(LEAST_STILL_WIDTH, MOST_STILL_WIDTH);
        let stream = self.welcome(whose.stream)?;
        let mut slot = self.slot()?;
        let of = StillOf { stream, coding, width, data: &data };
        let mut made = self.ask(&mut slot, &of);
        // The processor time of a program ends some day, and that is nobody's fault.
        if let Err(StillError::Lost(Loss { death: Death::Worn, .. })) = made {
            made = self.ask(&mut slot, &of);
        }
        if let Err(StillError::Lost(loss)) = made
            && loss.death.blames()
        {
            tracing::warn!(camera = %whose.camera, kills = loss.kills, "{}", loss.death);
            (self.told)(whose, loss);
        }
        made
    }

    /// A person looked into what a stream did: it is decoded again.
    pub fn pardon(&self, stream: StreamId) {
        let mut pool = self.pool();
        let number = pool.number(stream);
        pool.blame.pardon(number);
    }

    /// Ends programs that nobody has asked for half a minute. To be called every now and then.
    pub fn rest(&self) {
        let now = self.clock.mono();
        let left = {
            let mut pool = self.pool();
            let is_fresh = |since: MonoTime| now < since.plus_millis(IDLE_MS);
            let (kept, left) = std::mem::take(&mut pool.idle).into_iter().partition(|(_, since)| is_fresh(*since));
            pool.idle = kept;
            left
        };
        // Dropped, and so ended, while nobody waits for the pool.
        drop::<Vec<_>>(left);
    }

    /// The numbers of the processes that wait for work: tests outside this crate, where the program is, count by them what runs.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        self.pool().idle.iter().map(|(child, _)| child.id()).collect()
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn welcome(&self, stream: StreamId) -> Result<u16, StillError> {
        let mut pool = self.pool();
        let number = pool.number(stream);
        match pool.blame.standing(number) {
            Standing::Welcome => Ok(number),
            Standing::Barred => Err(StillError::Barred { kills: pool.blame.kills(number) }),
        }
    }

    /// Waits for one of the places, with the program that stands in it, if one does.
    fn slot(&self) -> Result<Slot<'_>, StillError> {
        let until = Instant::now() + PATIENCE;
        let mut pool = self.pool();
        if pool.busy >= AT_ONCE && pool.waiting >= MOST_WAITING {
            return Err(StillError::Busy);
        }
        pool.waiting += 1;
        while pool.busy >= AT_ONCE {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                pool.waiting -= 1;
                return Err(StillError::Busy);
            }
            pool = self.freed.wait_timeout(pool, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        pool.waiting -= 1;
        pool.busy += 1;
        let child = pool.idle.pop().map(|(child, _)| child);
        Ok(Slot { stills: self, child })
    }

    fn ask(&self, slot: &mut Slot<'_>, of: &StillOf<'_>) -> Result<Still, StillError> {
        let mut child = match slot.child.take() {
            Some(child) => child,
            None => self.start()?,
        };
        let mut made = Err(Trouble::NoPicture);
        let asked = child.ask(&Request::Still(of.clone()), |answer| match answer {
            // A still of another size, or another's, was not asked for and is not believed.
            Answer::Still(still) if still.stream == of.stream && still.width <= of.width => {
                made = Ok(Still { width: still.width, height: still.height, jpeg: still.jpeg.to_vec() });
            }
            Answer::Trouble { stream, what } if stream == of.stream => made = Err(what),
            _ => {}
        });
        match asked {
            Ok(()) => {
                slot.child = Some(child);
                made.map_err(StillError::Trouble)
            }
            Err(death) => Err(StillError::Lost(self.pool().blame.died(of.stream, death, self.clock.mono()))),
        }
    }

    fn start(&self) -> Result<Child, StillError> {
        let now = self.clock.mono();
        if let Some(ms) = self.pool().blame.not_before().and_then(|then| wait_ms(now, then)) {
            return Err(StillError::Resting { ms });
        }
        match Child::start(&self.program) {
            Ok((child, missing)) => {
                tracing::info!(process = child.id(), "decoder for stills started");
                if !missing.is_empty() {
                    tracing::warn!("this kernel lacks parts of the decoder's cage: {missing}");
                }
                self.pool().blame.born(now);
                Ok(child)
            }
            Err(error) => {
                self.pool().blame.stillborn(now);
                Err(error.into())
            }
        }
    }
}

impl Pool {
    fn number(&mut self, stream: StreamId) -> u16 {
        // A site has hundreds of streams in its life; the last number stands for all beyond it.
        let next = u16::try_from(self.numbers.len()).unwrap_or(u16::MAX);
        *self.numbers.entry(stream).or_insert(next)
    }
}

/// One of the places; free again when it is dropped, with the program if it lives.
struct Slot<'a> {
    stills: &'a Stills,
    child: Option<Child>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let now = self.stills.clock.mono();
        let mut pool = self.stills.pool();
        pool.busy -= 1;
        pool.idle.extend(self.child.take().map(|child| (child, now)));
        drop(pool);
        self.stills.freed.notify_one();
    }
}

/// What a decoder reads: Annex B with the parameter sets first, or the JPEG.
fn decodable(entry: &SampleEntry, unit: &[u8]) -> Result<(Coding, Vec<u8>), AnnexBError> {
    let coding = match entry.codec {
        Codec::H264 => Coding::H264,
        Codec::H265 => Coding::H265,
        Codec::Mjpeg => return Ok((Coding::Mjpeg, unit.to_vec())),
        other => return Err(AnnexBError::NoNalUnits(other)),
    };
    let sets = parameter_sets(entry.codec, &entry.decoder_config)?;
    let mut data = Vec::with_capacity(sets.len() + unit.len());
    annex_b(&sets, unit, &mut data)?;
    Ok((coding, data))
}
