//! The gate as the program holds it: lists in force, judging, and the dossier stored with each camera.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use candour_db::CameraRow;
use candour_http::port::JudgementShown;
use candour_units::{CameraId, WallTime};
use candour_vetting::{
    Bundle, Evidence, Judgement, JudgementRecord, LabList, LabListError, Outcome, SHIPPED_LAB_KEY, SHIPPED_LAB_LIST,
    SHIPPED_LAB_SIGNATURE, SiteClass, Source, Subject, Value, judge, neutralise,
};
use candour_wire::cameras as wire;
use candour_wire::site::ListInForce;
use serde::{Deserialize, Serialize};

use crate::estate::exceptions::Filed;
use crate::estate::papers::Filing;

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

/// Lists and site class in force. Clones share the lists: a bundle put in force is in force for all.
#[derive(Clone)]
pub struct Gate {
    in_force: Arc<RwLock<Arc<Bundle>>>,
    lab: Option<LabList>,
    class: SiteClass,
}

impl Gate {
    /// A gate with this bundle in force; the lab's own signed list only in lab mode.
    ///
    /// # Errors
    /// [`LabListError`] when the lab list does not verify.
    pub fn new(lab: bool, sensitive: bool, bundle: Bundle) -> Result<Self, LabListError> {
        let lab = lab.then(|| LabList::verify(SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, SHIPPED_LAB_KEY)).transpose()?;
        let class = if sensitive { SiteClass::Sensitive } else { SiteClass::Standard };
        Ok(Self { in_force: Arc::new(RwLock::new(Arc::new(bundle))), lab, class })
    }

    /// Whether simulated cameras may be accepted.
    #[must_use]
    pub fn is_lab(&self) -> bool {
        self.lab.is_some()
    }

    /// The bundle in force.
    #[must_use]
    pub fn bundle(&self) -> Arc<Bundle> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a bundle in force. Whoever calls this judges every camera again.
    pub fn put_in_force(&self, bundle: Arc<Bundle>) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = bundle;
    }

    /// Judges what is known about a camera by the lists in force.
    #[must_use]
    pub fn judge(
        &self,
        camera: CameraId,
        host: IpAddr,
        evidence: &[Evidence],
        previous: Option<&JudgementRecord>,
        now: WallTime,
    ) -> Judgement {
        self.judge_by(&self.bundle(), camera, host, evidence, previous, now)
    }

    fn judge_by(
        &self,
        bundle: &Bundle,
        camera: CameraId,
        host: IpAddr,
        evidence: &[Evidence],
        previous: Option<&JudgementRecord>,
        now: WallTime,
    ) -> Judgement {
        let subject = Subject { camera, host, evidence, site_class: self.class, lab: self.lab.as_ref(), previous, now };
        judge(&subject, &bundle.lists)
    }

    /// What a stored camera comes to by a bundle that may or may not be in force; one whose evidence cannot be read comes
    /// to nothing that could be accepted.
    #[must_use]
    pub fn judge_stored(&self, bundle: &Bundle, row: &CameraRow, now: WallTime) -> Option<(Judgement, Dossier)> {
        let dossier: Dossier = serde_json::from_str(&row.judgement).ok()?;
        let host = row.address.parse().ok()?;
        let judgement = self.judge_by(bundle, row.id, host, &dossier.evidence, Some(&dossier.record), now);
        Some((judgement, dossier))
    }

    /// [`Self::judge_stored`] for a whole site, by the bundle in force, on every processor: until it is done a camera that may
    /// no longer be used goes on.
    #[must_use]
    pub fn judge_site(&self, rows: Vec<CameraRow>, now: WallTime) -> Vec<(Option<(Judgement, Dossier)>, CameraRow)> {
        let bundle = self.bundle();
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = rows.len().div_ceil(processors).max(1);
        let judged =
            |share: &[CameraRow]| -> Vec<_> { share.iter().map(|row| self.judge_stored(&bundle, row, now)).collect() };
        let judged: Vec<_> = std::thread::scope(|scope| {
            let shares: Vec<_> = rows.chunks(share).map(|share| scope.spawn(|| judged(share))).collect();
            let of = |share: std::thread::ScopedJoinHandle<'_, _>| {
                share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            shares.into_iter().flat_map(of).collect()
        });
        judged.into_iter().zip(rows).collect()
    }

    /// The lists in force, for the System page.
    #[must_use]
    pub fn lists(&self) -> Vec<ListInForce> {
        let bundle = self.bundle();
        let signed_by = match bundle.info.signed_by.as_slice() {
            [] => "shipped with this program".to_owned(),
            names => names.join(", "),
        };
        let shown = |info: &candour_vetting::ListInfo| ListInForce {
            name: info.id.clone(),
            version: info.version.to_string(),
            date: info.date.clone(),
            rows: info.rows,
            signed_by: signed_by.clone(),
        };
        let lab = self.lab.as_ref().map(|lab| ListInForce {
            name: lab.id().to_owned(),
            version: lab.version().to_string(),
            date: lab.date().to_owned(),
            rows: lab.makers().len() as u64,
            signed_by: "the lab's own key; counts only with --lab".into(),
        });
        bundle.lists.infos().iter().map(shown).chain(lab).collect()
    }
}

