//! Purposes, retention and who may look: pure planners and deciders. Every answer comes with its reason.
//!
//! In here: the policy of a site and how its file is read ([`Policy::parse`]; `docs/policy.md` is the manual), whether a camera
//! records now ([`may_record`]) and how it stands with its review ([`review`]), whether a policy can come into force ([`check`]),
//! what two versions have different ([`difference`]) and what follows from that ([`impact`], [`earliest_force`]), the policy in
//! words ([`prose`], [`sign`]), when footage ends ([`keep_until`]), whether the clock
//! may be trusted with a deletion ([`prove`]), what a hold covers and when it lapses ([`Holds`]), what is to be deleted now
//! ([`plan`]), what gives way when a disk is full ([`plan_room`]) and when it will be ([`forecast`]), which roles go together
//! and what each may do ([`may`], [`may_look`], [`check_roles`]). All of it is a function of its arguments.
//!
//! Not in here: carrying anything out (`archive`, `worker`), writing it down (`audit`), the life of a policy from draft to
//! superseded (`db`, `http`), grants for looks at older footage: those come with the issues that own them.

mod check;
mod decide;
mod difference;
mod dori;
mod file;
mod forecast;
mod hold;
mod impact;
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
mod time;
mod vocabulary;
mod zone;

pub use check::{Capabilities, Capability, Finding, Weight, check};
pub use decide::{Decision, NO_PURPOSE, NotRecorded, Reason, may_record};
pub use difference::{Change, Difference, Shortens, Subject, What, difference};
pub use dori::{Cap, DORI, DORI_EDITION, USUAL_WIDTHS, pixels_needed};
pub use file::{FORMAT, LARGEST_FILE, Mistake, Mistakes, policy_hash};
pub use forecast::{Flow, Forecast, Leaving, forecast};
pub use hold::{
    Hold, HoldClass, HoldRefused, HoldTerms, Holds, LONGEST_HELD, LONGEST_HOLD, Suspension, may_extend, may_place,
};
pub use impact::{
    Answer, CameraImpact, EarliestForce, FORCE_WAITS, FORCE_WAITS_RULE, Footage, Holding, Impact, Question, Recording,
    Standing, Totals, earliest_force, impact, questions,
};
pub use life::{Approvable, ApprovalRefused, Approving, may_approve};
pub use look::{LookKind, LookRequest, Refusal, may_look};
pub use mask::{Corner, MOST_CORNERS, MOST_MASKS, Mask, NoPolygon, check_polygon};
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
pub use role::{Act, Role, RoleConflict, check_roles, may, refusal, who_may};
pub use schedule::{Days, Exception, Mode, On, Overlap, Part, Schedule, Slot, WeeklyRule};
pub use space::{DISK_FULL, FootageFact, Importance, Reserve, RoomPlan, StreamFact, plan_room};
pub use spoken::length;
pub use time::{DeletionTime, ProvedTime, TimeEvidence, Unproved, prove};
pub use vocabulary::{Jurisdiction, LawfulBasis, Level, PlaceKind, Publish, Regime, Weekday, WhenOverdue, Word};
pub use zone::{ClockChange, LocalDate, TimeOfDay, Zone};
