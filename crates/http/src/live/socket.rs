//! The connection of one page.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use candour_audit::{LogError, Receipt, Subject};
use candour_db::CameraRow;
use candour_units::{CameraId, StreamKind};
use candour_wire::live::{FromPage, FromServer};
use futures::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use self::saying::access_unit;
use super::backlog::{Advice, Backlog};
use super::feed::{Feed, Outgoing};
use super::session::{MOST_CAMERAS, ViewingSession};
use super::watchers::{Watchers, Watching};
use crate::acceptance::{Moment, must_be_accepted};
use crate::access::note_refused_look;
use crate::app::App;
use crate::problem::Problem;
use crate::roles;
use crate::session::{self, SignedIn, Standing};

mod saying;

/// Subscriptions of one page.
const MOST_SUBSCRIPTIONS: usize = 128;
/// Bytes of one message from the page.
const FROM_PAGE_BYTES: usize = 16 * 1024;
/// Messages between the feeds and the socket: small, because what waits here is late.
const QUEUE: usize = 32;
/// Subscriptions that come this close together are one look.
const BATCH: Duration = Duration::from_millis(40);
/// Looks of one page are at least that far apart, so that a wild page cannot flood the log.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
const BEAT: Duration = Duration::from_secs(1);
/// Beats without an answer of the database before the sign-in counts as ended.
const UNKNOWN_BEATS: u32 = 10;

/// Close codes of our own (RFC 6455 7.4.2).
const SIGNED_OUT: u16 = 4401;
const CANNOT_READ: u16 = 4400;
const STOPPING: u16 = 1001;

/// Live pictures of many cameras over one WebSocket; what is said over it stands in `FromPage` and `FromServer`.
#[utoipa::path(get, path = "/live", tag = "live",
    responses((status = 101, description = "The socket is open"), (status = 401), (status = 403), (status = 426)))]
pub(crate) async fn open(
    State(app): State<App>,
    who: SignedIn,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let Some(place) = Watchers::open_socket(&app, who.person.id) else {
        return Err(Problem::wait("Too many live pages are open; close one of them.", 5));
    };
    let upgrade = upgrade.max_message_size(FROM_PAGE_BYTES).max_frame_size(FROM_PAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        Page::new(app, who, socket).run().await;
        drop(place);
    }))
}

/// A subscription that stands.
struct Subscription {
    camera: CameraId,
    generation: watch::Sender<u32>,
    backlog: Backlog,
    task: JoinHandle<()>,
    _watching: Watching,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A subscription whose look is not written down yet.
struct Waiting {
    camera: CameraRow,
    kind: StreamKind,
    accept: Vec<String>,
}

/// Why the connection ends.
enum End {
    /// The page went away, or takes nothing.
    Gone,
    /// We close it.
    Closed { code: u16, why: &'static str },
}

type Asked = BoxFuture<'static, Result<Receipt, LogError>>;

struct Page {
    app: App,
    who: SignedIn,
    socket: WebSocket,
    viewing: ViewingSession,
    standing: BTreeMap<u16, Subscription>,
    waiting: BTreeMap<u16, Waiting>,
    /// When the waiting ones are asked for.
    ask_at: Option<Instant>,
    last_asked: Option<Instant>,
    /// An entry that is being made durable: for a new look or a renewal.
    asked: Option<Asked>,
    unknown_beats: u32,
    out: mpsc::Sender<Outgoing>,
    queue: mpsc::Receiver<Outgoing>,
}

impl Page {
    fn new(app: App, who: SignedIn, socket: WebSocket) -> Self {
        let (out, queue) = mpsc::channel(QUEUE);
        Self {
            app,
            viewing: ViewingSession::new(who.clone()),
            who,
            socket,
            standing: BTreeMap::new(),
            waiting: BTreeMap::new(),
            ask_at: None,
            last_asked: None,
            asked: None,
            unknown_beats: 0,
            out,
            queue,
        }
    }

