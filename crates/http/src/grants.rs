//! What a look stands under: grants read for `policy`, the own watch, what cameras permit, and the alarm of broken glass.

use std::collections::BTreeSet;

use candour_audit::{Actor, Event, EventKind, Subject, Under};
use candour_db::{CameraRow, GrantRow, NewAlarm};
use candour_policy::{
    GlassUse, Grant, GrantState, Ground, INSTANT_REPLAY, LookRequest, Looker, Origin, Policy, Watched, Zone,
    is_suspended, review_due,
};
use candour_units::{AlarmId, CameraId, GrantId, PersonId, SessionId, WallRange, WallTime};

use crate::app::App;
use crate::names::CameraNames;
use crate::policy_reading::in_force;
use crate::problem::Problem;
use crate::roles::{Act, Role, may};

/// The alarm of broken glass that nobody reviewed.
const ALARM: &str = "break_glass";

/// A row as `policy` reads it; one with a word nobody knows gives no right.
pub(crate) fn of_row(row: &GrantRow) -> Option<Grant> {
    Some(Grant {
        id: row.id,
        origin: Origin::ALL.into_iter().find(|origin| origin.word() == row.origin)?,
        asked_by: row.asked.person,
        cameras: row.cameras.iter().copied().collect(),
        footage: row.footage,
        until: row.until,
        export: row.export,
        state: GrantState::ALL.into_iter().find(|state| state.word() == row.state)?,
    })
}

/// A use of broken glass.
pub(crate) fn use_of(row: &GrantRow) -> GlassUse {
    let reviewed = row.reviewed.as_ref().map(|(act, _)| act.at);
    GlassUse { grant: row.id, by: row.asked.person, used: row.asked.at, reviewed }
}

/// The site's zone, for working days; UTC without a policy.
pub(crate) fn zone(policy: Option<&Policy>) -> Zone {
    let written = policy.map(|policy| policy.site.time_zone.clone());
    written.or_else(|| Zone::named("Etc/UTC")).expect("UTC is compiled in")
}

/// Somebody who wants to look back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    pub(crate) id: PersonId,
    pub(crate) session: SessionId,
    pub(crate) roles: &'a [Role],
}

/// What somebody may look at these cameras and that interval under; `Ok(Err)` is the refusal in words.
pub(crate) async fn may_look_back(
    app: &App,
    person: Person<'_>,
    cameras: &[CameraId],
    interval: WallRange,
) -> Result<Result<Ground, String>, Problem> {
    let (grants, watch) = grounds(app, person).await?;
    let looker = Looker { person: person.id, roles: person.roles, grants: &grants, watch: &watch };
    let request = LookRequest::Playback { cameras, interval };
    Ok(candour_policy::may_look(&looker, request, app.clock.wall()).map_err(|refusal| refusal.to_string()))
}

/// The parts of `range` whose footage of a camera that person may see.
pub(crate) async fn open_parts(
    app: &App,
    person: Person<'_>,
    camera: CameraId,
    range: WallRange,
) -> Result<Vec<WallRange>, Problem> {
    if !may(person.roles, Act::LookBack) {
        return Ok(Vec::new());
    }
    let (grants, watch) = grounds(app, person).await?;
    let looker = Looker { person: person.id, roles: person.roles, grants: &grants, watch: &watch };
    Ok(candour_policy::open_parts(&looker, camera, range, app.clock.wall()))
}

/// The grants and the own watch of a person.
async fn grounds(app: &App, person: Person<'_>) -> Result<(Vec<Grant>, Vec<Watched>), Problem> {
    let rows = app.db.newest_grants(Some(person.id), MOST_READ).await?;
    let watch = if may(person.roles, Act::WatchLive) { own_watch(app, person.session).await? } else { Vec::new() };
    Ok((rows.iter().filter_map(of_row).collect(), watch))
}

/// Grants of one person that are looked at: more are never open at once, and older ones only make refusals kinder.
const MOST_READ: i64 = 500;

/// The cameras that a sign-in watches live, with how far back the policy lets its watch look.
async fn own_watch(app: &App, session: SessionId) -> Result<Vec<Watched>, Problem> {
    let watched = app.watchers.of_session(session, app.clock.wall());
    if watched.is_empty() {
        return Ok(Vec::new());
    }
    let policy = in_force(app).await?;
    let mut watch = Vec::with_capacity(watched.len());
    for (camera, since) in watched {
        let row = app.db.camera(camera).await?;
        let length = match (&policy, &row) {
            (Some(policy), Some(row)) => {
                policy.terms(&row.name).map_or(policy.site.instant_replay, |terms| terms.instant_replay)
            }
            _ => INSTANT_REPLAY,
        };
        watch.push(Watched { camera, since, length });
    }
    Ok(watch)
}

/// What stands in the log of a look's ground.
pub(crate) async fn under(app: &App, ground: Ground) -> Result<Option<Under>, Problem> {
    Ok(match ground {
        Ground::Live => None,
        Ground::SetUp { agreed, .. } => {
            Some(Under { ground: if agreed { "agreed" } else { "not_in_force" }, grant: None, case: None })
        }
        Ground::Replay { .. } => Some(Under { ground: "replay", grant: None, case: None }),
        Ground::Grant { id, origin, .. } => {
            let ground = match origin {
                Origin::Request => "grant",
                Origin::BreakGlass => "break_glass",
            };
            let case = app.db.grant(id).await?.map(|row| row.case_reference).filter(|case| !case.is_empty());
            Some(Under { ground, grant: Some(id), case })
        }
    })
}

