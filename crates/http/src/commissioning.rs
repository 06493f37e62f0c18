//! What stands behind a look at a camera that is being set up: its facts for `policy`, its receipt, its pictures, and the still that is kept.

use std::sync::Arc;
use std::time::Duration;

use candour_archive::{LiveEvent, NewMaskStill};
use candour_audit::{Look, LookKind, Receipt, Under};
use candour_db::{CameraRow, MaskStillRow, ViewRow};
use candour_decode::{Still, Whose};
use candour_media::{Sample, SampleEntry};
use candour_policy::{
    AGREEMENT_STANDS, Beginning, Ground, SetUpCamera, VIEW_LASTS, VIEWS_A_DAY, ViewAct, ViewStanding, may_begin_view,
};
use candour_units::{CameraId, StreamKind, ViewId, WallDuration, WallTime};
use candour_wire::commissioning::{AskedView, Commissioning, MaskStill, NextView, OpenView, SignedView, WrittenMask};

use crate::acceptance::{Moment, must_be_accepted};
use crate::app::App;
use crate::extract::id;
use crate::looks::{self, Held, Sent};
use crate::policy_reading::in_force;
use crate::problem::{Kind, Problem};
use crate::routes::still::problem;
use crate::session::SignedIn;

/// Pixels in a row: enough to see where a window is, and not more.
const WIDTH: u16 = 1280;
/// So long one picture is waited for: a connection, and a key frame.
const PATIENCE: Duration = Duration::from_secs(12);
/// A look in use is renewed when no more than this is left.
const RENEW_BEFORE_NS: i64 = 25_000_000_000;
/// Acts of so long are read: a day of looks, and a yes of the day before.
const ACTS_OF: WallDuration = WallDuration::from_seconds(3 * 86_400);

/// What is known of a camera and the looks at it.
pub(crate) struct Facts {
    pub(crate) camera: SetUpCamera,
    /// The newest first.
    pub(crate) views: Vec<ViewRow>,
}

impl Facts {
    pub(crate) async fn of(app: &App, row: &CameraRow) -> Result<Self, Problem> {
        let was_in_force = row.purpose.is_some() || app.db.was_commissioned(row.id).await?;
        let camera = SetUpCamera { accepted: row.outcome == "accepted", was_in_force };
        let views = app.db.views_since(row.id, app.clock.wall() - ACTS_OF).await?;
        Ok(Self { camera, views })
    }

    pub(crate) fn acts(&self) -> Vec<ViewAct> {
        self.views.iter().map(act).collect()
    }
}

/// A row as `policy` reads it.
pub(crate) fn act(row: &ViewRow) -> ViewAct {
    ViewAct {
        by: row.asked.by,
        asked: row.asked.at,
        decided: row.decided.as_ref().map(|(signature, agreed)| (*agreed, signature.at)),
        began: row.began,
        until: row.until,
    }
}

/// A look that may begin.
pub(crate) struct Opening {
    pub(crate) view: ViewId,
    pub(crate) until: WallTime,
    pub(crate) agreed: bool,
    pub(crate) reason: String,
}

/// Opens a look: its entry is durable, then the camera is received.
pub(crate) async fn open(app: &App, who: &SignedIn, row: &CameraRow, opening: Opening) -> Result<(), Problem> {
    app.looks.room_for(who.session.id)?;
    let Opening { view, until, agreed, reason } = opening;
    let word = if agreed { "agreed" } else { "not_in_force" };
    let receipt = app.log.look(look(who, row, reason, word)).await?;
    let ground = Ground::SetUp { view, until, agreed };
    let held = app.looks.hold(receipt, who, ground, (app.clock.wall(), app.clock.mono()));
    if let Err(why) = app.site.receive_to_set_up(row.id).await {
        looks::end(app, held.receipt().id(), who.session.id).await?;
        return Err(why.into());
    }
    Ok(())
}

fn look(who: &SignedIn, row: &CameraRow, reason: String, under: &'static str) -> Look {
    let under = Some(Under { ground: under, grant: None, case: None });
    // Setting up serves the camera and no purpose of recording.
    Look { purpose: None, under, ..who.look_at(LookKind::Commissioning, std::slice::from_ref(row), reason) }
}

/// A look that is open, of the sign-in that asks.
pub(crate) struct SetUpLook {
    held: Arc<Held>,
    pub(crate) camera: CameraId,
    pub(crate) view: ViewId,
    agreed: bool,
}

impl SetUpLook {
    pub(crate) fn find(app: &App, who: &SignedIn, look: &str) -> Result<Self, Problem> {
        let held = app.looks.find(id(look, "such look")?, who.session.id)?;
        let nothing = || Problem::not_found("such look: it has ended, or it is not yours");
        let Ground::SetUp { view, agreed, .. } = held.ground() else { return Err(nothing()) };
        let camera = held.receipt().look().cameras.first().copied().ok_or_else(nothing)?;
        Ok(Self { held, camera, view, agreed })
    }

