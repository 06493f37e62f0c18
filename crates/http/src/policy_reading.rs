//! A version of the policy, read for people: mistakes, what it says of each camera now, what it would change.

use candour_archive::plan_policy;
use candour_db::{CameraRow, PolicyState, PolicyVersionRow};
use candour_policy::{
    Answer, Change, Footage, Impact, Mistakes, Policy, Reason, Section, Weight, Word as _, check, earliest_force,
    may_record, prose, sign,
};
use candour_units::WallTime;
use candour_wire::policy::{
    PolicyAmount, PolicyCamera, PolicyCameraFootage, PolicyChange, PolicyFinding, PolicyFootage, PolicyMistake,
    PolicyPlan, PolicyReading, PolicyReason, PolicySection,
};

use crate::app::App;
use crate::problem::Problem;

/// A file that nobody proposed yet.
pub(crate) async fn of_file(app: &App, text: &str) -> Result<PolicyReading, Problem> {
    match Policy::parse(text.as_bytes()) {
        Ok(policy) => read(app, &policy, Some(app.clock.wall())).await,
        Err(mistakes) => Ok(wrong(&mistakes)),
    }
}

/// A stored version. What one whose time has come or is over would have changed, nobody asks.
pub(crate) async fn of_version(app: &App, version: &PolicyVersionRow, text: &str) -> Result<PolicyReading, Problem> {
    let now = app.clock.wall();
    let at = match version.state {
        PolicyState::Draft => Some(now),
        PolicyState::Approved => Some(version.force.unwrap_or(now).max(now)),
        PolicyState::InForce | PolicyState::Superseded | PolicyState::Withdrawn => None,
    };
    match Policy::parse(text.as_bytes()) {
        Ok(policy) => read(app, &policy, at).await,
        Err(mistakes) => Ok(wrong(&mistakes)),
    }
}

/// The version in force, if there is one and this program can read it.
pub(crate) async fn in_force(app: &App) -> Result<Option<Policy>, Problem> {
    let Some(version) = app.db.policy_in_force().await? else { return Ok(None) };
    let text = app.db.policy_text(version.number).await?.unwrap_or_default();
    Ok(Policy::parse(text.as_bytes()).ok())
}

/// What keeps a policy without mistakes from coming into force on this recorder, in words.
pub(crate) fn not_possible(app: &App, policy: &Policy) -> Option<String> {
    let found = check(policy, &app.site.capabilities(), app.clock.wall());
    let refused = found.into_iter().filter(|finding| finding.weight == Weight::Refused);
    let words: Vec<String> =
        refused.map(|finding| format!("{}: {}", finding.reason.rule, finding.reason.words)).collect();
    (!words.is_empty()).then(|| format!("This version cannot come into force here: {}.", words.join("; ")))
}

fn wrong(mistakes: &Mistakes) -> PolicyReading {
    let mistake = |mistake: &candour_policy::Mistake| PolicyMistake {
        line: mistake.at.line,
        column: mistake.at.column,
        rule: mistake.rule.to_string(),
        words: mistake.words.clone(),
    };
    PolicyReading { mistakes: mistakes.0.iter().map(mistake).collect(), ..PolicyReading::default() }
}

async fn read(app: &App, policy: &Policy, at: Option<WallTime>) -> Result<PolicyReading, Problem> {
    let now = app.clock.wall();
    let cameras = app.db.cameras().await?;
    let has = |name: &&String| cameras.iter().any(|camera| camera.name == **name);
    let plan = match at {
        Some(at) => {
            let old = in_force(app).await?;
            Some(plan(policy, &plan_policy(&app.db, old.as_ref(), policy, at).await?, now))
        }
        None => None,
    };
    let findings = check(policy, &app.site.capabilities(), now);
    Ok(PolicyReading {
        mistakes: Vec::new(),
        can_come_into_force: findings.iter().all(|finding| finding.weight == Weight::Advice),
        findings: findings
            .iter()
            .map(|finding| PolicyFinding {
                refused: finding.weight == Weight::Refused,
                reason: reason(&finding.reason),
            })
            .collect(),
        unnamed: cameras.iter().filter(|row| policy.terms(&row.name).is_none()).map(|row| row.name.clone()).collect(),
        unknown: policy.cameras.keys().filter(|name| !has(name)).cloned().collect(),
        cameras: cameras.iter().filter_map(|row| camera(policy, row, now)).collect(),
        prose: sections(policy),
        plan,
    })
}

fn sections(policy: &Policy) -> Vec<PolicySection> {
    let told = prose(policy);
    let cameras = told.cameras.into_iter().map(|camera| camera.section);
    let all = told.general.into_iter().chain(told.purposes).chain(told.classes).chain(cameras);
    all.map(|Section { rule, heading, paragraphs }| PolicySection { rule: rule.to_string(), heading, paragraphs })
        .collect()
}

fn camera(policy: &Policy, row: &CameraRow, now: WallTime) -> Option<PolicyCamera> {
    let terms = policy.terms(&row.name)?;
    let decision = may_record(policy, &row.name, now);
    Some(PolicyCamera {
        camera: row.id.to_string(),
        name: row.name.clone(),
        purpose: terms.camera.purpose.clone(),
        aim: terms.purpose.aim.clone(),
        owner: terms.purpose.owner.clone(),
        keep_90k: terms.keep.ticks(),
        records: decision.records(),
        because: decision.because.iter().map(reason).collect(),
        until_90k: decision.until.map(WallTime::ticks),
        warnings: decision.warnings.iter().map(reason).collect(),
        sign: sign(policy, &row.name).map(|sign| sign.lines()).unwrap_or_default(),
    })
}

fn reason(reason: &Reason) -> PolicyReason {
    PolicyReason {
        rule: reason.rule.to_string(),
        line: reason.place.map(|place| place.line),
        words: reason.words.clone(),
    }
}

fn plan(policy: &Policy, impact: &Impact, now: WallTime) -> PolicyPlan {
    let earliest = earliest_force(now, impact, None);
    let of_cameras = impact.cameras.iter().flat_map(|of| {
        let ending = of.footage.iter().filter(|(_, answer)| answer.ends_sooner());
        ending.map(|(purpose, answer)| PolicyCameraFootage {
            camera: of.camera.clone(),
            purpose: purpose.clone(),
            footage: footage(answer),
        })
    });
    PolicyPlan {
        at_90k: impact.at.ticks(),
        earliest_90k: earliest.at.ticks(),
        earliest_because: earliest.because.words,
        summary: impact.summary(&policy.site.time_zone),
        footage: footage(&impact.totals.footage),
        cameras: of_cameras.collect(),
        changes: impact.difference.changes.iter().map(change).collect(),
    }
}

fn footage(answer: &Answer) -> PolicyFootage {
    PolicyFootage {
        destroyed: amount(answer.destroyed),
        held: amount(answer.held),
        shortened: amount(answer.shortened),
    }
}

fn amount(Footage { segments, bytes, interval }: Footage) -> PolicyAmount {
    PolicyAmount {
        segments,
        bytes,
        from_90k: interval.map(|interval| interval.start.ticks()),
        to_90k: interval.map(|interval| interval.end.ticks()),
    }
}

fn change(change: &Change) -> PolicyChange {
    PolicyChange {
        rule: change.rule.to_string(),
        words: change.to_string(),
        shortens: change.shortens.word().to_owned(),
    }
}