/// Whether a look under that ground may be given as a file.
pub(crate) fn may_leave(ground: Ground) -> bool {
    matches!(ground, Ground::Grant { export: true, .. })
}

/// When that ground is over; `None` for live.
pub(crate) fn until(ground: Ground) -> Option<WallTime> {
    match ground {
        Ground::Live => None,
        Ground::SetUp { until, .. } | Ground::Replay { until } | Ground::Grant { until, .. } => Some(until),
    }
}

/// The grant of a ground.
pub(crate) fn grant_of(ground: Ground) -> Option<GrantId> {
    match ground {
        Ground::Grant { id, .. } => Some(id),
        Ground::Live | Ground::SetUp { .. } | Ground::Replay { .. } => None,
    }
}

/// What the footage of cameras may be looked at for: what the policy in force says of a camera that it names, or else what
/// footage of it was ever captured for.
pub(crate) struct Permissions {
    policy: Option<Policy>,
    promised: Vec<(CameraId, String, String)>,
}

impl Permissions {
    pub(crate) async fn load(app: &App) -> Result<Self, Problem> {
        Ok(Self { policy: in_force(app).await?, promised: app.db.promised_words().await? })
    }

    pub(crate) fn zone(&self) -> Zone {
        zone(self.policy.as_ref())
    }

    pub(crate) async fn of(&self, app: &App, row: &CameraRow) -> Result<BTreeSet<String>, Problem> {
        let named = self.policy.as_ref().filter(|_| row.removed.is_none());
        if let Some(terms) = named.and_then(|policy| policy.terms(&row.name)) {
            let also = terms.camera.also_for.iter();
            return Ok(also.chain([&terms.camera.purpose]).cloned().collect());
        }
        let promised = self.promised.iter().filter(|(camera, ..)| *camera == row.id);
        let mut purposes: BTreeSet<String> = promised.map(|(_, _, word)| word.clone()).collect();
        if let Some(purpose) = row.purpose
            && let Some(written) = app.db.purpose(purpose).await?
        {
            purposes.extend(written.version.map(|version| version.word));
        }
        Ok(purposes)
    }
}

/// Raises, changes or clears the alarm of broken glass after something about it changed. A new use is a new alarm, however many
/// took the old one.
pub(crate) async fn sound(app: &App, is_new_use: bool) {
    if let Err(problem) = try_sound(app, is_new_use).await {
        tracing::error!(why = problem.detail(), "the alarm of broken glass could not be changed");
    }
}

/// The same words with what time changed in them: a review that is overdue by now.
pub(crate) async fn refresh_alarm(app: &App) {
    match app.db.unreviewed_grants().await {
        Ok(rows) if rows.is_empty() => {}
        _ => sound(app, false).await,
    }
}

async fn try_sound(app: &App, is_new_use: bool) -> Result<(), Problem> {
    let rows = app.db.unreviewed_grants().await?;
    let now = app.clock.wall();
    if (rows.is_empty() || is_new_use) && app.db.clear_alarm(ALARM, None, now).await? {
        write_down(app, EventKind::AlarmSettled, "broken glass was reviewed, or broken anew").await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let words = words(app, &rows, now).await?;
    let alarm = NewAlarm {
        id: AlarmId::from_bytes(app.entropy.id()),
        kind: ALARM.to_owned(),
        camera: None,
        severity: "red".to_owned(),
        words: words.clone(),
        raised: now,
    };
    if app.db.raise_alarm(&alarm).await? {
        write_down(app, EventKind::AlarmRaised, &words).await?;
    }
    Ok(())
}

async fn write_down(app: &App, kind: EventKind, words: &str) -> Result<(), Problem> {
    let outcome = serde_json::json!({ "alarm": ALARM, "words": words }).to_string();
    app.log.append(Event { kind, actor: Actor::Recorder, subject: Subject::default(), outcome }).await?;
    Ok(())
}

/// What everybody reads: who, when, what, and until when it is reviewed.
async fn words(app: &App, rows: &[GrantRow], now: WallTime) -> Result<String, Problem> {
    let names = CameraNames::load(app, rows.iter().flat_map(|row| row.cameras.clone()).collect()).await?;
    let zone = zone(in_force(app).await?.as_ref());
    let told = rows.iter().map(|row| {
        let cameras: Vec<String> = row.cameras.iter().map(|camera| names.get(*camera)).collect();
        let due = review_due(row.asked.at, &zone);
        let review = if now >= due {
            let who = &row.asked.name;
            format!("The review is overdue, so {who} may not break it again.")
        } else {
            format!("An approver or the system owner reviews it by {}.", zone.spoken(due))
        };
        format!(
            "{} broke the glass on {} to look at {}: {}. {review}",
            row.asked.name,
            zone.spoken(row.asked.at),
            cameras.join(", "),
            row.asked.words.trim_end_matches('.'),
        )
    });
    Ok(told.collect::<Vec<_>>().join(" "))
}

/// Whether that person's right is suspended.
pub(crate) async fn suspended(app: &App, person: PersonId, zone: &Zone) -> Result<bool, Problem> {
    let uses: Vec<GlassUse> = app.db.unreviewed_grants().await?.iter().map(use_of).collect();
    Ok(is_suspended(person, &uses, zone, app.clock.wall()))
}
