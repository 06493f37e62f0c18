//! A whole journal read in order, its frames checked beside each other: the hashes in a frame need no other frame.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};

use crate::journal::{Checked, Journal, Last, Next, Piece, RawFrame, Suspect};

/// A batch ends after so many frames or so many bytes, so that what is in memory has a bound whatever the entries hold.
const BATCH_FRAMES: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// Batches of each thread: one being checked, one waiting, and one being read or told.
const AHEAD: usize = 3;
/// More threads than this wait for the one that reads and hashes the tree.
const MOST_THREADS: usize = 8;

/// Tells everything in the journal in its order, up to and with the first thing that has no way on, or until told to stop.
///
/// # Errors
/// What the reader or `each` says.
pub(crate) fn for_each_frame<R: Read>(
    journal: Journal<R>,
    each: impl FnMut(&Next) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    in_batches(BATCH_FRAMES, journal, each)
}

fn in_batches<R: Read>(
    frames: usize,
    mut journal: Journal<R>,
    each: impl FnMut(&Next) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut order = Order { suspect: None, each };
    let mut first = Batch::of(frames);
    let mut last = first.fill(&mut journal)?;
    if let Some(last) = last {
        first.check();
        return if order.take_all(&first.checked)?.is_continue() { order.end(&last) } else { Ok(()) };
    }
    let threads = thread::available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS));
    thread::scope(|scope| {
        let workers: Vec<Worker> = (0..threads).map(|_| Worker::start(scope)).collect();
        workers[0].send(first);
        let (mut sent, mut taken) = (1, 0);
        while last.is_none() && sent < threads * AHEAD {
            let mut batch = Batch::of(frames);
            last = batch.fill(&mut journal)?;
            workers[sent % threads].send(batch);
            sent += 1;
        }
        while taken < sent {
            let worker = &workers[taken % threads];
            let mut batch = worker.receive()?;
            taken += 1;
            if order.take_all(&batch.checked)?.is_break() {
                return Ok(());
            }
            if last.is_none() {
                // Back to the thread that it came from: what was told is given back where it was made.
                last = batch.fill(&mut journal)?;
                worker.send(batch);
                sent += 1;
            }
        }
        last.map_or(Ok(()), |last| order.end(&last))
    })
}

/// Frames that lie behind each other, and what was found in them. It goes round between the one that reads and one that checks, so that nothing
/// in it is made anew.
struct Batch {
    frames: usize,
    bytes: Vec<u8>,
    raw: Vec<RawFrame>,
    checked: Vec<Checked>,
}

impl Batch {
    /// One that ends after so many frames, or after [`BATCH_BYTES`].
    fn of(frames: usize) -> Self {
        Self { frames, bytes: Vec::new(), raw: Vec::new(), checked: Vec::new() }
    }

    /// Takes what comes next in the journal in place of what is in it; says so where nothing can follow.
    fn fill<R: Read>(&mut self, journal: &mut Journal<R>) -> io::Result<Option<Last>> {
        self.bytes.clear();
        self.raw.clear();
        while self.raw.len() < self.frames && self.bytes.len() < BATCH_BYTES {
            match journal.cut(&mut self.bytes)? {
                Piece::Frame(raw) => self.raw.push(raw),
                Piece::Last(last) => return Ok(Some(last)),
            }
        }
        Ok(None)
    }

    fn check(&mut self) {
        self.checked.clear();
        self.checked.extend(self.raw.iter().map(|raw| raw.check(&self.bytes)));
    }
}

/// A thread that checks frames, batch by batch; it ends when nobody sends any more.
struct Worker {
    batches: Sender<Batch>,
    checked: Receiver<Batch>,
}

impl Worker {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let ((batches, to_check), (answer, checked)) = (channel::<Batch>(), channel());
        scope.spawn(move || {
            for mut batch in to_check {
                batch.check();
                if answer.send(batch).is_err() {
                    return;
                }
            }
        });
        Self { batches, checked }
    }

    /// A thread that has ended is noticed where its answer is asked for.
    fn send(&self, batch: Batch) {
        let _ = self.batches.send(batch);
    }

    fn receive(&self) -> io::Result<Batch> {
        self.checked.recv().map_err(|_| io::Error::other("a thread that checked frames of the journal has ended"))
    }
}

/// Tells frames on, with the one that has to wait for what follows it.
struct Order<F> {
    suspect: Option<Suspect>,
    each: F,
}

