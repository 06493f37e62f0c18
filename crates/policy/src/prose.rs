//! The policy as sentences that a layman understands, and the text of the sign at each camera.

use crate::model::{Class, Policy, Purpose, RuleId, Terms};
use crate::spoken::{self, length, listed};
use crate::vocabulary::{LawfulBasis, Level, Publish, Regime, WhenOverdue};

/// A heading and the paragraphs below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The part of the policy it tells of.
    pub rule: RuleId,
    /// Its heading.
    pub heading: String,
    /// What it says.
    pub paragraphs: Vec<String>,
}

/// What is told of one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraSection {
    /// Its name in the recorder.
    pub camera: String,
    /// What holds for it.
    pub section: Section,
    /// The text of its sign.
    pub sign: Sign,
}

/// A whole policy in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The title.
    pub title: String,
    /// Who answers, and what nobody may exceed.
    pub general: Vec<Section>,
    /// What recording is for, purpose by purpose.
    pub purposes: Vec<Section>,
    /// How cameras are treated, class by class.
    pub classes: Vec<Section>,
    /// Camera by camera.
    pub cameras: Vec<CameraSection>,
}

/// What stands on the sign at a camera: who records, what for, and whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Who records.
    pub operator: String,
    /// What is recorded: pictures, or pictures and sound.
    pub what: &'static str,
    /// What for.
    pub purpose: String,
    /// Whom to ask.
    pub contact: String,
    /// How long footage is kept.
    pub kept: String,
}

impl Sign {
    /// The sign, line by line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        vec![
            format!("{} are recorded here", self.what),
            format!("By: {}", self.operator),
            format!("For: {}", self.purpose),
            format!("Kept for at most {}", self.kept),
            format!("Questions: {}", self.contact),
        ]
    }
}

/// The policy in words.
#[must_use]
pub fn prose(policy: &Policy) -> Prose {
    Prose {
        title: format!("Cameras at {}", policy.site.name),
        general: vec![who(policy), ceilings(policy)],
        purposes: policy.purposes.iter().map(|(name, purpose)| purpose_section(policy, name, purpose)).collect(),
        classes: policy.classes.iter().map(|(name, class)| class_section(name, class)).collect(),
        cameras: policy.all_terms().map(|terms| camera_section(policy, &terms)).collect(),
    }
}

/// The text of the sign at that camera; `None` if the policy does not know it.
#[must_use]
pub fn sign(policy: &Policy, camera: &str) -> Option<Sign> {
    policy.terms(camera).map(|terms| sign_of(policy, &terms))
}

fn sign_of(policy: &Policy, terms: &Terms<'_>) -> Sign {
    Sign {
        operator: policy.controller.name.clone(),
        what: if terms.audio.is_some() { "Pictures and sound" } else { "Pictures" },
        purpose: terms.purpose.aim.clone(),
        contact: policy.controller.contact.clone(),
        kept: length(terms.keep),
    }
}

/// A sentence with one full stop at its end.
fn sentence(words: &str) -> String {
    let words = words.trim_end();
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

fn section(rule: RuleId, heading: impl Into<String>, paragraphs: Vec<String>) -> Section {
    Section { rule, heading: heading.into(), paragraphs }
}

fn who(policy: &Policy) -> Section {
    let controller = &policy.controller;
    let law = match controller.regime {
        Regime::UkGdpr => "the UK GDPR and the Data Protection Act 2018",
        Regime::DpaPart3 => "Part 3 of the Data Protection Act 2018 (law enforcement)",
    };
    let authority = if controller.public_authority { ", a public authority," } else { "" };
    let mut people = format!(
        "{} decides on this policy. {} advises on it as data protection officer, and decides nothing.",
        controller.system_owner, controller.data_protection_officer
    );
    if let Some(officer) = &controller.senior_responsible_officer {
        people.push_str(&format!(" The senior responsible officer is {officer}."));
    }
    let paragraphs = vec![
        format!("{}{authority} answers for the cameras at {}, under {law}.", controller.name, policy.site.name),
        people,
        format!("Whoever has a question asks: {}", sentence(&controller.contact)),
        format!("Whoever wants to complain writes to: {}", sentence(&controller.complaints)),
    ];
    section(RuleId::of(&["controller"]), "Who answers for the cameras", paragraphs)
}

fn ceilings(policy: &Policy) -> Section {
    let charter = &policy.charter;
    let paragraphs = vec![
        format!(
            "Footage is kept for at most {}; where it is kept longer, the reason is written below.",
            length(charter.keep_at_most)
        ),
        format!(
            "Assessments of the effect on people's privacy are reviewed after {} at most.",
            spoken::counted(i64::from(charter.dpia_review_months), "month")
        ),
        format!(
            "Watching staff may look back {} on their own; further back needs a written request that a second person approves.",
            length(policy.site.instant_replay)
        ),
        format!("All times of day are those of the zone {}.", policy.site.time_zone.name()),
    ];
    section(RuleId::of(&["charter"]), "What nobody may exceed", paragraphs)
}

fn purpose_section(policy: &Policy, name: &str, purpose: &Purpose) -> Section {
    let mut paragraphs = vec![
        sentence(&purpose.aim),
        format!("Why it is necessary: {}", sentence(&purpose.necessity)),
        format!(
            "The law allows it as {} ({}): {}",
            purpose.lawful_basis.spoken(),
            purpose.lawful_basis.source(),
            sentence(&purpose.basis_reason)
        ),
        format!("{} answers for it.", purpose.owner),
    ];
    if purpose.lawful_basis == LawfulBasis::Consent {
        paragraphs.push("Everybody in the picture may refuse at any time, without harm.".to_owned());
    }
    paragraphs.push(kept(purpose));
    if let Some((reference, dpia)) = purpose.dpia.as_ref().and_then(|reference| policy.dpias.get_key_value(reference)) {
        paragraphs.push(format!(
            "Its effect on people's privacy was assessed in {reference}, \"{}\", last on {}; it is reviewed again by {}.",
            dpia.title,
            dpia.reviewed.spoken(),
            dpia.review_by.spoken()
        ));
    }
    if let Some(level) = purpose.level {
        paragraphs.push(format!("Its pictures are as fine as needed to {}, and not finer.", level_words(level)));
    }
    section(RuleId::of(&["purposes", name]), name, paragraphs)
}

fn kept(purpose: &Purpose) -> String {
    let mut words = format!("Footage is destroyed {} after it was taken", length(purpose.keep));
    if let Some(still) = purpose.keep_if_still {
        words.push_str(&format!(", and after {} where it was found that nothing moved", length(still)));
    }
    words.push('.');
    if let Some(reason) = &purpose.keep_reason {
        words.push_str(&format!(" It is kept that long because: {}", sentence(reason)));
    }
    if purpose.minimum < purpose.keep {
        words.push_str(&format!(
            " When a disk is full it may be destroyed from the age of {} on, with {} importance.",
            length(purpose.minimum),
            match purpose.importance {
                crate::Importance::Low => "low",
                crate::Importance::Middle => "middling",
                crate::Importance::High => "high",
            }
        ));
    }
    if purpose.mark_motion {
        words.push_str(
            " A program looks for motion in it and marks it on the timeline, for those who may look at it; what it found goes with the footage.",
        );
    }
    words
}

fn level_words(level: Level) -> &'static str {
    match level {
        Level::Monitor => "see how many people there are and where they go",
        Level::Detect => "see whether somebody is there",
        Level::Observe => "see what somebody does and wears",
        Level::Recognise => "recognise somebody one knows",
        Level::Identify => "tell who somebody is",
        Level::Inspect => "see details of a face or an object",
    }
}

