//! Looks at recorded footage that are allowed right now: each with its receipt, bound to the sign-in that asked for it,
//! and with a count of what was really sent.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_audit::{Actor, Event, EventKind, LookKind, Receipt, Subject};
use candour_policy::Ground;
use candour_units::{CameraId, GrantId, Hash, MonoTime, PersonId, ReceiptId, SessionId, WallTime};
use serde_json::{Value, json};

use crate::acceptance::{Moment, must_be_accepted};
use crate::app::App;
use crate::grants;
use crate::problem::{Kind, Problem};
use crate::roles;
use crate::session::{self, SignedIn};

/// Looks of one sign-in at once: nine rows on a timeline, in a few tabs.
const PER_SESSION: usize = 32;
/// A look in use is renewed when no more than this is left.
const RENEW_BEFORE_NS: i64 = 60_000_000_000;
/// Nine ticks of 1/90000 s are so many whole nanoseconds.
const NANOS_OF_9_TICKS: i64 = 100_000;
/// Looks at once.
const IN_ALL: usize = 4096;

/// The looks that are open.
#[derive(Default)]
pub(crate) struct Looks(Mutex<HashMap<ReceiptId, Arc<Held>>>);

/// One open look.
pub(crate) struct Held {
    session: SessionId,
    person: PersonId,
    actor: Actor,
    /// The sign-in it was asked under, to see whether it is still good.
    token_hash: Hash,
    inner: Mutex<State>,
    /// Files that were planned under it: one that is fetched in parts is the same for all of them.
    pub(crate) files: crate::download::Files,
    /// What it stands under.
    ground: Ground,
    /// When that is over, whatever is renewed.
    over: MonoTime,
    /// It reached to now, or beyond, when it was asked for.
    grows: bool,
    /// Held while it is being renewed by its own use: one entry is enough.
    renewing: tokio::sync::Mutex<()>,
}

struct State {
    receipt: Receipt,
    ended: bool,
    sent: Sent,
    /// What a player without a sign-in may call it by.
    address: Option<Address>,
}

/// A way to a look for a player that cannot sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    /// Hash of its secret: the secret itself is told once and not kept.
    hash: Hash,
    /// The network address it was given to; it is of no use anywhere else.
    from: IpAddr,
}

/// What was really sent, by camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent(BTreeMap<CameraId, SentOf>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SentOf {
    bytes: u64,
    samples: u64,
    stills: u64,
    interval_90k: Option<(i64, i64)>,
}

impl Sent {
    /// Counts samples of a camera that cover `from_90k..to_90k`.
    pub(crate) fn add(&mut self, camera: CameraId, bytes: u64, samples: u64, (from_90k, to_90k): (i64, i64)) {
        let of = self.0.entry(camera).or_default();
        of.bytes += bytes;
        of.samples += samples;
        let (from, to) = of.interval_90k.unwrap_or((from_90k, to_90k));
        of.interval_90k = Some((from.min(from_90k), to.max(to_90k)));
    }

    /// Counts one still of a camera, a JPEG of so many bytes, that was shown in `interval_90k`.
    pub(crate) fn add_still(&mut self, camera: CameraId, bytes: u64, interval_90k: (i64, i64)) {
        self.add(camera, bytes, 0, interval_90k);
        self.0.entry(camera).or_default().stills += 1;
    }

    /// As it stands in the log.
    pub(crate) fn as_json(&self) -> Value {
        self.0
            .iter()
            .map(|(camera, of)| {
                let (from, to) = of.interval_90k.unwrap_or_default();
                json!({
                    "camera": camera.to_string(), "bytes": of.bytes, "samples": of.samples,
                    "stills": of.stills,
                    "from_90k": from, "to_90k": to,
                })
            })
            .collect()
    }
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receipt as last renewed.
    pub(crate) fn receipt(&self) -> Receipt {
        self.state().receipt.clone()
    }

    /// What it stands under.
    pub(crate) fn ground(&self) -> Ground {
        self.ground
    }

    /// When it ends unless renewed, and never later than what it stands under.
    pub(crate) fn ends(&self) -> MonoTime {
        self.state().receipt.lapses().min(self.over)
    }

    /// When what it stands under is over, whatever is renewed.
    pub(crate) fn over(&self) -> MonoTime {
        self.over
    }

    /// Held by whoever renews it.
    pub(crate) fn renewing(&self) -> &tokio::sync::Mutex<()> {
        &self.renewing
    }

    /// Whether its footage may leave as a file.
    pub(crate) fn may_leave(&self) -> Result<(), Problem> {
        let words = match self.ground {
            ground if grants::may_leave(ground) => return Ok(()),
            Ground::Grant { .. } => {
                "Your grant is for looking, not for files. Ask for a grant that says footage must be exported."
            }
            Ground::SetUp { .. } => "A camera that is being set up leaves no file.",
            Ground::Live | Ground::Replay { .. } => {
                "A replay leaves no file. Mark the incident, so that an investigator can ask for it."
            }
        };
        Err(Problem::new(Kind::NotCovered, words))
    }