impl<F: FnMut(&Next) -> io::Result<ControlFlow<()>>> Order<F> {
    fn take_all(&mut self, all: &[Checked]) -> io::Result<ControlFlow<()>> {
        for checked in all {
            if let Some(suspect) = self.suspect.take() {
                // The last that can be told, whatever is answered.
                return (self.each)(&suspect.before(None)).map(|_| ControlFlow::Break(()));
            }
            match checked {
                Checked::Known(next) => {
                    if (self.each)(next)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Checked::Suspect(suspect) => self.suspect = Some(*suspect),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(&mut self, last: &Last) -> io::Result<()> {
        match self.suspect.take() {
            Some(suspect) => (self.each)(&suspect.before(last.zeros)),
            None => (self.each)(&last.next),
        }
        .map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use candour_units::WallTime;
    use proptest::prelude::*;

    use super::*;
    use crate::{Entry, Kind, Salt, encode_frame};

    const FRAMES: usize = 20;

    /// Enough frames that every batch of every thread goes round several times; the last is not full.
    static JOURNAL: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let frames = (0..(FRAMES * 129 / 2) as u64).map(|number| {
            let salts = std::array::from_fn(|at| Salt([(number % 251) as u8 + at as u8; 32]));
            let kind = Kind::new("look_live").expect("a kind word");
            let at = WallTime::from_unix_seconds(1_795_461_180 + number as i64);
            encode_frame(number, &Entry::new(at, kind, ["{}", "{}", "{}", "{}"].map(str::to_owned), salts))
        });
        frames.flatten().collect()
    });

    fn one_by_one(bytes: &[u8]) -> Vec<Next> {
        let (mut journal, mut all) = (Journal::new(bytes), Vec::new());
        loop {
            let next = journal.next_frame().expect("memory can be read");
            let last = matches!(next, Next::Torn { .. } | Next::End | Next::Damaged { leaf_hash: None, .. });
            all.push(next);
            if last {
                return all;
            }
        }
    }

    fn beside(bytes: &[u8]) -> Vec<Next> {
        let mut all = Vec::new();
        in_batches(FRAMES, Journal::new(bytes), |next| {
            all.push(next.clone());
            Ok(ControlFlow::Continue(()))
        })
        .expect("memory can be read");
        all
    }

    #[derive(Debug, Clone)]
    enum Damage {
        Flip { bit: u8 },
        Zero { len: usize },
        ZeroToEnd,
        CutAndZeros { zeros: usize },
        Cut,
    }

    fn damage() -> impl Strategy<Value = Damage> {
        prop_oneof![
            (0..8_u8).prop_map(|bit| Damage::Flip { bit }),
            (1..2000_usize).prop_map(|len| Damage::Zero { len }),
            Just(Damage::ZeroToEnd),
            (1..2000_usize).prop_map(|zeros| Damage::CutAndZeros { zeros }),
            Just(Damage::Cut),
        ]
    }

    fn damaged(mut bytes: Vec<u8>, at: usize, how: &Damage) -> Vec<u8> {
        let at = at % bytes.len().max(1);
        match how {
            Damage::Flip { bit } => bytes[at] ^= 1 << bit,
            Damage::Zero { len } => {
                let end = bytes.len().min(at + len);
                bytes[at..end].fill(0);
            }
            Damage::ZeroToEnd => bytes[at..].fill(0),
            Damage::CutAndZeros { zeros } => {
                bytes.truncate(at);
                bytes.resize(at + zeros, 0);
            }
            Damage::Cut => bytes.truncate(at),
        }
        bytes
    }

    #[test]
    fn a_whole_journal_is_the_same_both_ways() {
        let all = beside(&JOURNAL);
        assert_eq!(all.len(), FRAMES * 129 / 2 + 1);
        assert_eq!(all, one_by_one(&JOURNAL));
        assert_eq!(beside(&[]), [Next::End]);
    }

    #[test]
    fn who_says_stop_is_told_no_more() {
        let mut told = 0;
        in_batches(FRAMES, Journal::new(&JOURNAL[..]), |_| {
            told += 1;
            Ok(if told == FRAMES * 30 + 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .expect("memory can be read");
        assert_eq!(told, FRAMES * 30 + 7);
        let failed = in_batches(FRAMES, Journal::new(&JOURNAL[..]), |_| Err(io::Error::other("enough")));
        assert_eq!(failed.expect_err("the closure's own").to_string(), "enough");
    }

    proptest! {
        // Each case reads some 600 kB twice.
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]
        #[test]
        fn damage_is_told_the_same_both_ways(places in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..3)) {
            let mut bytes = JOURNAL.clone();
            for (place, how) in &places {
                if !bytes.is_empty() {
                    let at = place.index(bytes.len());
                    bytes = damaged(bytes, at, how);
                }
            }
            prop_assert_eq!(beside(&bytes), one_by_one(&bytes));
        }
    }
}
