//! What holds of grants whoever asks for whatever: stated over all of them, not by example.

use std::collections::BTreeSet;

use candour_policy::{
    AskRefused, Asking, Authorisation, DIRECTED, DecideRefused, Deciding, GlassRefused, GlassUse, Grant, GrantStanding,
    GrantState, Ground, LookRequest, Looker, Origin, Permits, Role, Watched, Zone, check_roles, is_suspended, may_ask,
    may_break_glass, may_decide, may_look, may_review, may_withdraw, open_parts, review_due,
};
use candour_units::{CameraId, GrantId, PersonId, WallDuration, WallRange, WallTime};
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000;
const WORDS: &str = "The court has asked for it.";

/// So many minutes from now.
fn at(minutes: i64) -> WallTime {
    WallTime::from_unix_seconds(NOW + minutes * 60)
}

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

fn camera(number: u8) -> CameraId {
    CameraId::from_bytes([number; 16])
}

fn range() -> impl Strategy<Value = WallRange> {
    (-300_i64..30, 1_i64..120).prop_map(|(start, length)| WallRange { start: at(start), end: at(start + length) })
}

fn grant() -> impl Strategy<Value = Grant> {
    let cameras = prop::collection::btree_set((0_u8..4).prop_map(camera), 1..4);
    let state = prop::sample::select(GrantState::ALL.to_vec());
    let origin = prop::sample::select(Origin::ALL.to_vec());
    (0_u8..3, cameras, range(), -60_i64..60, any::<bool>(), state, origin).prop_map(
        |(asked_by, cameras, footage, until, export, state, origin)| Grant {
            id: GrantId::from_bytes([7; 16]),
            origin,
            asked_by: person(asked_by),
            cameras,
            footage,
            until: at(until),
            export,
            state,
        },
    )
}

/// Any roles that one person may have.
fn roles() -> impl Strategy<Value = Vec<Role>> {
    prop::sample::subsequence(Role::ALL.to_vec(), 1..=6).prop_filter("they go together", |set| check_roles(set).is_ok())
}

fn watch() -> impl Strategy<Value = Vec<Watched>> {
    let one = (0_u8..4, -120_i64..0, 1_i64..=60).prop_map(|(number, since, length)| Watched {
        camera: camera(number),
        since: at(since),
        length: WallDuration::from_seconds(length * 60),
    });
    prop::collection::vec(one, 0..4)
}