    /// Whether a player outside the page may show it.
    pub(crate) fn may_go_elsewhere(&self) -> Result<(), Problem> {
        match self.ground {
            Ground::Grant { .. } => Ok(()),
            Ground::Live | Ground::SetUp { .. } | Ground::Replay { .. } => {
                Err(Problem::new(Kind::NotCovered, "A replay is for the page it was asked on."))
            }
        }
    }

    /// Counts what is about to be sent; false when the look has ended or lapsed, and then it must not be sent. Counting
    /// and ending exclude each other, so the entry at the end is exact.
    pub(crate) fn count(&self, now: MonoTime, count: impl FnOnce(&mut Sent)) -> bool {
        let mut state = self.state();
        if state.ended || now >= state.receipt.lapses().min(self.over) {
            return false;
        }
        count(&mut state.sent);
        true
    }

    /// Whether footage may still come into it.
    pub(crate) fn grows(&self) -> bool {
        self.grows
    }

    /// Whoever asked for it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// Gives the look an address for players at `from`; one that it had ends.
    pub(crate) fn give_address(&self, hash: Hash, from: IpAddr) {
        self.state().address = Some(Address { hash, from });
    }

    /// Ends the look; the entry to write, once.
    fn end(&self, why: &str) -> Option<Event> {
        let mut state = self.state();
        if std::mem::replace(&mut state.ended, true) {
            return None;
        }
        let kind = if state.receipt.look().kind == LookKind::Commissioning { "commissioning" } else { "playback" };
        Some(ended(self.actor.clone(), &state.receipt, kind, why, &state.sent))
    }
}

/// The entry at the end of a look.
pub(crate) fn ended(actor: Actor, receipt: &Receipt, kind: &str, why: &str, sent: &Sent) -> Event {
    let look = receipt.look();
    let outcome = json!({
        "receipt": receipt.id().to_string(), "entry": receipt.entry(), "look": kind, "why": why, "sent": sent.as_json(),
    });
    let subject = Subject {
        cameras: look.cameras.clone(),
        interval: look.interval,
        purpose: look.purpose,
        reason: Some(look.reason.clone()),
        ..Subject::default()
    };
    Event { kind: EventKind::LookEnded, actor, subject, outcome: outcome.to_string() }
}

impl Looks {
    fn all(&self) -> MutexGuard<'_, HashMap<ReceiptId, Arc<Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more fits; asked before the entry is written.
    pub(crate) fn room_for(&self, session: SessionId) -> Result<(), Problem> {
        let all = self.all();
        if all.values().filter(|held| held.session == session).count() >= PER_SESSION {
            return Err(Problem::new(
                Kind::Conflict,
                format!("{PER_SESSION} looks are open already; end one of them first."),
            ));
        }
        if all.len() >= IN_ALL {
            return Err(Problem::wait("Too many looks are open; try again in a minute.", 60));
        }
        Ok(())
    }

    pub(crate) fn hold(
        &self,
        receipt: Receipt,
        who: &SignedIn,
        ground: Ground,
        (now, mono): (WallTime, MonoTime),
    ) -> Arc<Held> {
        let (id, session, person) = (receipt.id(), receipt.look().session, receipt.look().person);
        let grows = receipt.look().interval.is_some_and(|interval| interval.end > now);
        let until = [grants::until(ground), who.person.ends].into_iter().flatten().min();
        let left = until.map_or(i64::MAX, |until| (until - now).ticks().saturating_mul(NANOS_OF_9_TICKS) / 9);
        let held = Arc::new(Held {
            ground,
            over: MonoTime::from_nanos(mono.nanos().saturating_add(left)),
            grows,
            session,
            person,
            actor: who.actor(),
            token_hash: who.session.token_hash,
            inner: Mutex::new(State { receipt, ended: false, sent: Sent::default(), address: None }),
            files: crate::download::Files::default(),
            renewing: tokio::sync::Mutex::default(),
        });
        self.all().insert(id, held.clone());
        held
    }

    /// The look of that id, if this sign-in asked for it. Another's is as unknown as one that never was.
    pub(crate) fn find(&self, id: ReceiptId, session: SessionId) -> Result<Arc<Held>, Problem> {
        let found = self.all().get(&id).filter(|held| held.session == session).cloned();
        found.ok_or_else(|| Problem::not_found("such look: it has ended, or it is not yours"))
    }

    /// The look of a sign-in that ends last of those that it is.
    pub(crate) fn newest_of(&self, session: SessionId, is_it: impl Fn(&Held) -> bool) -> Option<Arc<Held>> {
        let all = self.all();
        let own = all.values().filter(|held| held.session == session && is_it(held));
        own.max_by_key(|held| held.ends().nanos()).cloned()
    }

    /// The look that has that address, for somebody at `from`.
    pub(crate) fn at_address(&self, hash: &Hash, from: IpAddr) -> Option<Arc<Held>> {
        let wanted = Address { hash: *hash, from };
        self.all().values().find(|held| held.state().address == Some(wanted)).cloned()
    }

