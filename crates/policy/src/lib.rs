//! Purposes, retention and who may look: pure planners and deciders. Every answer comes with its reason.
//!
//! In here: which roles go together and what each may do ([`may`], [`may_look`], [`check_roles`]), whether a purpose is
//! complete enough to record for ([`may_record`]), when footage ends ([`keep_until`]), whether the clock may be trusted
//! with a deletion ([`prove`]), what a hold covers and when it lapses ([`Holds`]), what is to be deleted now ([`plan`]), what
//! gives way when a disk is full ([`plan_room`]) and when it will be ([`forecast`]). All of it is a function of its arguments.
//!
//! Not in here: carrying anything out (`archive`, `worker`), writing it down (`audit`), schedules and time zones (with
//! "The purpose"), grants for looks at older footage: those come with the issues that own them.

mod forecast;
mod hold;
mod look;
mod purpose;
mod retention;
mod role;
mod space;
mod time;

pub use forecast::{Flow, Forecast, Leaving, forecast};
pub use hold::{
    Hold, HoldClass, HoldRefused, HoldTerms, Holds, LONGEST_HELD, LONGEST_HOLD, Suspension, may_extend, may_place,
};
pub use look::{LookKind, LookRequest, Refusal, may_look};
pub use purpose::{LONGEST_KEEP, MissingField, SHORTEST_KEEP, may_record};
pub use retention::{Kept, KeptWhy, PURPOSE_END, Plan, PlannedDeletion, RetentionRule, SegmentFact, keep_until, plan};
pub use role::{Act, Role, RoleConflict, check_roles, may, refusal, who_may};
pub use space::{DISK_FULL, FootageFact, Importance, Reserve, RoomPlan, StreamFact, plan_room};
pub use time::{DeletionTime, ProvedTime, TimeEvidence, Unproved, prove};
