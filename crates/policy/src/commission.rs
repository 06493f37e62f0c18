//! Looking at a camera to set it up: who may, when a second person is needed, and for how long. Nothing of it is recorded; one still
//! may be kept to draw masks on (`docs/design/commissioning.md`).

use candour_units::{PersonId, WallDuration, WallTime};

use crate::look::Refusal;
use crate::role::{Act, Role, may, refusal};

/// How long one act goes on.
pub const VIEW_LASTS: WallDuration = WallDuration::from_seconds(30 * 60);
/// Acts at one camera in a day, whoever does them.
pub const VIEWS_A_DAY: usize = 2;
/// How long a request waits for a second person, and how long a yes waits to be used.
pub const AGREEMENT_STANDS: WallDuration = WallDuration::from_seconds(24 * 3600);
/// How long the still for masks is kept, unless it goes before.
pub const MASK_STILL_LIVES: WallDuration = WallDuration::from_seconds(7 * 86_400);
const A_DAY: WallDuration = WallDuration::from_seconds(86_400);

/// What is known of the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetUpCamera {
    /// The gate accepts it.
    pub accepted: bool,
    /// It, or one at the same address before it, was in force under a policy some time.
    pub was_in_force: bool,
}

/// One act, or the request for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewAct {
    /// Who asked, or began.
    pub by: PersonId,
    /// When.
    pub asked: WallTime,
    /// What a second person said, and when.
    pub decided: Option<(bool, WallTime)>,
    /// When it began.
    pub began: Option<WallTime>,
    /// First moment at which it is over: thirty minutes after it began, or when it was ended.
    pub until: Option<WallTime>,
}

/// What a view act is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewStanding {
    /// It waits for a second person.
    Waits,
    /// A second person agreed; it has not begun.
    Agreed,
    /// Pictures may be seen.
    Open,
    /// It was refused, is over, or was not used in time.
    Over,
}

impl ViewAct {
    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: WallTime) -> ViewStanding {
        let fresh = |since: WallTime| now - since < AGREEMENT_STANDS;
        match (self.began, self.decided) {
            // A clock that was set back opens nothing: an act is over half an hour of any clock after it began.
            (Some(began), _) if began <= now && self.until.is_some_and(|until| now < until) => ViewStanding::Open,
            (Some(_), _) | (None, Some((false, _))) => ViewStanding::Over,
            (None, Some((true, decided))) if fresh(decided) => ViewStanding::Agreed,
            (None, None) if fresh(self.asked) => ViewStanding::Waits,
            (None, _) => ViewStanding::Over,
        }
    }
}

/// How a view begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// At once: the camera was never in force.
    NotInForce,
    /// Under the yes of a second person; the place of that request among the acts.
    Agreed(usize),
    /// An act that goes on is taken up again; its place among the acts.
    GoesOn(usize),
    /// A second person must agree first.
    Asks,
}

/// Whether somebody may look at a camera to set it up. `acts` are those of the last days at this camera, in any order.
///
/// # Errors
/// [`Refusal`]: to be shown, and written down.
pub fn may_begin_view(
    roles: &[Role],
    person: PersonId,
    camera: SetUpCamera,
    acts: &[ViewAct],
    now: WallTime,
) -> Result<Beginning, Refusal> {
    if !may(roles, Act::Commission) {
        return Err(refusal(Act::Commission));
    }
    if !camera.accepted {
        return Err(no(
            "The gate does not accept this camera, so nothing is received from it.",
            "Its page says what is missing.",
        ));
    }
    let own = |standing: ViewStanding| acts.iter().position(|act| act.by == person && act.standing(now) == standing);
    if let Some(open) = own(ViewStanding::Open) {
        return Ok(Beginning::GoesOn(open));
    }
    // One that lies ahead counts too: a clock that was set back gives no third one.
    if acts.iter().filter(|act| act.began.is_some_and(|began| began > now - A_DAY)).count() >= VIEWS_A_DAY {
        return Err(no(
            "This camera was looked at twice in the last 24 hours to set it up, and more is not allowed.",
            "Wait, or draw on the still that was kept.",
        ));
    }
    if !camera.was_in_force {
        return Ok(Beginning::NotInForce);
    }
    if let Some(agreed) = own(ViewStanding::Agreed) {
        return Ok(Beginning::Agreed(agreed));
    }
    if own(ViewStanding::Waits).is_some() {
        return Err(no(
            "Your request to look at this camera waits for a second person.",
            "An approver can agree to it.",
        ));
    }
    Ok(Beginning::Asks)
}

/// Whether somebody may say yes or no to a request to look at a camera in force.
///
/// # Errors
/// [`Refusal`].
pub fn may_decide_view(roles: &[Role], person: PersonId, act: &ViewAct, now: WallTime) -> Result<(), Refusal> {
    if !may(roles, Act::DecideGrants) {
        return Err(refusal(Act::DecideGrants));
    }
    if act.by == person {
        return Err(no("You asked for this yourself.", "Another approver can decide on it."));
    }
    match act.standing(now) {
        ViewStanding::Waits => Ok(()),
        _ => Err(no("This request does not wait for anybody any more.", "Whoever needs the view can ask again.")),
    }
}

