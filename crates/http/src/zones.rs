//! Where in a camera's picture motion counts: from the policy, or from whoever tries it.

use candour_motion::{Polygon, Zones};
use candour_policy::{Corner, MOST_ZONES, Mask, Policy, check_polygon};
use candour_wire::trial::{TrialZone, TrialZones};

use crate::extract::text;
use crate::problem::Problem;

const WHOLE: f64 = 10_000.0;

/// Where motion counts in a camera's picture; in all of it where the policy does not know the camera.
#[must_use]
pub fn motion_zones(policy: &Policy, camera: &str) -> Zones {
    policy.terms(camera).map_or_else(Zones::default, |terms| of_parts(&terms.camera.watch, &terms.camera.ignore))
}

/// What a detector takes; outlines of a policy are among that.
pub(crate) fn of_parts(watch: &[Mask], ignore: &[Mask]) -> Zones {
    let corner = |corner: &Corner| candour_motion::Corner { x: corner.x, y: corner.y };
    let polygon = |part: &Mask| Polygon::new(part.corners.iter().map(corner).collect()).ok();
    let [watch, ignore] = [watch, ignore].map(|parts| parts.iter().filter_map(polygon).collect());
    Zones::new(watch, ignore).unwrap_or_default()
}

/// As they are told.
pub(crate) fn shown(watch: &[Mask], ignore: &[Mask]) -> TrialZones {
    let share = |parts: u16| f64::from(parts) / WHOLE;
    let zone = |part: &Mask| TrialZone {
        name: part.name.clone(),
        reason: part.reason.clone(),
        corners: part.corners.iter().map(|corner| [share(corner.x), share(corner.y)]).collect(),
    };
    TrialZones { watch: watch.iter().map(zone).collect(), ignore: ignore.iter().map(zone).collect() }
}

/// Parts that somebody drew: what the policy would take, and nothing else.
pub(crate) fn drawn(asked: &TrialZones) -> Result<(Vec<Mask>, Vec<Mask>), Problem> {
    Ok((parts("zones.watch", &asked.watch)?, parts("zones.ignore", &asked.ignore)?))
}

fn parts(field: &'static str, asked: &[TrialZone]) -> Result<Vec<Mask>, Problem> {
    if asked.len() > MOST_ZONES {
        return Err(Problem::invalid(field, format!("There may be {MOST_ZONES} parts at most.")));
    }
    let parts = asked.iter().map(|zone| part(field, zone)).collect::<Result<Vec<Mask>, Problem>>()?;
    let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => {
            Err(Problem::invalid(field, format!("Two parts are called {}; give each a name of its own.", twice[0])))
        }
        None => Ok(parts),
    }
}

fn part(field: &'static str, zone: &TrialZone) -> Result<Mask, Problem> {
    let name = text(field, &zone.name, 1..=100)?;
    let reason = text(field, &zone.reason, 1..=500)?;
    if zone.corners.iter().flatten().any(|side| !(0.0..=1.0).contains(side)) {
        return Err(Problem::invalid(field, format!("{name}: corners lie in the picture, from 0 to 1.")));
    }
    let parts = |side: f64| (side * WHOLE).round() as u16;
    let corners: Vec<Corner> = zone.corners.iter().map(|[x, y]| Corner { x: parts(*x), y: parts(*y) }).collect();
    check_polygon(&corners).map_err(|why| Problem::invalid(field, format!("{name}: {why}.")))?;
    Ok(Mask { name, reason, corners })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(corners: &[[f64; 2]]) -> TrialZone {
        TrialZone { name: "A tree".to_owned(), reason: "It sways.".to_owned(), corners: corners.to_vec() }
    }

    #[track_caller]
    fn check(watch: Vec<TrialZone>, says: Option<&str>) {
        let asked = TrialZones { watch, ignore: Vec::new() };
        match (drawn(&asked), says) {
            (Ok((watch, ignore)), None) => assert_eq!(shown(&watch, &ignore), asked),
            (Err(why), Some(says)) => assert!(why.detail().contains(says), "{}", why.detail()),
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_policy_would_not_take_is_refused() {
        let triangle = zone(&[[0.0, 0.0], [0.5, 0.0], [0.25, 1.0]]);
        check(vec![triangle.clone()], None);
        check(Vec::new(), None);
        check(vec![triangle.clone(), triangle.clone()], Some("Two parts are called A tree"));
        check(vec![TrialZone { name: " ".to_owned(), ..triangle.clone() }], Some(""));
        check(vec![zone(&[[0.0, 0.0], [0.5, 0.0]])], Some("3 to 32 corners"));
        check(vec![zone(&[[0.0, 0.0], [1.5, 0.0], [0.0, 1.0]])], Some("from 0 to 1"));
        check(vec![zone(&[[0.0, 0.0], [f64::NAN, 0.0], [0.0, 1.0]])], Some("from 0 to 1"));
        check(vec![zone(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])], Some("meet"));
        check(vec![triangle; 33], Some("32 parts at most"));
    }
}
