//! What two versions of a policy have different: whose what, from what to what, in words, and whether a change can shorten
//! anybody's retention.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use candour_units::WallDuration;

use crate::model::{Policy, RuleId, Terms};
use crate::retention::Promise;
use crate::spoken::{self, listed};
use crate::vocabulary::{WhenOverdue, Word};

/// Whom a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The site, its controller and its charter.
    Site,
    /// The assessment of that reference.
    Dpia(String),
    /// The purpose of that name.
    Purpose(String),
    /// The camera of that name, with everything that holds for it, wherever it was said.
    Camera(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("The site"),
            Self::Dpia(reference) => write!(f, "The assessment {reference}"),
            Self::Purpose(name) => write!(f, "The purpose {name}"),
            Self::Camera(name) => f.write_str(name),
        }
    }
}

/// Words for each thing that can change, in the order in which they are told.
macro_rules! what {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $spoken:literal;)+) => {
        /// What changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum What {
            $($(#[$doc])* $name,)+
        }

        impl Word for What {
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$name, $word)),+];
        }

        impl What {
            /// As people say it.
            #[must_use]
            pub const fn spoken(self) -> &'static str {
                match self {
                    $(Self::$name => $spoken,)+
                }
            }
        }
    };
}

what! {
    /// Whether it is in the policy at all.
    Itself, "itself", "the entry itself";
    /// The purpose a camera records for.
    Purpose, "purpose", "the purpose";
    /// Further purposes its footage may be looked at for.
    AlsoFor, "also_for", "further purposes";
    /// When a camera records, and how.
    Hours, "hours", "when it records";
    /// How long footage lives.
    Keep, "keep", "how long footage is kept";
    /// How long it lives where nothing moved.
    KeepIfStill, "keep_if_still", "how long footage is kept where nothing moved";
    /// Whether motion is looked for.
    MarkMotion, "mark_motion", "whether motion is marked on the timeline";
    /// Past what age it may give way on a full disk.
    Minimum, "minimum", "the age from which footage may give way on a full disk";
    /// What gives way first on a full disk.
    Importance, "importance", "the importance";
    /// Sound.
    Audio, "audio", "sound";
    /// Caps on resolution and frame rate.
    Caps, "caps", "the caps on its streams";
    /// What a camera may not see.
    Masks, "masks", "the masks";
    /// Where in the picture motion counts.
    MotionZones, "motion_zones", "where motion counts";
    /// How far back watching staff may look.
    InstantReplay, "instant_replay", "the instant replay";
    /// What the public register shows.
    Publish, "publish", "what the public register shows";
    /// The kind of place, the area and the class.
    Place, "place", "where it stands and how it is treated";
    /// The assessment, the date of its review, and what follows when that passes.
    Review, "review", "the assessment and its review";
    /// Aim and necessity.
    Aim, "aim", "the aim and why it is necessary";
    /// Lawful basis and its reason.
    Basis, "basis", "the lawful basis";
    /// Who answers for it.
    Owner, "owner", "who answers for it";
    /// Name of site or controller, and the law they work under.
    Controller, "controller", "the controller";
    /// Where people may ask and complain.
    Contact, "contact", "where people may ask and complain";
    /// System owner, data protection officer, senior responsible officer.
    People, "people", "who decides, advises and is responsible";
    /// The time zone of all times of day.
    TimeZone, "time_zone", "the time zone";
    /// The ceilings of the charter.
    Charter, "charter", "the ceilings of the charter";
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whether a change can end the life of footage sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shortens {
    /// No.
    Never,
    /// Only where a disk is full.
    WhenFull,
    /// Only where analysis finds that nothing moved.
    WhenStill,
    /// Yes.
    Always,
}

impl Word for Shortens {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Never, "never"),
        (Self::WhenFull, "when_full"),
        (Self::WhenStill, "when_still"),
        (Self::Always, "always"),
    ];
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub subject: Subject,
    /// What.
    pub what: What,
    /// The rule behind it: in the new version, or in the old one where it is gone.
    pub rule: RuleId,
    /// What it was, in words; `None`: nothing was said.
    pub before: Option<String>,
    /// What it is, in words; `None`: nothing is said any more.
    pub after: Option<String>,
    /// Whether it can end the life of footage sooner.
    pub shortens: Shortens,
}

impl fmt::Display for Change {
    /// `Front door 2: how long footage is kept: 14 days (was: 30 days)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |words: &Option<String>| words.clone().unwrap_or_else(|| "not said".to_owned());
        match (self.what, &self.before, &self.after) {
            (What::Itself, None, Some(after)) => write!(f, "{}: new, {after}", self.subject),
            (What::Itself, Some(before), None) => write!(f, "{}: no longer in the policy, was {before}", self.subject),
            (what, before, after) => {
                write!(f, "{}: {}: {} (was: {})", self.subject, what.spoken(), said(after), said(before))
            }
        }
    }
}