    async fn run(mut self) {
        let end = self.serve().await;
        self.standing.clear();
        let why = match &end {
            End::Gone => "the page was closed",
            End::Closed { why, .. } => why,
        };
        // An entry under way may still become durable; its look ends with the others then.
        if let Some(asked) = self.asked.take()
            && let Ok(receipt) = asked.await
        {
            let before = self.viewing.given(receipt);
            self.write(before).await;
        }
        let last = self.viewing.end(why);
        self.write(last).await;
        if let End::Closed { code, why } = end {
            let close = Message::Close(Some(CloseFrame { code, reason: why.into() }));
            let _ = tokio::time::timeout(BEAT, self.socket.send(close)).await; // a page that is gone needs no reason
        }
    }

    /// Moves messages until the connection ends.
    async fn serve(&mut self) -> End {
        let mut stopping = self.app.stopping.subscribe();
        let stopped = async move {
            let _ = stopping.wait_for(|stopping| *stopping).await; // an error means that the door is gone: that is a stop too
        };
        tokio::pin!(stopped);
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                biased;
                () = &mut stopped => {
                    Err(End::Closed { code: STOPPING, why: "the recorder is stopping" })
                }
                message = self.socket.recv() => self.heard(message).await,
                given = answered(&mut self.asked) => self.given(given).await,
                () = until(self.ask_at) => self.ask().await,
                _ = beat.tick() => self.beat().await,
                Some(outgoing) = self.queue.recv() => self.forward(outgoing).await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn heard(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(CANNOT),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
        };
        match serde_json::from_str(&text).map_err(|_| CANNOT)? {
            FromPage::Subscribe { sub, camera, stream, accept } => self.subscribe(sub, &camera, &stream, accept).await,
            FromPage::Unsubscribe { sub } => {
                self.standing.remove(&sub);
                self.waiting.remove(&sub);
                Ok(())
            }
            FromPage::Refresh { sub } => {
                self.refresh(sub);
                Ok(())
            }
            FromPage::Ack { sub, seq } => {
                let now = self.app.clock.mono();
                let standing = self.standing.get_mut(&sub);
                if standing.is_some_and(|standing| standing.backlog.acknowledged(seq, now) == Advice::Refresh) {
                    self.refresh(sub);
                }
                Ok(())
            }
        }
    }

    async fn subscribe(&mut self, sub: u16, camera: &str, stream: &str, accept: Vec<String>) -> Result<(), End> {
        self.standing.remove(&sub);
        let Ok(kind) = stream.parse::<StreamKind>() else {
            return self.refuse(sub, "A stream is main or sub.").await;
        };
        if self.standing.len() + self.waiting.len() >= MOST_SUBSCRIPTIONS {
            return self.refuse(sub, "This page has too many subscriptions.").await;
        }
        let row = match camera.parse::<CameraId>() {
            Ok(camera) => self.app.db.camera(camera).await,
            Err(_) => Ok(None),
        };
        match row {
            Ok(Some(camera)) if camera.removed.is_none() => {
                self.waiting.insert(sub, Waiting { camera, kind, accept });
                let soon = Instant::now() + BATCH;
                let earliest = self.last_asked.map_or(soon, |last| soon.max(last + BETWEEN_LOOKS));
                self.ask_at.get_or_insert(earliest);
                Ok(())
            }
            Ok(_) => self.refuse(sub, "There is no such camera.").await,
            Err(error) => {
                tracing::error!(error = candour_units::chain(&error), "a camera could not be read");
                self.refuse(sub, "The recorder cannot read its database now; try again.").await
            }
        }
    }

    /// Judges the waiting subscriptions; those under a receipt already start, for the others an entry is made.
    async fn ask(&mut self) -> Result<(), End> {
        self.ask_at = None;
        if self.asked.is_some() {
            return Ok(()); // when that entry is durable, this comes again
        }
        self.refuse_what_policy_refuses().await?;
        let now = self.app.clock.mono();
        let covered = self.waiting.values().all(|waiting| self.viewing.covers(waiting.camera.id, now));
        if covered {
            self.start_waiting();
            return Ok(());
        }
        let cameras = match self.cameras().await {
            Ok(cameras) => cameras,
            Err(error) => {
                tracing::error!(error = candour_units::chain(&error), "cameras could not be read");
                return self.refuse_waiting("The recorder cannot read its database now; try again.").await;
            }
        };
        if cameras.len() > MOST_CAMERAS {
            return self.refuse_waiting("One page can watch at most 64 cameras.").await;
        }
        self.last_asked = Some(Instant::now());
        let (log, look) = (self.app.log.clone(), self.viewing.look(&cameras));
        self.asked = Some(Box::pin(async move { log.look(look).await }));
        Ok(())
    }

