//! Suppliers' declarations about cameras: filed, signed off by a second person, read.

use candour_http::port::{CameraActError, NewPaper, PersonNamed};
use candour_units::CameraId;
use candour_vetting::{Evidence, Kind, Paper, Source, Value};
use serde::{Deserialize, Serialize};

use super::Estate;
use super::acts::unavailable;
use crate::gate::Dossier;

/// What is kept with a declaration beside what the gate reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filing {
    /// Name of the file.
    pub file_name: String,
    /// The account that filed it: nobody signs off what they filed, whatever they are called by then.
    pub filed_by: String,
}

impl Estate {
    pub(super) async fn take_paper(
        &self,
        id: CameraId,
        paper: NewPaper,
        by: PersonNamed,
    ) -> Result<(), CameraActError> {
        // The file first: what the gate reads must never name one that is not there.
        let declaration = self.parts.papers.keep(paper.file).await.map_err(unavailable)?;
        let filing = Filing { file_name: paper.file_name, filed_by: by.id.to_string() };
        let item = Evidence {
            kind: Kind::Declaration,
            value: Value::Paper(Paper {
                declaration: declaration.clone(),
                model: paper.model,
                signed_off_by: by.name.clone(),
                second_person: None,
                support_until: paper.support_until,
            }),
            raw: serde_json::to_vec(&filing).map_err(unavailable)?,
            source: Source::Person { name: by.name },
            taken_at: self.parts.clock.wall(),
        };
        self.change_evidence(id, |evidence| {
            if evidence.iter().any(|other| names(other, &declaration)) {
                return Err(CameraActError::Exists { words: "This file was filed for this camera already.".into() });
            }
            evidence.push(item);
            Ok(())
        })
        .await
    }

    pub(super) async fn second_signature(
        &self,
        id: CameraId,
        declaration: &str,
        by: PersonNamed,
    ) -> Result<(), CameraActError> {
        // Whoever signs, signs a file that is there and is what was filed.
        self.parts.papers.read(declaration).await.map_err(|error| {
            tracing::warn!(%error, "a declaration cannot be read");
            CameraActError::NotFound
        })?;
        self.change_evidence(id, |evidence| {
            let found = evidence.iter_mut().find(|item| names(item, declaration)).ok_or(CameraActError::NotFound)?;
            let filing: Filing = serde_json::from_slice(&found.raw).unwrap_or_default();
            let Value::Paper(paper) = &mut found.value else { return Err(CameraActError::NotFound) };
            if filing.filed_by == by.id.to_string() || paper.signed_off_by.eq_ignore_ascii_case(&by.name) {
                return Err(CameraActError::Refused {
                    words: "You filed this declaration; a second person must read it and sign it off.".into(),
                });
            }
            if paper.second_person.is_some() {
                return Err(CameraActError::Refused { words: "It is signed off already.".into() });
            }
            paper.second_person = Some(by.name);
            Ok(())
        })
        .await
    }

    pub(super) async fn read_paper(
        &self,
        id: CameraId,
        declaration: &str,
    ) -> Result<(String, Vec<u8>), CameraActError> {
        let camera = self.row(id).await?;
        let dossier: Dossier = serde_json::from_str(&camera.judgement).map_err(unavailable)?;
        let found = dossier.evidence.iter().find(|item| names(item, declaration)).ok_or(CameraActError::NotFound)?;
        let filing: Filing = serde_json::from_slice(&found.raw).unwrap_or_default();
        let file = self.parts.papers.read(declaration).await.map_err(unavailable)?;
        Ok((filing.file_name, file))
    }
}

fn names(item: &Evidence, declaration: &str) -> bool {
    matches!(&item.value, Value::Paper(paper) if item.kind == Kind::Declaration && paper.declaration == declaration)
}