/// What two versions have different.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// In order: the site, assessments, purposes, cameras.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Whether any change can end the life of footage sooner, and how surely.
    #[must_use]
    pub fn shortens(&self) -> Shortens {
        self.changes.iter().map(|change| change.shortens).max().unwrap_or(Shortens::Never)
    }

    /// What changes for that camera.
    pub fn of_camera<'d>(&'d self, camera: &'d str) -> impl Iterator<Item = &'d Change> {
        self.changes.iter().filter(move |change| matches!(&change.subject, Subject::Camera(name) if name == camera))
    }
}

/// What a policy says, by subject and thing, with the rule that says it.
type Sayings = BTreeMap<(Subject, What), (RuleId, String)>;

/// What `new` says otherwise than `old`. Without an old version everything is new.
#[must_use]
pub fn difference(old: Option<&Policy>, new: &Policy) -> Difference {
    let (before, after) = (old.map(sayings).unwrap_or_default(), sayings(new));
    let mut changes = Vec::new();
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let gone_or_new = |subject: &Subject| {
        let itself = (subject.clone(), What::Itself);
        before.contains_key(&itself) != after.contains_key(&itself)
    };
    for key @ (subject, what) in keys {
        let (was, is) = (before.get(key), after.get(key));
        // Of what comes or goes as a whole nothing else is told, and of what stays not that it does.
        let told = (*what == What::Itself) == gone_or_new(subject);
        let Some((rule, _)) = is.or(was).filter(|_| told && was.map(|(_, said)| said) != is.map(|(_, said)| said))
        else {
            continue;
        };
        let shortens = old.map_or(Shortens::Never, |old| shortens(old, new, subject, *what));
        let said = |saying: Option<&(RuleId, String)>| saying.map(|(_, words)| words.clone());
        let change = Change {
            subject: subject.clone(),
            what: *what,
            rule: rule.clone(),
            before: said(was),
            after: said(is),
            shortens,
        };
        changes.push(change);
    }
    Difference { changes }
}

/// Whether what changed there can end the life of footage sooner.
fn shortens(old: &Policy, new: &Policy, subject: &Subject, what: What) -> Shortens {
    let promises = |policy: &Policy| match subject {
        Subject::Purpose(name) => policy.promise_of_purpose(name),
        // Footage was captured for the purpose the camera had; what the new version says of that purpose counts.
        Subject::Camera(name) => old.cameras.get(name).and_then(|camera| policy.promise(name, &camera.purpose)),
        Subject::Site | Subject::Dpia(_) => None,
    };
    let Some((before, after)) = promises(old).zip(promises(new)) else { return Shortens::Never };
    match what {
        What::Keep | What::Purpose if after.keep.length < before.keep.length => Shortens::Always,
        What::KeepIfStill if still(&after) < still(&before) => Shortens::WhenStill,
        // What moves where it counts no more is still from then on. Nobody can tell from outlines which is more, so any change counts.
        What::MotionZones if after.if_still.is_some() => Shortens::WhenStill,
        What::Minimum if after.minimum < before.minimum => Shortens::WhenFull,
        What::Importance if after.importance < before.importance => Shortens::WhenFull,
        _ => Shortens::Never,
    }
}

fn still(promise: &Promise) -> WallDuration {
    promise.if_still.as_ref().unwrap_or(&promise.keep).length
}

fn sayings(policy: &Policy) -> Sayings {
    let mut all = Sayings::new();
    site(policy, &mut all);
    for (reference, dpia) in &policy.dpias {
        let rule = RuleId::of(&["dpias", reference]);
        let mut say = |what, rule, words| all.insert((Subject::Dpia(reference.clone()), what), (rule, words));
        say(What::Itself, rule.clone(), dpia.title.clone());
        let words = format!("reviewed on {}, next by {}", dpia.reviewed.spoken(), dpia.review_by.spoken());
        say(What::Review, rule.key("review_by"), words);
    }
    policy.purposes.keys().for_each(|name| purpose(policy, name, &mut all));
    policy.all_terms().for_each(|terms| camera(policy, &terms, &mut all));
    all
}