    async fn refuse_what_policy_refuses(&mut self) -> Result<(), End> {
        let may = roles::may_watch(&self.who.roles);
        let Err(why) = (match may {
            Ok(()) => self.accepted(Moment::Begins).await,
            refused => refused,
        }) else {
            return Ok(());
        };
        if self.app.limits.refused_look(self.who.person.id, self.app.clock.mono()).is_ok() {
            let cameras: BTreeSet<CameraId> = self.waiting.values().map(|waiting| waiting.camera.id).collect();
            let subject = Subject { cameras: cameras.into_iter().collect(), ..Subject::default() };
            note_refused_look(&self.app, &self.who, subject, &why, "live").await;
        }
        self.refuse_waiting(&why).await
    }

    /// Whether the person accepted the policy in force, or has time yet; else why that is needed.
    fn accepted(&self, moment: Moment) -> impl Future<Output = Result<(), String>> + Send + use<> {
        let (app, person) = (self.app.clone(), self.who.person.id);
        async move {
            let accepted = must_be_accepted(&app, person, moment).await;
            accepted.map_err(|problem| problem.detail().to_owned())
        }
    }

    /// The cameras of every subscription that stands or waits.
    async fn cameras(&mut self) -> Result<Vec<CameraRow>, candour_db::DbError> {
        let mut rows: BTreeMap<CameraId, CameraRow> =
            self.waiting.values().map(|waiting| (waiting.camera.id, waiting.camera.clone())).collect();
        for standing in self.standing.values() {
            if !rows.contains_key(&standing.camera)
                && let Some(row) = self.app.db.camera(standing.camera).await?
            {
                rows.insert(row.id, row);
            }
        }
        Ok(rows.into_values().collect())
    }

