//! Purposes, retention and who may look: pure planners and deciders. Every answer comes with its reason.
//!
//! In here: the policy of a site and how its file is read ([`Policy::parse`]; `docs/policy.md` is the manual), whether a camera
//! records now ([`may_record`]) and how it stands with its review ([`review`]), whether a policy can come into force ([`check`]),
//! what two versions have different ([`difference`]) and what follows from that ([`impact`], [`earliest_force`]), the policy in
//! words ([`prose`], [`sign`]), when footage ends ([`keep_until`]), whether the clock
//! may be trusted with a deletion ([`prove`]), what a hold covers and when it lapses ([`Holds`]), what is to be deleted now
//! ([`plan`]), what gives way when a disk is full ([`plan_room`]) and when it will be ([`forecast`]), which roles go together
//! and what each may do ([`may`], [`check_roles`]), under which grant somebody may look ([`may_look`], [`may_ask`],
//! [`may_decide`], [`may_break_glass`]), what is marked as an incident ([`may_mark`]), what other terms would do ([`tried`](tried()), [`draft_parts`]), and which looks stand out
//! ([`anomalies`]). All of it is a function of its arguments.
//!
//! Not in here: carrying anything out (`archive`, `worker`), writing it down (`audit`), the life of a policy from draft to
//! superseded (`db`, `http`).

mod anomaly;
mod check;
mod commission;
mod decide;
mod difference;
mod dori;
mod file;
mod forecast;
mod glass;
mod grant;
mod hold;
mod impact;
mod incident;
mod life;
mod look;
mod mask;
mod model;
mod prose;
mod purpose;
mod retention;
mod review;
mod role;
mod schedule;
mod space;
mod spoken;
mod stillness;
mod time;
mod trial;
mod vocabulary;
mod zone;

pub use anomaly::{Anomaly, AnomalyKind, AnomalyRules, LookAct, Looked, anomalies};
pub use check::{Capabilities, Capability, Finding, Weight, check};
pub use commission::{
    AGREEMENT_STANDS, Beginning, MASK_STILL_LIVES, SetUpCamera, VIEW_LASTS, VIEWS_A_DAY, ViewAct, ViewStanding,
    may_begin_view, may_decide_view,
};
pub use decide::{Decision, NO_PURPOSE, NotRecorded, Reason, may_record};
pub use difference::{Change, Difference, Shortens, Subject, What, difference};
pub use dori::{Cap, DORI, DORI_EDITION, USUAL_WIDTHS, pixels_needed};
pub use file::{FORMAT, LARGEST_FILE, Mistake, Mistakes, policy_hash};
pub use forecast::{Flow, Forecast, Leaving, forecast};
pub use glass::{
    GLASS_REACHES, GLASS_STANDS, GlassRefused, GlassUse, MOST_BROKEN, REVIEW_DAYS, is_suspended, may_break_glass,
    may_review, review_due,
};
pub use grant::{
    AHEAD, AskRefused, Asking, Authorisation, DIRECTED, DecideRefused, Deciding, Grant, GrantStanding, GrantState,
    LEAST_WORDS, LONGEST_GRANT, LONGEST_GRANTED, MOST_GRANTED, Origin, Permits, may_ask, may_decide, may_withdraw,
};
pub use hold::{
    Hold, HoldClass, HoldRefused, HoldTerms, Holds, LONGEST_HELD, LONGEST_HOLD, Suspension, may_extend, may_place,
};
pub use impact::{
    Answer, CameraImpact, EarliestForce, FORCE_WAITS, FORCE_WAITS_RULE, Footage, Holding, Impact, Question, Recording,
    Standing, Totals, earliest_force, impact, questions,
};
pub use incident::{MARK_REACHES, MARKED_FOR, MarkRefused, may_mark};
pub use life::{Approvable, ApprovalRefused, Approving, may_approve};
pub use look::{Ground, INSTANT_REPLAY, LookRequest, Looker, REPLAY_LASTS, Refusal, Watched, may_look, open_parts};
pub use mask::{Corner, MOST_CORNERS, MOST_MASKS, MOST_ZONES, Mask, NoPolygon, check_polygon};
pub use model::{
    Area, Camera, Charter, Class, Controller, Dpia, Permission, Policy, Position, Purpose, RuleId, Site, Terms,
};
pub use prose::{CameraSection, Prose, Section, Sign, prose, sign};
pub use purpose::{LONGEST_KEEP, MissingField, SHORTEST_KEEP, complete_purpose};
pub use retention::{
    Capture, EndOfLife, EndedBy, Kept, KeptWhy, Life, PURPOSE_END, Plan, PlannedDeletion, Promise, SegmentFact,
    keep_until, plan,
};
pub use review::{Review, review};
pub use role::{Act, Role, RoleConflict, check_roles, may, needs_second_factor, refusal, who_may};
pub use schedule::{Days, Exception, Mode, On, Overlap, Part, Schedule, Slot, WeeklyRule};
pub use space::{DISK_FULL, FootageFact, Importance, Reserve, RoomPlan, StreamFact, plan_room};
pub use spoken::length;
pub use stillness::{MARGIN, MissRate, NotStill, ONE_IN, SecondLooks, Seen, Shown, around, is_drawn, still};
pub use time::{DeletionTime, ProvedTime, TimeEvidence, Unproved, prove};
pub use trial::{Candidate, DraftPart, Tried, draft_parts, tried};
pub use vocabulary::{Jurisdiction, LawfulBasis, Level, PlaceKind, Publish, Regime, Weekday, WhenOverdue, Word};
pub use zone::{ClockChange, LocalDate, TimeOfDay, Zone};
