//! The gate as the program holds it: lists in force, judging, and the dossier stored with each camera.

use std::net::IpAddr;

use candour_http::port::JudgementShown;
use candour_units::CameraId;
use candour_vetting::{
    Evidence, Judgement, JudgementRecord, LabList, LabListError, ListFiles, Lists, SHIPPED_LAB_KEY, SHIPPED_LAB_LIST,
    SHIPPED_LAB_SIGNATURE, SiteClass, Source, Subject, Value, judge, neutralise,
};
use candour_wire::cameras as wire;
use candour_wire::site::ListInForce;
use serde::{Deserialize, Serialize};

/// Bytes of one raw answer that are shown to people.
const RAW_SHOWN: usize = 16 * 1024;

/// What is stored with a camera: everything it said, and what was made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dossier {
    /// The decision as it was made.
    pub record: JudgementRecord,
    /// What it rests on; judged again at every start and when lists change.
    pub evidence: Vec<Evidence>,
}

impl Dossier {
    /// The stored form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always serialises")
    }
}

/// Lists and site class in force.
pub struct Gate {
    lists: Lists,
    lab: Option<LabList>,
    class: SiteClass,
}

impl Gate {
    /// The lists this program was built with; the lab's own signed list only in lab mode.
    ///
    /// # Errors
    /// [`LabListError`] when the lab list does not verify.
    pub fn new(lab: bool, sensitive: bool) -> Result<Self, LabListError> {
        let lab = lab.then(|| LabList::verify(SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, SHIPPED_LAB_KEY)).transpose()?;
        let class = if sensitive { SiteClass::Sensitive } else { SiteClass::Standard };
        Ok(Self { lists: Lists::shipped(), lab, class })
    }

    /// Whether simulated cameras may be accepted.
    #[must_use]
    pub fn is_lab(&self) -> bool {
        self.lab.is_some()
    }

    /// Judges what is known about a camera.
    #[must_use]
    pub fn judge(
        &self,
        camera: CameraId,
        host: IpAddr,
        evidence: &[Evidence],
        previous: Option<&JudgementRecord>,
    ) -> Judgement {
        let subject = Subject { camera, host, evidence, site_class: self.class, lab: self.lab.as_ref(), previous };
        judge(&subject, &self.lists)
    }

    /// The lists in force, for the System page.
    #[must_use]
    pub fn lists(&self) -> Vec<ListInForce> {
        let rows = |file: &[u8]| file.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1) as u64;
        let shipped = ListFiles::SHIPPED;
        let size = |id: &str| match id {
            "groups" => rows(shipped.groups),
            "prefixes" => rows(shipped.prefixes),
            "prefixes-telecom" => rows(shipped.prefixes_telecom),
            "brands" => rows(shipped.brands),
            "fingerprints" => rows(shipped.fingerprints),
            "firmware" => rows(shipped.firmware),
            _ => 0,
        };
        let mut lists: Vec<ListInForce> = self
            .lists
            .infos()
            .iter()
            .map(|info| ListInForce {
                name: info.id.clone(),
                version: info.version.to_string(),
                date: info.date.clone(),
                rows: size(&info.id),
                signed_by: "shipped with this program".into(),
            })
            .collect();
        if let Some(lab) = &self.lab {
            lists.push(ListInForce {
                name: lab.id().to_owned(),
                version: lab.version().to_string(),
                date: lab.date().to_owned(),
                rows: lab.makers().len() as u64,
                signed_by: "the lab's own key; counts only with --lab".into(),
            });
        }
        lists
    }
}

/// A stored dossier for people. One that cannot be read says so, and is no acceptance.
#[must_use]
pub fn shown(stored: &str) -> JudgementShown {
    let Ok(dossier) = serde_json::from_str::<Dossier>(stored) else {
        return JudgementShown {
            reasons: vec![wire::Reason {
                rule: "stored-judgement-unreadable".into(),
                layer: String::new(),
                confidence: String::new(),
                words: "The stored judgement of this camera cannot be read. Judge the camera again.".into(),
            }],
            ..JudgementShown::default()
        };
    };
    JudgementShown {
        reasons: dossier.record.reasons.iter().map(reason).collect(),
        missing: dossier.record.missing.iter().map(|missing| missing.words()).collect(),
        evidence: dossier.evidence.iter().map(evidence).collect(),
        lists: dossier.record.lists.iter().map(|l| format!("{} {} of {}", l.id, l.version, l.date)).collect(),
    }
}

fn reason(reason: &candour_vetting::Reason) -> wire::Reason {
    wire::Reason {
        rule: reason.rule.clone(),
        layer: reason.layer.map(|layer| format!("{layer:?}")).unwrap_or_default(),
        confidence: reason.confidence.map(|c| format!("{c:?}").to_lowercase()).unwrap_or_default(),
        words: reason.words.clone(),
    }
}

fn evidence(item: &Evidence) -> wire::Evidence {
    let value = match &item.value {
        Value::Text(text) => text.clone(),
        Value::Paper(paper) => format!("declaration {}, signed off by {}", paper.declaration, paper.signed_off_by),
        Value::NotAvailable(why) => format!("not available: {why}"),
        Value::Unreadable(why) => format!("unreadable: {why}"),
    };
    let from = match &item.source {
        Source::Answer { to } => format!(" (answer to {to})"),
        _ => String::new(),
    };
    wire::Evidence {
        layer: format!("{:?}", item.layer()),
        kind: format!("{}{from}", item.kind.words()),
        value,
        raw: neutralise(&String::from_utf8_lossy(&item.raw), RAW_SHOWN),
        taken_90k: item.taken_at.ticks(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_judgement_is_said_and_accepts_nothing() {
        let shown = shown("{not json");
        assert_eq!(shown.reasons.len(), 1);
        assert!(shown.reasons[0].words.contains("Judge the camera again"));
    }

    #[test]
    fn the_shipped_lists_have_rows() {
        let gate = Gate::new(true, false).expect("the shipped lab list verifies");
        let lists = gate.lists();
        assert!(lists.iter().all(|list| list.rows > 0), "{lists:?}");
        assert!(lists.iter().any(|list| list.signed_by.contains("--lab")));
    }
}
