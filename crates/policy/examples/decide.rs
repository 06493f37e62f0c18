//! What one decision whether somebody may look costs, among a thousand grants of which none covers what is asked for: the
//! longest way, at whose end stand a refusal and its reasons. Prints one line of JSON: `decide_us`, the median.

use std::collections::BTreeSet;
use std::time::Instant;

use candour_policy::{Grant, GrantState, INSTANT_REPLAY, LookRequest, Looker, Origin, Role, Watched, may_look};
use candour_units::{CameraId, GrantId, PersonId, WallRange, WallTime};

const GRANTS: u128 = 1_000;
const CAMERAS: u128 = 36;
const ROUNDS: usize = 10_000;

fn main() {
    let now = WallTime::from_unix_seconds(1_800_000_000);
    let at = |seconds: i64| WallTime::from_unix_seconds(1_800_000_000 + seconds);
    let camera = |n: u128| CameraId::from_bytes(n.to_be_bytes());
    let person = |n: u128| PersonId::from_bytes(n.to_be_bytes());
    let cameras: Vec<_> = (0..CAMERAS).map(camera).collect();
    let grants: Vec<_> = (0..GRANTS)
        .map(|n| Grant {
            id: GrantId::from_bytes(n.to_be_bytes()),
            origin: Origin::Request,
            asked_by: person(n % 4),
            cameras: cameras.iter().copied().collect::<BTreeSet<_>>(),
            footage: WallRange { start: at(-86_400), end: at(-7_200) },
            until: at(86_400),
            export: false,
            state: GrantState::Approved,
        })
        .collect();
    let watch: Vec<_> =
        cameras.iter().map(|camera| Watched { camera: *camera, since: at(-7_200), length: INSTANT_REPLAY }).collect();
    let roles = [Role::Operator, Role::Investigator];
    let looker = Looker { person: person(0), roles: &roles, grants: &grants, watch: &watch };
    let decide = |interval| may_look(&looker, LookRequest::Playback { cameras: &cameras, interval }, now);
    assert!(decide(WallRange { start: at(-10_000), end: at(-9_000) }).is_ok(), "a grant covers it");
    let beyond = WallRange { start: at(-7_000), end: at(-6_000) };
    assert!(decide(beyond).is_err(), "nothing covers it");
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(decide(std::hint::black_box(beyond))).expect_err("nothing covers it");
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{{\"decide_us\": {:.1}}}", times[ROUNDS / 2]);
}
