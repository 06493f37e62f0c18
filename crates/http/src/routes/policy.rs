//! The policy of the site: its versions, what they say, and the steps of their life. Every act is an entry in the log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_archive::plan_policy;
use candour_audit::{Event, EventKind, Subject};
use candour_db::{
    Approval, NewPolicyVersion, PersonRow, PolicyAct as Act, PolicyOrigin, PolicyState, PolicyVersionRow,
};
use candour_policy::{ApprovalRefused, Approving, Mistakes, Policy, earliest_force, may_approve, policy_hash};
use candour_units::{PersonId, PolicyId, WallTime};
use candour_wire::policy as wire;
use candour_wire::policy::{
    AdvisePolicy, ApprovePolicy, Policies, PolicyFile, PolicyInFull, PolicyReading, WithdrawPolicy,
};

use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, text};
use crate::policy_reading;
use crate::problem::{Kind, Problem};
use crate::roles::{self, Role};
use crate::sentences::sentence;
use crate::session::SignedIn;

const REASON: std::ops::RangeInclusive<usize> = 5..=300;
const ADVICE: std::ops::RangeInclusive<usize> = 10..=5000;
/// A departure or an early force is said in so many characters at most.
const LONGEST: usize = 1000;

/// Every version, and what waits for somebody.
#[utoipa::path(get, path = "/policy", tag = "policy", responses((status = 200, body = Policies)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Policies>, Problem> {
    let versions = app.db.policy_versions().await?;
    let of = |state| versions.iter().find(|version| version.state == state).map(|version| version.number);
    let (in_force, approved) = (of(PolicyState::InForce), of(PolicyState::Approved));
    Ok(axum::Json(Policies {
        in_force,
        approved,
        to_accept: to_accept(&app, &who, in_force).await?,
        to_accept_soon: to_accept(&app, &who, approved).await?,
        trouble: app.site.policy_trouble(),
        old_purposes: if in_force.is_none() { old_purposes(&app).await? } else { Vec::new() },
        versions: versions.iter().map(shown).collect(),
    }))
}

/// What a file says and what it would change, without proposing it.
#[utoipa::path(post, path = "/policy/check", tag = "policy", request_body = PolicyFile,
    responses((status = 200, body = PolicyReading), (status = 413)))]
pub(crate) async fn check(
    State(app): State<App>,
    Json(asked): Json<PolicyFile>,
) -> Result<axum::Json<PolicyReading>, Problem> {
    policy_reading::of_file(&app, &asked.text).await.map(axum::Json)
}

/// Proposes a version. A file with mistakes, or that asks for what this recorder cannot do, is not stored.
#[utoipa::path(post, path = "/policy", tag = "policy", request_body = PolicyFile,
    responses((status = 201, body = PolicyInFull), (status = 413), (status = 422)))]
pub(crate) async fn draft(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<PolicyFile>,
) -> Result<(StatusCode, axum::Json<PolicyInFull>), Problem> {
    let policy = Policy::parse(asked.text.as_bytes()).map_err(|mistakes| refused_file(&mistakes))?;
    if let Some(why) = policy_reading::not_possible(&app, &policy) {
        return Err(Problem::invalid("text", why));
    }
    log_must_work(&app)?;
    let new = NewPolicyVersion {
        id: PolicyId::from_bytes(app.entropy.id()),
        hash: policy_hash(asked.text.as_bytes()),
        text: asked.text,
        origin: PolicyOrigin::Viewer,
    };
    let number = app.db.draft_policy(&new, act(&who, app.clock.wall(), "", "{}")).await?;
    log_newest_act(&app, &who, number).await;
    Ok((StatusCode::CREATED, axum::Json(in_full(&app, &known(&app, &number.to_string()).await?).await?)))
}

/// One version: its file, what it says, what it would change, and what was done to it.
#[utoipa::path(get, path = "/policy/{number}", tag = "policy", params(("number" = i64, Path, description = "Version")),
    responses((status = 200, body = PolicyInFull), (status = 404)))]