fn class_section(name: &str, class: &Class) -> Section {
    let mut paragraphs = vec![format!("Cameras of this class see {}.", class.kind.spoken())];
    if let Some(permission) = &class.permission {
        paragraphs.push(format!(
            "No camera may stand in such a place, but for this class: {} answers for it, it was assessed in {}, and the Information Commissioner was consulted before ({}).",
            permission.owner, permission.dpia, permission.prior_consultation
        ));
    }
    paragraphs.push(match (class.when_overdue, &class.when_overdue_reason) {
        (WhenOverdue::KeepWarning, Some(reason)) => {
            format!(
                "When the review of an assessment is missed they go on, with a warning, because {}",
                sentence(reason)
            )
        }
        (WhenOverdue::KeepWarning, None) => {
            "When the review of an assessment is missed they go on, with a warning.".to_owned()
        }
        (WhenOverdue::Stop, _) if class.grace_days == 0 => {
            "When the review of an assessment is missed they stop at once.".to_owned()
        }
        (WhenOverdue::Stop, _) => format!(
            "When the review of an assessment is missed they warn, and stop after {}.",
            spoken::counted(i64::from(class.grace_days), "day")
        ),
    });
    if class.audio_allowed {
        paragraphs.push("They may record sound where a reason is written for the camera.".to_owned());
    }
    section(RuleId::of(&["classes", name]), name, paragraphs)
}

fn camera_section(policy: &Policy, terms: &Terms<'_>) -> CameraSection {
    let mut paragraphs = vec![
        format!("It stands here: {}. It sees {}.", terms.area.name, terms.class.kind.spoken()),
        format!("It records for the purpose {}: {}", terms.camera.purpose, sentence(&terms.purpose.aim)),
        hours(terms),
        format!("Its footage is destroyed {} after it was taken.", length(terms.keep)),
    ];
    if !terms.camera.also_for.is_empty() {
        paragraphs.push(format!("Its footage may also be looked at for: {}.", listed(&terms.camera.also_for)));
    }
    paragraphs.push(match terms.audio {
        Some(reason) => format!("It records sound, because: {}", sentence(reason)),
        None => "It records no sound.".to_owned(),
    });
    if let Some(words) = spoken::cap(terms.cap) {
        paragraphs.push(format!("Its pictures have {words}."));
    }
    for mask in &terms.camera.masks {
        paragraphs.push(format!("It may not see this: {}. {}", mask.name, sentence(&mask.reason)));
    }
    for part in &terms.camera.watch {
        paragraphs.push(format!("Motion counts here: {}. {}", part.name, sentence(&part.reason)));
    }
    for part in &terms.camera.ignore {
        paragraphs.push(format!("Motion does not count here: {}. {}", part.name, sentence(&part.reason)));
    }
    if terms.instant_replay < policy.site.instant_replay {
        paragraphs.push(format!("Watching staff may look back {} on their own.", length(terms.instant_replay)));
    }
    paragraphs.push(shown(terms.publish).to_owned());
    let rule = RuleId::of(&["cameras", terms.name]);
    CameraSection {
        camera: terms.name.to_owned(),
        section: section(rule, terms.name, paragraphs),
        sign: sign_of(policy, terms),
    }
}

/// `It records all the time, at all times.` One sentence for each part of the schedule.
fn hours(terms: &Terms<'_>) -> String {
    let schedule = terms.schedule;
    let parts = schedule.parts().map(|part| format!("It {}.", spoken::part(schedule, part)));
    parts.collect::<Vec<_>>().join(" ")
}

fn shown(publish: Publish) -> &'static str {
    match publish {
        Publish::Full => "The public register shows its name, area, purpose, hours, and how long footage is kept.",
        Publish::AreaOnly => "The public register shows its area and its purpose.",
        Publish::CountOnly => "The public register counts it, and shows no more.",
    }
}