    /// An entry is durable, or cannot be.
    async fn given(&mut self, given: Result<Receipt, LogError>) -> Result<(), End> {
        match given {
            Ok(receipt) => {
                let before = self.viewing.given(receipt);
                self.write(before).await;
                let now = self.app.clock.mono();
                if self.waiting.values().all(|waiting| self.viewing.covers(waiting.camera.id, now)) {
                    self.start_waiting();
                } else {
                    self.ask_at.get_or_insert(Instant::now() + BETWEEN_LOOKS);
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(error = candour_units::chain(&error), "a live look could not be written down");
                self.refuse_waiting(LOG_FAILS).await
            }
        }
    }

    fn start_waiting(&mut self) {
        for (sub, Waiting { camera, kind, accept }) in std::mem::take(&mut self.waiting) {
            let generation = watch::Sender::new(0);
            let feed = Feed {
                app: self.app.clone(),
                sub,
                camera: camera.id,
                kind,
                accept,
                receipts: self.viewing.receipts(),
                generation: generation.subscribe(),
                out: self.out.clone(),
                told: None,
            };
            let standing = Subscription {
                camera: camera.id,
                generation,
                backlog: Backlog::default(),
                task: tokio::spawn(feed.run()),
                _watching: Watchers::watch(&self.app, self.who.session.id, camera.id),
            };
            self.standing.insert(sub, standing);
        }
    }

    fn refresh(&mut self, sub: u16) {
        if let Some(standing) = self.standing.get_mut(&sub) {
            standing.backlog.restarted();
            standing.generation.send_modify(|generation| *generation = generation.wrapping_add(1));
        }
    }

    /// Every second: the sign-in, the receipt, and the beat itself.
    async fn beat(&mut self) -> Result<(), End> {
        self.check_sign_in().await?;
        let now = self.app.clock.mono();
        let cameras: BTreeSet<CameraId> = self.standing.values().map(|standing| standing.camera).collect();
        let lapsed = self.viewing.receipt().is_some_and(|receipt| now >= receipt.lapses());
        if lapsed && self.asked.is_none() {
            let last = self.viewing.end("the log could not be written");
            self.write(last).await;
            self.refuse_standing(LOG_FAILS).await?;
        } else if cameras.is_empty() && self.waiting.is_empty() && self.asked.is_none() {
            let last = self.viewing.end("nothing was watched any more");
            self.write(last).await;
        } else if self.asked.is_none() && self.viewing.renewal_due(now) {
            match self.accepted(Moment::GoesOn).await {
                Ok(()) => self.renew(&cameras).await,
                Err(why) => self.end_all(&why).await?,
            }
        }
        let now_us = u64::try_from(self.app.clock.wall().unix_micros_floor()).unwrap_or(0);
        self.say(&FromServer::Beat { now_us }).await
    }

    /// Nothing more is shown, for that reason.
    async fn end_all(&mut self, why: &str) -> Result<(), End> {
        let last = self.viewing.end(why);
        self.write(last).await;
        self.refuse_standing(why).await
    }

    async fn refuse_standing(&mut self, why: &str) -> Result<(), End> {
        for sub in std::mem::take(&mut self.standing).into_keys() {
            self.refuse(sub, why).await?;
        }
        Ok(())
    }

    /// Another entry: for the same cameras under the same receipt, for fewer under a new one.
    async fn renew(&mut self, cameras: &BTreeSet<CameraId>) {
        let Some(receipt) = self.viewing.receipt() else { return };
        let log = self.app.log.clone();
        let rows = if self.viewing.names_others_than(cameras) { self.cameras().await.ok() } else { None };
        self.asked = Some(match rows {
            Some(rows) if !rows.is_empty() => {
                let look = self.viewing.look(&rows);
                Box::pin(async move { log.look(look).await })
            }
            _ => Box::pin(async move { log.renew(&receipt).await }),
        });
    }

    /// A sign-in that was ended, or whose account was disabled, closes the socket. One that only got old does not: a
    /// wall does not go black in the middle of a night.
    async fn check_sign_in(&mut self) -> Result<(), End> {
        let now = self.app.clock.wall();
        match self.app.db.session(&self.who.session.token_hash).await {
            Ok(Some((session, person))) => {
                self.unknown_beats = 0;
                if session::standing(&session, &person, now) == Standing::Disabled {
                    return Err(End::Closed { code: SIGNED_OUT, why: "the account may not sign in any more" });
                }
                session::touch(&self.app, &session, now).await;
                Ok(())
            }
            Ok(None) => Err(End::Closed { code: SIGNED_OUT, why: "the sign-in has ended" }),
            Err(error) => {
                self.unknown_beats += 1;
                tracing::warn!(error = candour_units::chain(&error), "a sign-in could not be checked");
                if self.unknown_beats > UNKNOWN_BEATS {
                    return Err(End::Closed { code: SIGNED_OUT, why: "the sign-in could not be checked" });
                }
                Ok(())
            }
        }
    }

    /// Sends what a feed has, if it may still be sent.
    async fn forward(&mut self, outgoing: Outgoing) -> Result<(), End> {
        match outgoing {
            Outgoing::Control(FromServer::Refused { sub, why }) => {
                self.standing.remove(&sub);
                self.refuse(sub, &why).await
            }
            Outgoing::Control(control) => self.say(&control).await,
            Outgoing::Sample { sub, camera, generation, mut header, sample } => {
                let now = self.app.clock.mono();
                let Some(standing) = self.standing.get_mut(&sub).filter(|standing| standing.camera == camera) else {
                    return Ok(());
                };
                if *standing.generation.borrow() != generation || standing.backlog.judge(now) != Advice::Send {
                    return Ok(());
                }
                let from = sample.arrival.ticks();
                let interval = (from, from + i64::from(sample.duration.max(1)));
                if !self.viewing.count(camera, now, sample.data.len() as u64, interval) {
                    return Ok(()); // the receipt lapsed; `beat` tells the page
                }
                standing.backlog.sent(header.seq, now);
                header.sent_wall_us = u64::try_from(self.app.clock.wall().unix_micros_floor()).unwrap_or(0);
                self.send(Message::Binary(access_unit(&header, &sample.data))).await
            }
        }
    }
}

const CANNOT: End = End::Closed { code: CANNOT_READ, why: "what the page said cannot be read" };
const LOG_FAILS: &str = "The log cannot be written, so nobody may look. The System page says what fails.";

/// Waits for the entry under way, for ever when there is none.
async fn answered(asked: &mut Option<Asked>) -> Result<Receipt, LogError> {
    match asked {
        Some(future) => {
            let given = future.await;
            *asked = None;
            given
        }
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