pub(crate) async fn read(
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<axum::Json<PolicyInFull>, Problem> {
    in_full(&app, &known(&app, &number).await?).await.map(axum::Json)
}

/// Puts the data protection officer's advice on record.
#[utoipa::path(post, path = "/policy/{number}/advise", tag = "policy",
    params(("number" = i64, Path, description = "Version")), request_body = AdvisePolicy,
    responses((status = 200, body = PolicyInFull), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn advise(
    State(app): State<App>,
    who: SignedIn,
    Path(number): Path<String>,
    Json(asked): Json<AdvisePolicy>,
) -> Result<axum::Json<PolicyInFull>, Problem> {
    let version = known(&app, &number).await?;
    let words = text("words", &asked.words, ADVICE)?;
    if !matches!(version.state, PolicyState::Draft | PolicyState::Approved) {
        return Err(too_late(&version, "advice comes too late for it"));
    }
    log_must_work(&app)?;
    app.db.advise_policy(version.number, act(&who, app.clock.wall(), &words, "{}")).await?;
    log_newest_act(&app, &who, version.number).await;
    read(State(app), Path(number)).await
}

/// Approves a version: from its time on it is in force.
#[utoipa::path(post, path = "/policy/{number}/approve", tag = "policy",
    params(("number" = i64, Path, description = "Version")), request_body = ApprovePolicy,
    responses((status = 200, body = PolicyInFull), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn approve(
    State(app): State<App>,
    who: SignedIn,
    Path(number): Path<String>,
    Json(asked): Json<ApprovePolicy>,
) -> Result<axum::Json<PolicyInFull>, Problem> {
    let version = known(&app, &number).await?;
    let reason = text("reason", &asked.reason, REASON)?;
    let (departure, early) = (said("departure", asked.departure.as_deref())?, said("early", asked.early.as_deref())?);
    if version.state != PolicyState::Draft {
        return Err(too_late(&version, "only a proposed version is approved"));
    }
    // The day that a version waits is counted by this clock.
    app.site
        .clock_is_believed()
        .map_err(|why| Problem::new(Kind::Conflict, format!("Nothing can be approved now: {why}.")))?;
    let policy = stored_policy(&app, version.number).await?;
    let now = app.clock.wall();
    // A file that was imported was read by another program, perhaps an older one.
    if let Some(why) = policy_reading::not_possible(&app, &policy) {
        return Err(Problem::new(Kind::Conflict, why));
    }
    let old = policy_reading::in_force(&app).await?;
    let impact = plan_policy(&app.db, old.as_ref(), &policy, now).await?;
    let from = asked.from_90k.map(|from| crate::extract::moment("from_90k", from)).transpose()?;
    let asked = Approving {
        now,
        from,
        usual: earliest_force(now, &impact, None).at,
        follows: asked.follows_advice,
        departure: departure.as_deref(),
        early: early.as_deref(),
        ..standing(&app, &who, &version).await?
    };
    let approvable = may_approve(&asked).map_err(refused)?;
    log_must_work(&app)?;
    let going = impact.totals.footage;
    let detail = serde_json::json!({
        "departure": approvable.departure, "early": approvable.early, "force_90k": approvable.force.ticks(),
        "deletes_segments": going.destroyed.segments, "deletes_bytes": going.destroyed.bytes,
        "held_segments": going.held.segments, "shortens_segments": going.shortened.segments,
        "own_proposal": asked.proposed_it,
    });
    let approval = Approval { force: approvable.force, departure: approvable.departure, early: approvable.early };
    app.db.approve_policy(version.number, approval, act(&who, now, &reason, &detail.to_string())).await?;
    log_newest_act(&app, &who, version.number).await;
    read(State(app), Path(number)).await
}

/// Gives up a version that is not in force yet; whoever decides does, of a proposal also whoever proposes.
#[utoipa::path(post, path = "/policy/{number}/withdraw", tag = "policy",
    params(("number" = i64, Path, description = "Version")), request_body = WithdrawPolicy,
    responses((status = 200, body = PolicyInFull), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    who: SignedIn,
    Path(number): Path<String>,
    Json(asked): Json<WithdrawPolicy>,
) -> Result<axum::Json<PolicyInFull>, Problem> {
    let version = known(&app, &number).await?;
    let reason = text("reason", &asked.reason, REASON)?;
    match version.state {
        PolicyState::Draft => {}
        PolicyState::Approved if roles::may(&who.roles, roles::Act::ApprovePolicy) => {}
        PolicyState::Approved => {
            return Err(Problem::new(Kind::Forbidden, roles::refusal(roles::Act::ApprovePolicy)));
        }
        _ => return Err(too_late(&version, "what is or was in force is superseded, not withdrawn")),
    }
    log_must_work(&app)?;
    app.db.withdraw_policy(version.number, act(&who, app.clock.wall(), &reason, "{}")).await?;
    log_newest_act(&app, &who, version.number).await;
    read(State(app), Path(number)).await
}

/// Accepts a version that is in force or will be: whoever sees footage does before the first look.
#[utoipa::path(post, path = "/policy/{number}/accept", tag = "policy",
    params(("number" = i64, Path, description = "Version")), responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn accept(
    State(app): State<App>,
    who: SignedIn,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let version = known(&app, &number).await?;
    if !matches!(version.state, PolicyState::InForce | PolicyState::Approved) {
        return Err(too_late(&version, "only a version that is in force, or approved, is accepted"));
    }
    if app.db.has_accepted_policy(version.number, who.person.id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let outcome = serde_json::json!({ "hash": version.hash.to_string(), "version": version.number }).to_string();
    let event = Event { kind: EventKind::PolicyAccepted, actor: who.actor(), subject: Subject::default(), outcome };
    let recorded = app.log.append(event).await?;
    let entry = i64::try_from(recorded.index).unwrap_or(i64::MAX);
    app.db.accept_policy(version.number, who.person.id, &who.person.full_name, app.clock.wall(), entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the rules of approval must know of people.
pub(super) async fn standing(
    app: &App,
    who: &SignedIn,
    version: &PolicyVersionRow,
) -> Result<Approving<'static>, Problem> {
    let people = app.db.people().await?;
    let now = app.clock.wall();
    let has = |role: Role, but: Option<PersonId>| {
        let is = |person: &&PersonRow| person.may_sign_in(now) && roles::parse(&person.roles).contains(&role);
        people.iter().filter(is).any(|person| Some(person.id) != but)
    };
    let me = who.person.id;
    let acts = app.db.policy_acts(version.number).await?;
    let advised = acts.iter().any(|act| act.act == "advised" && act.person == Some(me));
    Ok(Approving {
        now,
        proposed_it: version.author == Some(me),
        has_second: has(Role::Owner, Some(me)),
        advises: advised || who.roles.contains(&Role::Dpo),
        is_advised: version.advice.is_some(),
        has_officer: has(Role::Dpo, None),
        follows: false,
        departure: None,
        from: None,
        usual: now,
        early: None,
    })
}

fn refused(why: ApprovalRefused) -> Problem {
    let words = sentence(&why);
    match why {
        ApprovalRefused::OwnProposal | ApprovalRefused::Adviser => Problem::new(Kind::Forbidden, words),
        ApprovalRefused::NoAdvice => Problem::new(Kind::Conflict, words),
        ApprovalRefused::SayWhetherFollowed => Problem::invalid("follows_advice", words),
        ApprovalRefused::Departure => Problem::invalid("departure", words),
        ApprovalRefused::Early => Problem::invalid("early", words),
        ApprovalRefused::TooSoon { .. } | ApprovalRefused::TooFar => Problem::invalid("from_90k", words),
    }
}

fn refused_file(mistakes: &Mistakes) -> Problem {
    let words = match &mistakes.0[..] {
        [one] => format!("{one}."),
        [first, rest @ ..] => {
            format!("{first}. There are {} more mistakes; check the file to see them all.", rest.len())
        }
        [] => "The file cannot be read.".to_owned(),
    };
    Problem::invalid("text", sentence(&words))
}

fn said(field: &'static str, words: Option<&str>) -> Result<Option<String>, Problem> {
    words.map(|words| text(field, words, 1..=LONGEST)).transpose()
}

fn too_late(version: &PolicyVersionRow, why: &str) -> Problem {
    let state = version.state.word().replace('_', " ");
    Problem::new(Kind::Conflict, format!("Version {} is {state}: {why}.", version.number))
}

fn act<'a>(who: &'a SignedIn, at: WallTime, reason: &'a str, detail: &'a str) -> Act<'a> {
    Act { person: Some(who.person.id), by: &who.person.full_name, at, reason, detail }
}

/// Writes the newest act down in the name of whoever did it. Should that fail now, the recorder does it in the next round.
async fn log_newest_act(app: &App, who: &SignedIn, number: i64) {
    let logged = async {
        let acts = app.db.policy_acts(number).await?;
        let Some(newest) = acts.last().filter(|act| act.entry.is_none()) else { return Ok(()) };
        app.archive.log_policy_act(newest, who.actor()).await
    };
    let logged: Result<(), candour_archive::ArchiveError> = logged.await;
    if let Err(error) = logged {
        tracing::error!(number, error = candour_units::chain(&error), "an act on a policy is not logged yet");
    }
}

async fn known(app: &App, number: &str) -> Result<PolicyVersionRow, Problem> {
    let found = match number.parse() {
        Ok(number) => app.db.policy_version(number).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Problem::not_found("such version of the policy"))
}

async fn stored_policy(app: &App, number: i64) -> Result<Policy, Problem> {
    let text = app.db.policy_text(number).await?.unwrap_or_default();
    Policy::parse(text.as_bytes()).map_err(|mistakes| {
        let first = mistakes.0.first().map(ToString::to_string).unwrap_or_default();
        Problem::new(Kind::Conflict, format!("This program cannot read version {number}: {first}. Propose it anew."))
    })
}

async fn to_accept(app: &App, who: &SignedIn, version: Option<i64>) -> Result<Option<i64>, Problem> {
    let looks = |act: roles::Act| act.shows_pictures() && roles::may(&who.roles, act);
    let sees_pictures = roles::Act::ALL.into_iter().any(looks);
    let Some(number) = version.filter(|_| sees_pictures) else { return Ok(None) };
    Ok((!app.db.has_accepted_policy(number, who.person.id).await?).then_some(number))
}

async fn old_purposes(app: &App) -> Result<Vec<String>, Problem> {
    let cameras = app.db.cameras().await?;
    Ok(cameras.into_iter().filter(|row| row.purpose.is_some()).map(|row| row.name).collect())
}

async fn in_full(app: &App, version: &PolicyVersionRow) -> Result<PolicyInFull, Problem> {
    let text = app.db.policy_text(version.number).await?.unwrap_or_default();
    let reading = policy_reading::of_version(app, version, &text).await?;
    let acts = app.db.policy_acts(version.number).await?;
    let accepted = app.db.policy_acceptances(version.number).await?;
    Ok(PolicyInFull {
        version: shown(version),
        text,
        reading,
        acts: acts
            .into_iter()
            .map(|act| wire::PolicyAct {
                act: act.act,
                by: act.by,
                at_90k: act.at.ticks(),
                reason: act.reason,
                entry: act.entry,
            })
            .collect(),
        acceptances: accepted
            .into_iter()
            .map(|(_, name, at)| wire::PolicyAcceptance { name, at_90k: at.ticks() })
            .collect(),
    })
}

fn shown(row: &PolicyVersionRow) -> wire::PolicyVersion {
    wire::PolicyVersion {
        number: row.number,
        hash: row.hash.to_string(),
        state: match row.state {
            PolicyState::Draft => wire::PolicyState::Draft,
            PolicyState::Approved => wire::PolicyState::Approved,
            PolicyState::InForce => wire::PolicyState::InForce,
            PolicyState::Superseded => wire::PolicyState::Superseded,
            PolicyState::Withdrawn => wire::PolicyState::Withdrawn,
        },
        origin: match row.origin {
            PolicyOrigin::Viewer => wire::PolicyOrigin::Viewer,
            PolicyOrigin::Import => wire::PolicyOrigin::Import,
            PolicyOrigin::FirstStart => wire::PolicyOrigin::FirstStart,
        },
        drafted_by: row.drafted_by.clone(),
        drafted_90k: row.drafted.ticks(),
        advice: row.advice.as_ref().map(|advice| wire::PolicyAdvice {
            words: advice.words.clone(),
            by: advice.by.clone(),
            at_90k: advice.at.ticks(),
        }),
        approved_by: row.approved.as_ref().map(|(by, _)| by.clone()),
        approved_90k: row.approved.as_ref().map(|(_, at)| at.ticks()),
        departure: row.departure.clone(),
        early: row.early.clone(),
        force_90k: row.force.map(WallTime::ticks),
        forced_90k: row.forced.map(WallTime::ticks),
        ended_90k: row.ended.map(WallTime::ticks),
    }
}