fn site(policy: &Policy, all: &mut Sayings) {
    let (site, controller, charter) = (&policy.site, &policy.controller, &policy.charter);
    let of = |key| RuleId::of(&["controller", key]);
    let authority = if controller.public_authority { "a public authority" } else { "no public authority" };
    let who = format!(
        "{}, {authority}, under {}, for {} ({})",
        controller.name, controller.regime, site.name, site.jurisdiction
    );
    let contact = format!("ask: {}; complain: {}", controller.contact, controller.complaints);
    let mut people = vec![controller.system_owner.clone(), controller.data_protection_officer.clone()];
    people.extend(controller.senior_responsible_officer.clone());
    let ceilings = format!(
        "footage {} without a written reason, reviews after {} months, instant replay {}",
        spoken::length(charter.keep_at_most),
        charter.dpia_review_months,
        spoken::length(charter.instant_replay_at_most)
    );
    for (what, rule, words) in [
        (What::Controller, of("name"), who),
        (What::Contact, of("contact"), contact),
        (What::People, of("system_owner"), listed(&people)),
        (What::TimeZone, RuleId::of(&["site", "time_zone"]), site.time_zone.name().to_owned()),
        (What::Charter, RuleId::of(&["charter"]), ceilings),
    ] {
        all.insert((Subject::Site, what), (rule, words));
    }
}

fn purpose(policy: &Policy, name: &str, all: &mut Sayings) {
    let Some(purpose) = policy.purposes.get(name) else { return };
    let rule = RuleId::of(&["purposes", name]);
    let mut say = |what, key: &str, words: String| {
        all.insert((Subject::Purpose(name.to_owned()), what), (rule.key(key), words));
    };
    let keep = purpose.keep_reason.as_ref().map_or_else(String::new, |reason| format!(", because {reason}"));
    say(What::Itself, "aim", purpose.aim.clone());
    say(What::Aim, "aim", format!("{} {}", purpose.aim, purpose.necessity));
    say(What::Basis, "lawful_basis", format!("{}: {}", purpose.lawful_basis.spoken(), purpose.basis_reason));
    say(What::Owner, "owner", purpose.owner.clone());
    say(What::Keep, "keep", format!("{}{keep}", spoken::length(purpose.keep)));
    say(What::Minimum, "minimum", spoken::length(purpose.minimum));
    say(What::Importance, "importance", purpose.importance.word().to_owned());
    if let Some(still) = purpose.keep_if_still {
        say(What::KeepIfStill, "keep_if_still", spoken::length(still));
    }
    if purpose.mark_motion {
        say(What::MarkMotion, "mark_motion", "marked on the timeline, without anything being deleted by it".into());
    }
    if let Some(dpia) = &purpose.dpia {
        say(What::Review, "dpia", dpia.clone());
    }
}

fn camera(policy: &Policy, terms: &Terms<'_>, all: &mut Sayings) {
    let rule = RuleId::of(&["cameras", terms.name]);
    let subject = || Subject::Camera(terms.name.to_owned());
    let mut say = |what, rule: RuleId, words: String| {
        all.insert((subject(), what), (rule, words));
    };
    let promise = policy.promise(terms.name, &terms.camera.purpose);
    let place = format!("{}, {}, class {}", terms.area.name, terms.class.kind.spoken(), terms.camera.class);
    say(What::Itself, rule.clone(), format!("{} ({})", terms.camera.purpose, terms.area.name));
    say(What::Purpose, rule.key("purpose"), terms.camera.purpose.clone());
    say(What::Hours, rule.key("schedule"), spoken::schedule(terms.schedule));
    say(What::Keep, promise.map_or_else(|| rule.key("keep"), |promise| promise.keep.rule), spoken::length(terms.keep));
    say(What::Publish, rule.key("publish"), terms.publish.word().to_owned());
    say(What::InstantReplay, rule.key("instant_replay"), spoken::length(terms.instant_replay));
    say(What::Place, rule.key("class"), place);
    if let Some(still) = terms.keep_if_still {
        let of_purpose = RuleId::of(&["purposes", &terms.camera.purpose, "keep_if_still"]);
        say(What::KeepIfStill, of_purpose, spoken::length(still));
    }
    if let Some(reason) = terms.audio {
        say(What::Audio, rule.key("audio"), format!("recorded, because {reason}"));
    }
    if let Some(words) = spoken::cap(terms.cap) {
        say(What::Caps, rule.key("pixels_across"), words);
    }
    if !terms.camera.masks.is_empty() {
        say(What::Masks, rule.key("masks"), spoken::masks(&terms.camera.masks));
    }
    if let Some(words) = spoken::motion_zones(terms.camera) {
        say(What::MotionZones, rule.clone(), words);
    }
    if !terms.camera.also_for.is_empty() {
        say(What::AlsoFor, rule.key("also_for"), listed(&terms.camera.also_for));
    }
    if let Some((reference, dpia)) = terms.dpia {
        let then = match terms.class.when_overdue {
            WhenOverdue::KeepWarning => "then a warning".to_owned(),
            WhenOverdue::Stop => {
                format!("then it stops after {}", spoken::counted(i64::from(terms.class.grace_days), "day"))
            }
        };
        let words = format!("{reference}, reviewed by {}, {then}", dpia.review_by.spoken());
        say(What::Review, RuleId::of(&["dpias", reference, "review_by"]), words);
    }
}
