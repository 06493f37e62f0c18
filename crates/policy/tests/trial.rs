//! What a trial prints, put into the file, is what was tried.

mod made;

use candour_policy::{Candidate, Corner, Mask, Mode, Policy, draft_parts};
use candour_units::{WallDuration, WallTime};
use made::{policy, sample};

fn seconds(count: i64) -> WallDuration {
    WallDuration::from_seconds(count)
}

fn part(name: &str) -> Mask {
    let corners = [(0, 0), (5_000, 125), (10_000, 10_000)].map(|(x, y)| Corner { x, y });
    Mask { name: name.to_owned(), reason: "The \"tree\" \\ sways.".to_owned(), corners: corners.to_vec() }
}

/// Does with each part what its words say.
fn with_parts(camera: &str, candidate: &Candidate) -> Policy {
    let mut text = sample();
    for part in draft_parts(&policy(&text), camera, candidate) {
        match part.below {
            None => text += &format!("\n{}", part.lines),
            Some(heading) => {
                let key = part.lines.split(' ').next().expect("a key").to_owned();
                let at = text.find(&format!("{heading}\n")).expect("the heading stands there") + heading.len() + 1;
                let end = text[at..].find("\n[").map_or(text.len(), |end| at + end + 1);
                let kept: String = text[at..end]
                    .lines()
                    .filter(|line| !line.starts_with(&format!("{key} ")))
                    .map(|line| format!("{line}\n"))
                    .collect();
                text = format!("{}{}{kept}{}", &text[..at], part.lines, &text[end..]);
            }
        }
    }
    policy(&text)
}

#[test]
fn a_draft_with_the_parts_says_what_was_tried() {
    for (camera, keep) in [("Counting table", 3 * 86_400), ("Front door 1", 36 * 3_600)] {
        let candidate = Candidate {
            keep_if_still: Some(seconds(keep)),
            rolls: Some((seconds(10), seconds(90))),
            zones: Some((vec![part("The door"), part("The step")], vec![part("A tree")])),
        };
        let new = with_parts(camera, &candidate);
        let terms = new.terms(camera).expect("the camera is there");
        assert_eq!(terms.keep_if_still, candidate.keep_if_still);
        let noon = WallTime::from_unix_seconds(1_796_040_000);
        let mode = terms.schedule.at(&new.site.time_zone, noon).mode;
        assert_eq!(mode, Mode::OnMotion { pre_roll: seconds(10), post_roll: seconds(90) });
        assert_eq!((terms.camera.watch.clone(), terms.camera.ignore.clone()), candidate.zones.clone().expect("zones"));
        // Once it is said there is nothing more to write but the schedule, which is always a new one.
        let again = Candidate { rolls: None, ..candidate };
        assert_eq!(draft_parts(&new, camera, &again), Vec::new());
        let cleared = Candidate { zones: Some((Vec::new(), Vec::new())), ..Candidate::default() };
        let parts = draft_parts(&new, camera, &cleared);
        assert!(parts.len() == 1 && parts[0].words.starts_with("Take out"), "{parts:?}");
    }
}

#[test]
fn what_stays_as_it_is_needs_no_words() {
    let old = policy(&sample());
    assert_eq!(draft_parts(&old, "Counting table", &Candidate::default()), Vec::new());
    assert_eq!(
        draft_parts(&old, "Nowhere", &Candidate { keep_if_still: Some(seconds(3_600)), ..Candidate::default() }),
        Vec::new()
    );
    let same = Candidate { keep_if_still: Some(seconds(7 * 86_400)), ..Candidate::default() };
    assert_eq!(draft_parts(&old, "Counting table", &same), Vec::new());
}