    /// The newest picture, and when it was received. It is counted as sent.
    pub(crate) async fn picture(&self, app: &App, who: &SignedIn) -> Result<(Still, WallTime), Problem> {
        app.limits.still(who.session.id, app.clock.mono())?;
        let receipt = self.go_on(app, who).await?;
        app.site.receive_to_set_up(self.camera).await?;
        let waited = tokio::time::timeout(PATIENCE, key_frame(app, &receipt, self.camera)).await;
        let Ok(found) = waited else {
            let words =
                "No picture came from the camera yet. Its page says how its streams stand; ask again in a moment.";
            return Err(Problem::new(Kind::Unavailable, words));
        };
        let (entry, sample) = found?;
        let at = sample.arrival;
        let still = make(app, self.camera, entry, sample).await?;
        let interval = (at.ticks(), at.ticks() + 1);
        if !self.held.count(app.clock.mono(), |sent| sent.add_still(self.camera, still.jpeg.len() as u64, interval)) {
            return Err(candour_audit::NotCovered::Lapsed.into());
        }
        Ok((still, at))
    }

    /// Keeps a picture for drawing masks.
    pub(crate) async fn keep(&self, app: &App, who: &SignedIn, picture: Still, taken: WallTime) -> Result<(), Problem> {
        let Still { width, height, jpeg } = picture;
        let receipt = self.held.receipt();
        app.mask_stills.keep(&receipt, self.camera, NewMaskStill { taken, width, height, jpeg }, who.actor()).await?;
        Ok(())
    }

    /// Ends it, and the act with it.
    pub(crate) async fn end(&self, app: &App, who: &SignedIn) -> Result<(), Problem> {
        app.db.end_view(self.view, app.clock.wall()).await?;
        looks::end(app, self.held.receipt().id(), who.session.id).await
    }

    /// A receipt that stands, renewed by an entry of its own where little of it is left; or why the look is over.
    async fn go_on(&self, app: &App, who: &SignedIn) -> Result<Receipt, Problem> {
        let _one = self.held.renewing().lock().await;
        if app.clock.mono() >= self.held.ends() {
            return Err(candour_audit::NotCovered::Lapsed.into());
        }
        if !self.agreed && app.db.was_commissioned(self.camera).await? {
            self.end(app, who).await?;
            let words =
                "The camera came into force meanwhile. To look at it now, a second person must agree: ask again.";
            return Err(Problem::new(Kind::LookLapsed, words));
        }
        let receipt = self.held.receipt();
        if receipt.lapses().nanos() - app.clock.mono().nanos() > RENEW_BEFORE_NS {
            return Ok(receipt);
        }
        must_be_accepted(app, who.person.id, Moment::GoesOn).await?;
        app.looks.renewed(&self.held, app.log.renew(&receipt).await?)?;
        Ok(self.held.receipt())
    }
}

/// The newest key frame of a camera, or the next one.
async fn key_frame(app: &App, receipt: &Receipt, camera: CameraId) -> Result<(Arc<SampleEntry>, Arc<Sample>), Problem> {
    let mut live = app.archive.live(receipt, camera, StreamKind::Main)?;
    let mut entry = None;
    while let Some(event) = live.next().await {
        match (event, &entry) {
            (LiveEvent::Config(new), _) => entry = Some(new),
            (LiveEvent::Sample { sample, .. }, Some(entry)) if sample.sync => return Ok((Arc::clone(entry), sample)),
            _ => {}
        }
    }
    Err(candour_audit::NotCovered::Lapsed.into())
}

async fn make(app: &App, camera: CameraId, entry: Arc<SampleEntry>, sample: Arc<Sample>) -> Result<Still, Problem> {
    let rows = app.db.streams(camera).await?;
    let stream = rows.iter().find(|row| row.kind == StreamKind::Main).map(|row| row.id);
    let stream = stream.ok_or_else(|| Problem::not_found("main stream of this camera"))?;
    let stills = Arc::clone(&app.stills);
    let made = tokio::task::spawn_blocking(move || stills.still(Whose { camera, stream }, &entry, &sample.data, WIDTH));
    made.await.map_err(|error| Problem::internal("the thread that makes stills", &error))?.map_err(problem)
}