/// What an import would do to one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    /// The camera.
    pub camera: CameraId,
    /// Its name.
    pub name: String,
    /// The outcome in force.
    pub before: String,
    /// The outcome by the new lists.
    pub after: String,
    /// The strongest reason, in words.
    pub why: String,
}

impl PlannedChange {
    /// Whether its pictures stop.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.before == Outcome::Accepted.word()
    }
}

/// Which cameras a bundle would change, and why.
#[must_use]
pub fn plan(gate: &Gate, bundle: &Bundle, rows: &[CameraRow], now: WallTime) -> Vec<PlannedChange> {
    let change = |row: &CameraRow| {
        let (judgement, _) = gate.judge_stored(bundle, row, now)?;
        let after = judgement.outcome().word();
        (after != row.outcome).then(|| PlannedChange {
            camera: row.id,
            name: row.name.clone(),
            before: row.outcome.clone(),
            after: after.to_owned(),
            why: judgement.reasons().first().map_or_else(String::new, |reason| reason.words.clone()),
        })
    };
    rows.iter().filter(|row| row.removed.is_none()).filter_map(change).collect()
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
        papers: dossier.evidence.iter().filter_map(paper).collect(),
        exceptions: dossier.evidence.iter().filter_map(exception).collect(),
        lists: dossier.record.lists.iter().map(|l| format!("{} {} of {}", l.id, l.version, l.date)).collect(),
    }
}

/// A filed declaration.
fn paper(item: &Evidence) -> Option<wire::Paper> {
    let Value::Paper(paper) = &item.value else { return None };
    let filing: Filing = serde_json::from_slice(&item.raw).unwrap_or_default();
    Some(wire::Paper {
        declaration: paper.declaration.clone(),
        file_name: neutralise(&filing.file_name, 120),
        model: paper.model.clone(),
        support_until: paper.support_until.clone(),
        signed_off_by: paper.signed_off_by.clone(),
        second_person: paper.second_person.clone(),
        filed_90k: item.taken_at.ticks(),
    })
}

/// A filed exception.
fn exception(item: &Evidence) -> Option<wire::FlawException> {
    let Value::Exception(exception) = &item.value else { return None };
    Some(wire::FlawException {
        id: Filed::of(item).id,
        covers: exception.covers.clone(),
        reason: exception.reason.clone(),
        owner: exception.owner.clone(),
        until: exception.until.clone(),
        signed_off_by: exception.signed_off_by.clone(),
        second_person: exception.second_person.clone(),
        filed_90k: item.taken_at.ticks(),
    })
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
        Value::Exception(exception) => {
            format!("exception for {} until {}, by {}", exception.covers, exception.until, exception.owner)
        }
        Value::NotAvailable(why) => format!("not available: {why}"),
        Value::Unreadable(why) => format!("unreadable: {why}"),
    };
    let from = match &item.source {
        Source::Answer { to } => format!(" (answer to {to})"),
        Source::ImportedTable { origin, second_person: Some(second), .. } => {
            format!(" (of {}, signed by {second})", neutralise(origin, 120))
        }
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
        let gate = Gate::new(true, false, Bundle::shipped()).expect("the shipped lab list verifies");
        let lists = gate.lists();
        // No maker's root is shipped.
        assert!(lists.iter().all(|list| list.rows > 0 || list.name == "device-roots"), "{lists:?}");
        assert!(lists.iter().any(|list| list.signed_by.contains("--lab")));
    }
}