    /// Puts a renewed receipt in place of the old one.
    pub(crate) fn renewed(&self, held: &Held, receipt: Receipt) -> Result<(), Problem> {
        let mut state = held.state();
        if state.ended {
            return Err(Problem::new(Kind::LookLapsed, "The look has ended meanwhile."));
        }
        state.receipt = receipt;
        Ok(())
    }

    fn take(&self, which: impl Fn(&Held) -> bool) -> Vec<Arc<Held>> {
        let mut all = self.all();
        let ids: Vec<_> = all.iter().filter(|(_, held)| which(held)).map(|(id, _)| *id).collect();
        ids.iter().filter_map(|id| all.remove(id)).collect()
    }
}

/// Carries a look on while it is used, when less than a minute of it is left: an entry of its own, durable before more
/// leaves, under the same conditions as a renewal that is asked for. A look nobody uses lapses.
pub(crate) async fn keep(app: &App, held: &Held) -> Result<(), Problem> {
    let left = |held: &Held| held.receipt().lapses().nanos() - app.clock.mono().nanos();
    if left(held) > RENEW_BEFORE_NS {
        return Ok(());
    }
    let _one = held.renewing.lock().await;
    let old = held.receipt();
    match left(held) {
        left if left > RENEW_BEFORE_NS => return Ok(()),
        ..=0 => return Err(candour_audit::NotCovered::Lapsed.into()),
        _ => {}
    }
    let found = app.db.session(&held.token_hash).await?;
    let now = app.clock.wall();
    let good = found.filter(|(session, person)| session::standing(session, person, now) == session::Standing::Good);
    let Some((_, person)) = good else {
        return Err(Problem::new(Kind::LookLapsed, "The sign-in under which this was asked for has ended."));
    };
    may_go_on(app, held, person.id, &roles::parse(&person.roles)).await?;
    must_be_accepted(app, person.id, Moment::GoesOn).await?;
    app.looks.renewed(held, app.log.renew(&old).await?)
}

/// Whether a look may go on now. It ends with the ground it began under in any case (`Held::ends`).
pub(crate) async fn may_go_on(app: &App, held: &Held, id: PersonId, roles: &[roles::Role]) -> Result<(), Problem> {
    let receipt = held.receipt();
    let interval = receipt.look().interval.ok_or(candour_audit::NotCovered::Interval)?;
    let person = grants::Person { id, session: held.session, roles };
    let ground = grants::may_look_back(app, person, &receipt.look().cameras, interval).await?;
    ground.map(drop).map_err(|why| Problem::new(Kind::LookRefused, why))
}

/// Ends one look.
pub(crate) async fn end(app: &App, id: ReceiptId, session: SessionId) -> Result<(), Problem> {
    let held = app.looks.find(id, session)?;
    app.looks.take(|other| std::ptr::eq(other, &*held));
    write_end(app, &held, "ended by the viewer").await;
    Ok(())
}

/// Ends the looks of a sign-in.
pub(crate) async fn end_all_of(app: &App, session: SessionId, why: &str) {
    end_where(app, |held| held.session == session, why).await;
}

/// Ends the looks of a person, under whatever sign-in.
pub(crate) async fn end_all_of_person(app: &App, person: PersonId, why: &str) {
    end_where(app, |held| held.person == person, why).await;
}

/// Ends the looks under a grant; they are counted up to here, and nothing more is sent.
pub(crate) async fn end_under(app: &App, grant: GrantId, why: &str) {
    end_where(app, |held| grants::grant_of(held.ground) == Some(grant), why).await;
}

/// Ends the looks that nobody renewed, and those whose ground is over.
pub(crate) async fn end_lapsed(app: &App) {
    let now = app.clock.mono();
    end_where(app, |held| now >= held.over, "what it stood under is over").await;
    end_where(app, |held| now >= held.state().receipt.lapses(), "lapsed").await;
}

/// Ends every look: the recorder stops.
pub(crate) async fn end_all(app: &App, why: &str) {
    end_where(app, |_| true, why).await;
}

async fn end_where(app: &App, which: impl Fn(&Held) -> bool, why: &str) {
    for held in app.looks.take(which) {
        write_end(app, &held, why).await;
    }
}

async fn write_end(app: &App, held: &Held, why: &str) {
    if let Some(event) = held.end(why)
        && let Err(error) = app.log.append(event).await
    {
        tracing::error!(error = candour_units::chain(&error), "the end of a look could not be written down");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_summed_by_camera() {
        let (a, b) = (CameraId::from_bytes([1; 16]), CameraId::from_bytes([2; 16]));
        let mut sent = Sent::default();
        sent.add(b, 10, 1, (500, 600));
        sent.add(a, 5, 2, (100, 200));
        sent.add(a, 5, 2, (50, 150));
        sent.add_still(b, 7, (550, 620));
        let expected = json!([
            { "camera": a.to_string(), "bytes": 10, "samples": 4, "stills": 0, "from_90k": 50, "to_90k": 200 },
            { "camera": b.to_string(), "bytes": 17, "samples": 1, "stills": 1, "from_90k": 500, "to_90k": 620 },
        ]);
        assert_eq!(sent.as_json(), expected);
    }
}