/// The still that is kept, under a look of its own: entry, picture, entry of what was sent.
pub(crate) async fn kept_still(app: &App, who: &SignedIn, row: &CameraRow) -> Result<(MaskStillRow, Vec<u8>), Problem> {
    app.limits.still(who.session.id, app.clock.mono())?;
    let none = || Problem::not_found("still of this camera; it was never kept, or is destroyed");
    if app.db.mask_still(row.id, app.clock.wall()).await?.is_none() {
        return Err(none());
    }
    must_be_accepted(app, who.person.id, Moment::Begins).await?;
    let reason = "to draw what the camera may not see".to_owned();
    let receipt = app.log.look(look(who, row, reason, "kept_still")).await?;
    let opened = app.mask_stills.open(&receipt, row.id).await;
    let mut sent = Sent::default();
    if let Ok(Some((still, jpeg))) = &opened {
        let at = still.taken.ticks();
        sent.add_still(row.id, jpeg.len() as u64, (at, at + 1));
    }
    app.log.append(looks::ended(who.actor(), &receipt, "commissioning", "it was shown once", &sent)).await?;
    opened?.ok_or_else(none)
}

/// Requests that wait for a second person.
pub(crate) async fn waiting(app: &App, who: &SignedIn) -> Result<Vec<AskedView>, Problem> {
    let now = app.clock.wall();
    let mut waiting = Vec::new();
    for view in app.db.views_that_wait(now - AGREEMENT_STANDS).await? {
        if act(&view).standing(now) == ViewStanding::Waits
            && let Some(camera) = app.db.camera(view.camera).await?
        {
            waiting.push(asked(&view, &camera, who));
        }
    }
    Ok(waiting)
}

fn asked(view: &ViewRow, camera: &CameraRow, who: &SignedIn) -> AskedView {
    let since = view.decided.as_ref().map_or(view.asked.at, |(signature, _)| signature.at);
    AskedView {
        id: view.id.to_string(),
        camera: camera.id.to_string(),
        camera_name: camera.name.clone(),
        reason: view.reason.clone(),
        by: view.asked.name.clone(),
        since_90k: view.asked.at.ticks(),
        agreed_by: view.decided.as_ref().map(|(signature, _)| signature.name.clone()),
        until_90k: (since + AGREEMENT_STANDS).ticks(),
        own: view.asked.by == who.person.id,
    }
}

/// How it stands with a camera, for whoever asks.
pub(crate) async fn shown(app: &App, who: &SignedIn, row: &CameraRow) -> Result<Commissioning, Problem> {
    let (facts, now) = (Facts::of(app, row).await?, app.clock.wall());
    let acts = facts.acts();
    let (next, refused) = match may_begin_view(&who.roles, who.person.id, facts.camera, &acts, now) {
        Ok(Beginning::Asks) => (NextView::Asks, None),
        Ok(_) => (NextView::Begins, None),
        Err(why) => (NextView::Refused, Some(why.to_string())),
    };
    let day = now - WallDuration::from_seconds(86_400);
    let today = acts.iter().filter(|act| act.began.is_some_and(|began| began > day)).count();
    let is_asked = |view: &&ViewRow| matches!(act(view).standing(now), ViewStanding::Waits | ViewStanding::Agreed);
    let policy = in_force(app).await?;
    let terms = policy.as_ref().and_then(|policy| policy.terms(&row.name));
    let masks = terms.iter().flat_map(|terms| &terms.camera.masks).map(|mask| WrittenMask {
        name: mask.name.clone(),
        reason: mask.reason.clone(),
        corners: mask.corners.iter().map(|corner| [corner.x, corner.y]).collect(),
    });
    Ok(Commissioning {
        in_force: facts.camera.was_in_force,
        next,
        refused,
        left_today: u32::try_from(VIEWS_A_DAY.saturating_sub(today)).unwrap_or(0),
        minutes: u32::try_from(VIEW_LASTS.seconds_floor() / 60).unwrap_or(0),
        open: own_open(app, who, row.id),
        asked: facts.views.iter().find(is_asked).map(|view| asked(view, row, who)),
        signed: app.db.last_signed_view(row.id).await?.and_then(signed),
        still: app.db.mask_still(row.id, now).await?.map(|still| MaskStill {
            taken_90k: still.taken.ticks(),
            taken_by: still.taken_by,
            ends_90k: still.ends.ticks(),
            width: still.width,
            height: still.height,
        }),
        masks: masks.collect(),
        named: terms.is_some(),
    })
}

fn own_open(app: &App, who: &SignedIn, camera: CameraId) -> Option<OpenView> {
    let now = app.clock.mono();
    let is_it = |held: &Held| {
        matches!(held.ground(), Ground::SetUp { .. }) && held.receipt().look().cameras == [camera] && now < held.ends()
    };
    let held = app.looks.newest_of(who.session.id, is_it)?;
    let receipt = held.receipt();
    Some(OpenView {
        look: receipt.id().to_string(),
        left_ms: (held.over().nanos() - now.nanos()) / 1_000_000,
        entry: receipt.entry(),
    })
}

fn signed(view: ViewRow) -> Option<SignedView> {
    let signed = view.signed?;
    Some(SignedView { by: view.asked.name, at_90k: signed.at.ticks(), right: signed.is_right, remark: signed.remark })
}
