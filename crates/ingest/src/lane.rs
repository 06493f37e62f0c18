//! A lane: one thread, one runtime, many streams, resting between looks at their sockets.
//!
//! Nothing else may run here: its timers and its answers to other threads are late by up to the pace, and whatever
//! blocks it blocks every stream on it.

use std::cell::Cell;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use candour_recording::GapCause;
use candour_units::Clock;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::supervisor::Stream;
use crate::tempo::Tempo;
use crate::watchdog::{LOOK_EVERY, Watchdog};

/// How long the streams of a lane may take to end when the recorder stops.
const END_WITHIN: Duration = Duration::from_secs(3);
/// Between two passes through epoll the runtime would otherwise look again every 61 polls.
const POLLS_PER_PASS: u32 = 4096;

/// The other end of a lane's thread.
pub(crate) struct Lane {
    pub(crate) tempo: Arc<Tempo>,
    commands: mpsc::UnboundedSender<Command>,
    thread: JoinHandle<()>,
}

enum Command {
    /// The sender is dropped when the stream has ended.
    Add(Box<Stream>, oneshot::Sender<()>),
    End,
}

impl Lane {
    pub(crate) fn start(number: usize, tempo: Tempo, clock: Arc<dyn Clock>) -> Self {
        let tempo = Arc::new(tempo);
        let (commands, orders) = mpsc::unbounded_channel();
        let paced = Arc::clone(&tempo);
        let thread = std::thread::Builder::new()
            .name(format!("ingest-{number}"))
            .spawn(move || run(&paced, orders, clock))
            .expect("a recorder that cannot start one thread cannot record");
        Self { tempo, commands, thread }
    }

    /// Takes a stream on. The receiver ends when the stream has.
    pub(crate) fn add(&self, stream: Stream) -> oneshot::Receiver<()> {
        let (ended, wait) = oneshot::channel();
        // A lane whose thread is gone takes nothing on; the receiver then ends at once.
        let _ = self.commands.send(Command::Add(Box::new(stream), ended));
        self.tempo.pace.interrupt();
        wait
    }

    /// Stops every stream and waits for the thread.
    pub(crate) fn end(self) {
        let _ = self.commands.send(Command::End); // Gone already is as good.
        self.tempo.pace.interrupt();
        if self.thread.join().is_err() {
            tracing::error!("a lane ended by a panic; its streams were lost before this stop");
        }
    }
}

fn run(tempo: &Arc<Tempo>, orders: mpsc::UnboundedReceiver<Command>, clock: Arc<dyn Clock>) {
    tempo.pace.adopt();
    thread_local!(static LAST_REST: Cell<Instant> = Cell::new(Instant::now()));
    let paced = Arc::clone(tempo);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(POLLS_PER_PASS)
        .on_thread_park(move || LAST_REST.with(|last| paced.pace.rest(last)))
        .build()
        .expect("a recorder that cannot open an epoll cannot record");
    runtime.block_on(attend(orders, Watchdog::new(clock)));
}

/// The lane's own task: takes streams on, and lets the watchdog look.
async fn attend(mut orders: mpsc::UnboundedReceiver<Command>, mut watchdog: Watchdog) {
    let mut streams = JoinSet::new();
    let mut shared = Vec::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Command::Add(stream, ended)) => {
                    watchdog.add(&stream.shared);
                    shared.push(Arc::downgrade(&stream.shared));
                    streams.spawn(async move {
                        stream.supervise().await;
                        drop(ended);
                    });
                }
                Some(Command::End) | None => break,
            },
            _ = look.tick() => watchdog.look(),
            Some(ended) = streams.join_next(), if !streams.is_empty() => {
                shared.retain(|stream| stream.strong_count() > 0);
                if ended.is_err() {
                    tracing::error!("the task that looks after one stream panicked; the stream is lost until it is added again");
                }
            }
        }
    }
    for stream in shared.iter().filter_map(std::sync::Weak::upgrade) {
        stream.stop(GapCause::RecorderStopped);
    }
    let all = async { while streams.join_next().await.is_some() {} };
    if tokio::time::timeout(END_WITHIN, all).await.is_err() {
        tracing::warn!("some cameras were left without a goodbye");
    }
}
