//! What a version gives each camera: terms, stored as purposes, of which cameras with the same terms share one; and what it
//! promises for footage that is there.

use std::collections::BTreeSet;

use candour_db::{CameraRow, CameraTerms, NewPromise, OfVersion, PolicyVersionRow, PurposeRow, StillLife};
use candour_policy::{Policy, Terms};
use candour_units::{CameraId, PurposeId, WallTime};

/// Everything that follows from a version for the cameras of a site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    /// Purposes that are not stored yet.
    pub purposes: Vec<PurposeRow>,
    /// The terms of every camera that the version names.
    pub terms: Vec<CameraTerms>,
    /// What it promises for footage, by camera and purpose.
    pub promises: Vec<NewPromise>,
}

/// What follows from a version. `known` are purposes that are stored; `words` says for which purposes there may be footage, with
/// the name of each camera.
#[must_use]
pub fn assign(
    version: &PolicyVersionRow,
    policy: &Policy,
    cameras: &[CameraRow],
    known: &[PurposeRow],
    words: &[(CameraId, String, String)],
    now: WallTime,
    mut mint: impl FnMut() -> PurposeId,
) -> Assignment {
    let mut assignment = Assignment::default();
    let mut asked: BTreeSet<(CameraId, &str, &str)> =
        words.iter().map(|(camera, name, word)| (*camera, name.as_str(), word.as_str())).collect();
    for camera in cameras {
        let Some(of) = policy.terms(&camera.name) else { continue };
        asked.insert((camera.id, &camera.name, &of.camera.purpose));
        let same = same_terms(version, &of, known).or_else(|| same_terms(version, &of, &assignment.purposes));
        let purpose = match same {
            Some(same) => same.id,
            None => {
                let row = purpose(version, &of, now, mint());
                assignment.purposes.push(row.clone());
                row.id
            }
        };
        assignment.terms.push(CameraTerms { camera: camera.id, purpose });
    }
    for (camera, name, word) in asked {
        let Some(promise) = policy.promise(name, word) else { continue };
        let (rule, keep) = (promise.keep.rule.to_string(), promise.keep.length);
        let still = promise.if_still.map(|life| StillLife { rule: life.rule.to_string(), keep: life.length });
        assignment.promises.push(NewPromise { camera, word: word.to_owned(), rule, keep, still });
    }
    assignment
}

/// The purpose among these that has those very terms of that version.
fn same_terms<'a>(version: &PolicyVersionRow, terms: &Terms<'_>, among: &'a [PurposeRow]) -> Option<&'a PurposeRow> {
    let wanted = purpose(version, terms, WallTime::EPOCH, PurposeId::from_bytes([0; 16]));
    among.iter().find(|row| {
        row.policy == wanted.policy
            && row.version == wanted.version
            && (row.keep, row.minimum, row.importance) == (wanted.keep, wanted.minimum, wanted.importance)
    })
}

/// A purpose with those terms.
fn purpose(version: &PolicyVersionRow, terms: &Terms<'_>, now: WallTime, id: PurposeId) -> PurposeRow {
    PurposeRow {
        id,
        sentence: terms.purpose.aim.clone(),
        owner: terms.purpose.owner.clone(),
        keep: terms.keep,
        minimum: Some(terms.minimum),
        importance: terms.purpose.importance.number(),
        policy: version.id,
        written: now,
        written_by: version.approved.as_ref().map_or_else(|| version.drafted_by.clone(), |(by, _)| by.clone()),
        version: Some(OfVersion { word: terms.camera.purpose.clone(), hash: version.hash }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{sample, version};
    use super::*;

    fn camera(number: u8, name: &str) -> CameraRow {
        CameraRow {
            id: CameraId::from_bytes([number; 16]),
            name: name.to_owned(),
            address: "192.0.2.1".to_owned(),
            onvif_port: 80,
            tls_key: None,
            credentials: Vec::new(),
            outcome: "accepted".to_owned(),
            judgement: "{}".to_owned(),
            judged: WallTime::EPOCH,
            manufacturer: String::new(),
            model: String::new(),
            firmware: String::new(),
            clock_offset: candour_units::WallDuration::ZERO,
            purpose: None,
            added: WallTime::EPOCH,
            removed: None,
        }
    }

    #[test]
    fn cameras_with_the_same_terms_share_them_and_the_unnamed_get_none() {
        let policy = sample(&[]);
        let row = version(&policy, None);
        let names: Vec<&String> = policy.cameras.keys().collect();
        let mut cameras: Vec<_> = names.iter().zip(1..).map(|(name, number)| camera(number, name)).collect();
        cameras.push(camera(99, "Nobody wrote of this one"));
        let mut next = 0;
        let mut mint = || {
            next += 1;
            PurposeId::from_bytes([next; 16])
        };
        let found = assign(&row, &policy, &cameras, &[], &[], WallTime::EPOCH, &mut mint);
        assert_eq!(found.terms.len(), names.len());
        assert!(found.terms.iter().all(|terms| terms.camera != CameraId::from_bytes([99; 16])));
        for (index, one) in found.purposes.iter().enumerate() {
            let same = |other: &PurposeRow| PurposeRow { id: one.id, ..other.clone() } == *one;
            assert!(!found.purposes[index + 1..].iter().any(same), "{one:?} is stored twice");
            assert_eq!((one.policy, one.version.as_ref().map(|of| of.hash)), (row.id, Some(policy.hash)));
        }
        assert_eq!(found.promises.len(), names.len(), "one for each camera and its purpose");

        // Asked again, with what is stored: nothing new.
        let again = assign(&row, &policy, &cameras, &found.purposes, &[], WallTime::EPOCH, &mut mint);
        assert_eq!((again.purposes.len(), again.terms), (0, found.terms));
    }

    #[test]
    fn footage_of_a_camera_that_is_not_named_any_more_is_promised_what_its_purpose_says() {
        let policy = sample(&[]);
        let gone = CameraId::from_bytes([5; 16]);
        let words = [
            (gone, "A camera of before".to_owned(), "plant-watch".to_owned()),
            (gone, "A camera of before".to_owned(), "a purpose of before".to_owned()),
        ];
        let mint = || PurposeId::from_bytes([1; 16]);
        let found = assign(&version(&policy, None), &policy, &[], &[], &words, WallTime::EPOCH, mint);
        let [promise] = &found.promises[..] else { panic!("{found:?}") };
        assert_eq!((promise.camera, promise.word.as_str()), (gone, "plant-watch"));
        assert_eq!(
            (promise.rule.as_str(), promise.keep),
            ("purposes.plant-watch.keep", policy.purposes["plant-watch"].keep)
        );
    }
}