proptest! {
    /// A yes to recorded footage has exactly one of two grounds: a grant of one's own that another person's act made stand
    /// and that covers everything asked for, or a replay of the own watch within the length that the policy gives it.
    #[test]
    fn no_look_without_a_ground(
        who in 0_u8..3, roles in roles(), grants in prop::collection::vec(grant(), 0..5), watch in watch(),
        cameras in prop::collection::vec((0_u8..4).prop_map(camera), 1..3), interval in range(),
    ) {
        let looker = Looker { person: person(who), roles: &roles, grants: &grants, watch: &watch };
        let answer = may_look(&looker, LookRequest::Playback { cameras: &cameras, interval }, at(0));
        let of_mine = |grant: &&Grant| grant.asked_by == person(who) && grant.state == GrantState::Approved;
        let mut standing = grants.iter().filter(of_mine).filter(|grant| grant.until > at(0));
        let covered = standing.any(|grant| {
            let names = cameras.iter().all(|camera| grant.cameras.contains(camera));
            names && grant.footage.start <= interval.start && interval.end <= grant.footage.end
        });
        let of_camera = |camera: &CameraId| watch.iter().any(|watched| {
            let oldest = watched.since.max(at(0) - watched.length);
            watched.camera == *camera && interval.start >= oldest && interval.end <= at(1)
        });
        let replayed = roles.contains(&Role::Operator) && cameras.iter().all(of_camera);
        let sees = roles.contains(&Role::Operator) || roles.contains(&Role::Investigator);
        prop_assert_eq!(answer.is_ok(), sees && interval.start < at(0) && (covered || replayed));
        match answer {
            Ok(Ground::Grant { until, .. }) => prop_assert!(covered && until > at(0)),
            Ok(Ground::Replay { .. }) => prop_assert!(replayed && interval.start >= at(-60)),
            Ok(Ground::Live | Ground::SetUp { .. }) => prop_assert!(false, "recorded footage is not live"),
            Err(refusal) => prop_assert!(!refusal.who_can_give.is_empty()),
        }
    }

    /// A moment lies in the open parts exactly if a look at it alone would be allowed.
    #[test]
    fn what_is_told_is_told_of_what_may_be_seen(
        who in 0_u8..3, roles in roles(), grants in prop::collection::vec(grant(), 0..5), watch in watch(),
        camera in (0_u8..4).prop_map(camera), asked in range(),
    ) {
        let looker = Looker { person: person(who), roles: &roles, grants: &grants, watch: &watch };
        let parts = open_parts(&looker, camera, asked, at(0));
        prop_assert!(parts.iter().all(|part| part.start < part.end && asked.covers(part)));
        prop_assert!(parts.windows(2).all(|pair| pair[0].end < pair[1].start));
        let step = WallDuration::from_ticks((asked.duration().ticks() / 16).max(1));
        let mut moment = asked.start;
        while moment < asked.end && moment < at(0) {
            let alone = WallRange { start: moment, end: moment + WallDuration::from_ticks(1) };
            let seen = may_look(&looker, LookRequest::Playback { cameras: &[camera], interval: alone }, at(0)).is_ok();
            prop_assert_eq!(parts.iter().any(|part| part.contains(moment)), seen, "{:?}", moment);
            moment = moment + step;
        }
    }

    /// Whoever decides holds the role and is not whoever asked; no data protection officer and no administrator ever does.
    #[test]
    fn another_person_decides(grant in grant(), by in 0_u8..3, roles in roles()) {
        let deciding = Deciding { by: person(by), roles: &roles, words: WORDS, now: at(0) };
        let decided = may_decide(&grant, &deciding);
        prop_assert_eq!(
            decided.is_ok(),
            roles.contains(&Role::Approver) && grant.asked_by != person(by) && grant.standing(at(0)) == GrantStanding::Waits
        );
        if roles.contains(&Role::Dpo) || roles.contains(&Role::Administrator) {
            let refused = matches!(decided, Err(DecideRefused::Role(_)));
            prop_assert!(refused);
        }
        let own = Deciding { by: grant.asked_by, ..deciding };
        prop_assert!(may_decide(&grant, &own).is_err());
        let wordless = Deciding { words: "yes", ..deciding };
        prop_assert!(may_decide(&grant, &wordless).is_err());
    }

    /// A grant that ended, was refused or withdrawn never stands again: nothing can be decided about it, nothing withdrawn.
    #[test]
    fn what_is_over_stays_over(grant in grant(), by in 0_u8..3, roles in roles(), later in 0_i64..1000) {
        let over = !matches!(grant.standing(at(0)), GrantStanding::Waits | GrantStanding::Stands);
        let deciding = Deciding { by: person(by), roles: &roles, words: WORDS, now: at(later) };
        if over {
            prop_assert_eq!(grant.standing(at(later)), grant.standing(at(0)));
            prop_assert!(may_decide(&grant, &deciding).is_err() && may_withdraw(&grant, &deciding).is_err());
        }
    }

    /// Whatever is asked for directed surveillance ends, footage and grant, before its authorisation does.
    #[test]
    fn a_directed_grant_never_outlives_its_authorisation(footage in range(), until in 1_i64..60, expires in -60_i64..200) {
        let cameras = permits();
        let authorisation = Authorisation { number: "DS/12", officer: "Supt Hall", expires: at(expires) };
        let asked = Asking { purpose: DIRECTED, authorisation: Some(authorisation), ..plain(&cameras, footage, at(until)) };
        if may_ask(&asked).is_ok() {
            prop_assert!(at(until) <= at(expires) && footage.end <= at(expires));
        }
        let without = may_ask(&Asking { authorisation: None, ..asked });
        prop_assert!(without.is_err());
    }

    /// A review is due at the end of the third working day, within five days, and never on a weekend's midnight of Monday.
    #[test]
    fn a_review_is_due_on_a_working_day(minutes in -500_000_i64..500_000) {
        let zone = Zone::named("Europe/London").expect("a zone");
        let (used, due) = (at(minutes), review_due(at(minutes), &zone));
        let days = (due - used).seconds_floor() as f64 / 86_400.0;
        prop_assert!((2.9..=6.1).contains(&days), "{days}");
        let last = zone.date_of(due - WallDuration::from_seconds(1)).weekday();
        let is_weekend = matches!(last, candour_policy::Weekday::Sat | candour_policy::Weekday::Sun);
        prop_assert!(!is_weekend);
    }

    /// Unreviewed in time, the right is gone; reviewed by somebody else, it is back.
    #[test]
    fn an_overdue_use_suspends_its_user_alone(used in -20_000_i64..0, reviewed in any::<bool>()) {
        let zone = Zone::named("Etc/UTC").expect("a zone");
        let one = GlassUse {
            grant: GrantId::from_bytes([1; 16]), by: person(1), used: at(used), reviewed: reviewed.then(|| at(used + 5)),
        };
        let suspended = is_suspended(person(1), &[one], &zone, at(0));
        prop_assert_eq!(suspended, !reviewed && at(0) >= review_due(at(used), &zone));
        prop_assert!(!is_suspended(person(2), &[one], &zone, at(0)));
        let roles = [Role::Investigator];
        let breaking = Deciding { by: person(1), roles: &roles, words: WORDS, now: at(0) };
        let broken = may_break_glass(&breaking, 1, WallRange { start: at(-60), end: at(0) }, &[one], &zone);
        prop_assert_eq!(broken.is_err(), suspended);
    }
}

