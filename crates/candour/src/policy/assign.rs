//! What a version gives each camera: terms, stored as purposes, of which cameras with the same terms share one; and what it
//! promises for footage that is there.

use std::collections::BTreeSet;

use candour_db::{CameraRow, CameraTerms, NewPromise, OfVersion, PolicyVersionRow, PurposeRow};
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
        assignment.promises.push(NewPromise { camera, word: word.to_owned(), rule, keep });
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