fn no(why: &str, who_can_give: &str) -> Refusal {
    Refusal { why: why.to_owned(), who_can_give: who_can_give.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADA: PersonId = PersonId::from_bytes([1; 16]);
    const BOB: PersonId = PersonId::from_bytes([2; 16]);
    const NEW: SetUpCamera = SetUpCamera { accepted: true, was_in_force: false };
    const OLD: SetUpCamera = SetUpCamera { accepted: true, was_in_force: true };

    fn at(minutes: i64) -> WallTime {
        WallTime::from_unix_seconds(1_800_000_000 + minutes * 60)
    }

    fn asked(minutes: i64) -> ViewAct {
        ViewAct { by: ADA, asked: at(minutes), decided: None, began: None, until: None }
    }

    fn agreed(minutes: i64) -> ViewAct {
        ViewAct { decided: Some((true, at(minutes))), ..asked(minutes - 5) }
    }

    fn begun(minutes: i64) -> ViewAct {
        ViewAct { began: Some(at(minutes)), until: Some(at(minutes) + VIEW_LASTS), ..asked(minutes) }
    }

    #[track_caller]
    fn check(camera: SetUpCamera, acts: &[ViewAct], expected: Result<Beginning, &str>) {
        let found = may_begin_view(&[Role::Administrator], ADA, camera, acts, at(0));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(refused), Err(words)) => assert!(refused.to_string().contains(words), "{refused}"),
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_camera_that_was_never_in_force_is_seen_at_once_and_twice_a_day() {
        check(NEW, &[], Ok(Beginning::NotInForce));
        check(NEW, &[begun(-31)], Ok(Beginning::NotInForce));
        check(NEW, &[begun(-29)], Ok(Beginning::GoesOn(0)));
        check(NEW, &[begun(-60), begun(-1439)], Err("twice in the last 24 hours"));
        check(NEW, &[begun(-60), begun(-1440)], Ok(Beginning::NotInForce));
        check(NEW, &[begun(-60), ViewAct { by: BOB, ..begun(-40) }], Err("twice in the last 24 hours"));
        check(NEW, &[begun(-60), begun(90)], Err("twice in the last 24 hours"));
        check(SetUpCamera { accepted: false, ..NEW }, &[], Err("The gate does not accept"));
        // One that was ended is over, and counts.
        check(NEW, &[ViewAct { until: Some(at(-20)), ..begun(-29) }], Ok(Beginning::NotInForce));
    }

    #[test]
    fn one_that_was_in_force_needs_a_second_person_each_time() {
        check(OLD, &[], Ok(Beginning::Asks));
        check(OLD, &[asked(-10)], Err("waits for a second person"));
        check(OLD, &[asked(-1440)], Ok(Beginning::Asks));
        check(OLD, &[agreed(-10)], Ok(Beginning::Agreed(0)));
        check(OLD, &[agreed(-1440)], Ok(Beginning::Asks));
        check(OLD, &[ViewAct { by: BOB, ..agreed(-10) }], Ok(Beginning::Asks));
        check(OLD, &[ViewAct { decided: Some((false, at(-5))), ..asked(-10) }], Ok(Beginning::Asks));
        // A yes is used once.
        check(OLD, &[ViewAct { decided: agreed(-50).decided, ..begun(-45) }], Ok(Beginning::Asks));
    }

    #[test]
    fn nobody_else_looks_and_nobody_agrees_to_their_own() {
        for role in Role::ALL {
            let found = may_begin_view(&[role], ADA, NEW, &[], at(0));
            assert_eq!(found.is_ok(), role == Role::Administrator, "{role}");
            let decided = may_decide_view(&[role], BOB, &asked(-5), at(0));
            assert_eq!(decided.is_ok(), role == Role::Approver, "{role}");
        }
        let decide = |person, act: ViewAct| may_decide_view(&[Role::Approver], person, &act, at(0));
        assert!(decide(ADA, asked(-5)).is_err());
        for act in [agreed(-5), begun(-5), asked(-1440)] {
            assert!(decide(BOB, act).is_err(), "{act:?}");
        }
    }

    fn acts() -> impl Strategy<Value = Vec<ViewAct>> {
        let one = (0u8..2, -3000i64..60, any::<Option<bool>>(), any::<bool>(), 0i64..40).prop_map(
            |(who, asked_at, said, began, after)| {
                let by = [ADA, BOB][usize::from(who)];
                let began = began.then(|| at(asked_at + after));
                let decided = said.map(|yes| (yes, at(asked_at + after / 2)));
                ViewAct { by, asked: at(asked_at), decided, began, until: began.map(|began| began + VIEW_LASTS) }
            },
        );
        proptest::collection::vec(one, 0..6)
    }

    proptest! {
        /// Whatever was done before: what was in force is seen under a fresh yes to the same person only, and a third act never begins.
        #[test]
        fn what_was_in_force_is_never_seen_alone(acts in acts(), in_force: bool) {
            let camera = SetUpCamera { accepted: true, was_in_force: in_force };
            let day = acts.iter().filter(|act| act.began.is_some_and(|began| began > at(-1440))).count();
            match may_begin_view(&[Role::Administrator], ADA, camera, &acts, at(0)) {
                Ok(Beginning::NotInForce) => prop_assert!(!in_force && day < VIEWS_A_DAY),
                Ok(Beginning::Agreed(index)) => {
                    let act = &acts[index];
                    let said = act.decided.expect("somebody decided");
                    prop_assert!(act.by == ADA && said.0 && act.began.is_none() && at(0) - said.1 < AGREEMENT_STANDS);
                    prop_assert!(day < VIEWS_A_DAY);
                }
                Ok(Beginning::GoesOn(index)) => {
                    let act = &acts[index];
                    let began = act.began.expect("it began");
                    prop_assert!(act.by == ADA && began <= at(0) && at(0) - began < VIEW_LASTS);
                }
                Ok(Beginning::Asks) => prop_assert!(in_force),
                Err(_) => prop_assert!(in_force || day >= VIEWS_A_DAY),
            }
        }
    }
}