fn permits() -> Vec<Permits> {
    let purposes = ["theft", DIRECTED].map(str::to_owned);
    vec![Permits { camera: "Gate 4".to_owned(), purposes: BTreeSet::from(purposes) }]
}

/// A request for theft that may be.
fn plain(cameras: &[Permits], footage: WallRange, until: WallTime) -> Asking<'_> {
    Asking {
        now: at(0),
        case: "2026-114",
        words: WORDS,
        purpose: "theft",
        cameras,
        footage,
        until,
        authorisation: None,
    }
}

#[test]
fn what_may_be_asked() {
    let cameras = permits();
    let footage = |from, to| WallRange { start: at(from), end: at(to) };
    let good = plain(&cameras, footage(-120, 0), at(60));
    #[track_caller]
    fn check(asked: Asking<'_>, expected: Result<(), AskRefused>) {
        assert_eq!(may_ask(&asked), expected);
    }
    check(good, Ok(()));
    check(Asking { case: " ", ..good }, Err(AskRefused::Case));
    check(Asking { words: "because", ..good }, Err(AskRefused::Words));
    check(Asking { cameras: &[], ..good }, Err(AskRefused::Cameras));
    let refused = AskRefused::Purpose { camera: "Gate 4".to_owned(), permitted: "directed, theft".to_owned() };
    check(Asking { purpose: "safety", ..good }, Err(refused));
    check(Asking { footage: footage(1, 20), ..good }, Err(AskRefused::NotYet));
    check(Asking { footage: footage(-5, 61), ..good }, Err(AskRefused::Ahead));
    check(Asking { footage: footage(-32 * 24 * 60, 0), ..good }, Err(AskRefused::TooMuch));
    check(Asking { until: at(0), ..good }, Err(AskRefused::Past));
    check(Asking { until: at(32 * 24 * 60), ..good }, Err(AskRefused::TooLong));
    let authorisation = Authorisation { number: "DS/12", officer: "Supt Hall", expires: at(600) };
    check(Asking { authorisation: Some(authorisation), ..good }, Err(AskRefused::NotDirected));
    let directed = Asking { purpose: DIRECTED, authorisation: Some(authorisation), ..good };
    check(directed, Ok(()));
    check(Asking { footage: footage(-5, 500), ..directed }, Ok(()));
    check(Asking { until: at(601), ..directed }, Err(AskRefused::Outlives));
    let nameless = Authorisation { officer: "", ..authorisation };
    check(Asking { authorisation: Some(nameless), ..directed }, Err(AskRefused::NoAuthorisation));
}

#[test]
fn broken_glass_reaches_a_day_back_and_is_reviewed_by_somebody_else() {
    let zone = Zone::named("Europe/London").expect("a zone");
    let broken = |roles: &[Role], cameras, from, to, words: &str| {
        let breaking = Deciding { by: person(1), roles, words, now: at(0) };
        may_break_glass(&breaking, cameras, WallRange { start: at(from), end: at(to) }, &[], &zone)
    };
    assert_eq!(broken(&[Role::Operator], 1, -60, 0, WORDS), Ok(()));
    assert_eq!(broken(&[Role::Investigator], 9, -24 * 60, 120, WORDS), Ok(()));
    assert_eq!(broken(&[Role::Investigator], 1, -24 * 60 - 1, 0, WORDS), Err(GlassRefused::TooOld));
    assert_eq!(broken(&[Role::Investigator], 1, -60, 121, WORDS), Err(GlassRefused::NotYet));
    assert_eq!(broken(&[Role::Investigator], 10, -60, 0, WORDS), Err(GlassRefused::Cameras));
    assert_eq!(broken(&[Role::Investigator], 1, -60, 0, "help"), Err(GlassRefused::Words));
    for blind in [Role::Dpo, Role::Administrator, Role::Owner, Role::Approver] {
        assert!(matches!(broken(&[blind], 1, -60, 0, WORDS), Err(GlassRefused::Role(_))), "{blind}");
    }
    let used = GlassUse { grant: GrantId::from_bytes([1; 16]), by: person(1), used: at(0), reviewed: None };
    let review = |by, roles: &[Role]| may_review(&used, &Deciding { by: person(by), roles, words: WORDS, now: at(9) });
    assert_eq!(review(2, &[Role::Approver]), Ok(()));
    assert_eq!(review(2, &[Role::Owner]), Ok(()));
    assert_eq!(review(1, &[Role::Approver, Role::Investigator]), Err(DecideRefused::OwnUse));
    assert!(matches!(review(2, &[Role::Dpo]), Err(DecideRefused::Role(_))));
}

/// Thursday 26 November 2026: the third working day is Tuesday.
#[test]
fn a_weekend_is_left_out() {
    let zone = Zone::named("Europe/London").expect("a zone");
    let thursday = WallTime::from_unix_seconds(1_795_694_400); // 26 November 2026, 12:00 UTC
    assert_eq!(review_due(thursday, &zone).to_string(), "2026-12-02T00:00:00.000Z");
}
