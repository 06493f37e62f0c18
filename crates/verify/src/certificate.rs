//! One certificate of deletion: found in a copy of the log, or brought as a file, and told in full, with what it cannot prove.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use candour_ledger::{Certificate, CertificateProof, UNSAID};
use candour_units::SegmentId;
use serde_json::{Value, json};

use crate::anchors::Trust;
use crate::closings::{Closing, Found, Rotation, Wanted};
use crate::export::key_of;
use crate::footage::find_segments;
use crate::log::{self, CheckedLog};
use crate::verdict::{Verdict, count};

/// What is said about one certificate.
pub(crate) struct Told {
    certificate: Certificate,
    entry: u64,
    closing: Option<Closing>,
    /// `None` when the log was not at hand.
    erased: Option<Option<Rotation>>,
}

/// Everything that is said.
pub(crate) struct Certificates {
    pub(crate) verdict: Verdict,
    told: Vec<Told>,
}

/// Looks for certificates in a data directory's log, and for files that should be gone.
pub(crate) fn in_directory(
    directory: &Path,
    wanted: Wanted,
    footage: &[PathBuf],
    key: Option<&str>,
) -> Result<Certificates> {
    let trust = Trust { key: key.map(str::to_owned), ..Trust::default() };
    let words = match &wanted {
        Wanted::Segment(segment) => format!("of segment {segment}"),
        Wanted::Moment { camera, at } => format!("of camera {camera} at {at}"),
    };
    let CheckedLog { mut verdict, mut closings } = log::check(&directory.join("log"), &trust, Some(wanted))?;
    verdict.notes.append(&mut closings.notes);
    let found = std::mem::take(&mut closings.found);
    if found.is_empty() {
        verdict.findings.push(format!("the log has no certificate {words}"));
    }
    // Of the others nothing is said here: `all` judges every certificate.
    let about = |finding: &&String| found.iter().any(|one| finding.contains(&one.certificate.segment.to_string()));
    verdict.findings.extend(closings.findings.iter().filter(about).cloned());
    let default = [directory.join("footage")];
    still_there(&found, if footage.is_empty() { &default } else { footage }, &mut verdict)?;
    let many = count(found.len() as u64, "certificate is", "certificates are");
    verdict.good.push(format!("{many} in the log"));
    let told = found
        .into_iter()
        .map(|Found { entry, certificate, .. }| Told {
            entry,
            closing: closings.closed.get(&certificate.segment).cloned(),
            erased: Some(closings.erased(certificate.unreadable_at)),
            certificate,
        })
        .collect();
    Ok(Certificates { verdict, told })
}

fn still_there(found: &[Found], footage: &[PathBuf], verdict: &mut Verdict) -> Result<()> {
    let gone: HashSet<SegmentId> = found.iter().map(|one| one.certificate.segment).collect();
    for directory in footage {
        if !directory.is_dir() {
            let directory = directory.display();
            verdict.notes.push(format!("{directory} is not here: whether a file is left there was not looked at"));
            continue;
        }
        let mut files = Vec::new();
        find_segments(directory, &mut files)?;
        for (path, segment) in files.into_iter().filter(|(_, segment)| gone.contains(segment)) {
            verdict
                .findings
                .push(format!("segment {segment} is certified as deleted, and {} is there", path.display()));
        }
    }
    Ok(())
}

/// Checks a certificate's own file, without the recorder.
pub(crate) fn in_file(path: &Path, key: Option<&str>) -> Result<Certificates> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut verdict = Verdict::default();
    let proof = match CertificateProof::parse(&text) {
        Ok(proof) => proof,
        Err(error) => {
            verdict.findings.push(format!("{}: {}", path.display(), candour_units::chain(&error)));
            return Ok(Certificates { verdict, told: Vec::new() });
        }
    };
    let key = key_of(key, &proof.verifier_key, &mut verdict)?;
    let segment = proof.certificate.segment;
    match key.map(|key| (proof.verify(&key), key)) {
        Some((Ok(checkpoint), key)) => verdict.good.push(format!(
            "the certificate of segment {segment} is in entry {} of the {} that {} signed",
            proof.index,
            count(checkpoint.size, "entry", "entries"),
            key.name(),
        )),
        Some((Err(error), _)) => verdict.findings.push(format!("segment {segment}: {}", candour_units::chain(&error))),
        None => {}
    }
    if proof.certificate.is_dated_after(proof.leaf.at) {
        verdict.notes.push(format!(
            "its entry is dated {}, before the deletion: the clock was set back in between",
            proof.leaf.at
        ));
    }
    verdict.notes.push(
        "whether the digest is the one logged when the segment was closed, whether a file is left, and since when erasure \
         on the medium is claimed stand in the log, not in this file"
            .to_owned(),
    );
    let told = Told { certificate: proof.certificate, entry: proof.index, closing: None, erased: None };
    Ok(Certificates { verdict, told: vec![told] })
}

impl Certificates {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for told in &self.told {
            out += &format!("certificate of segment {}\n", told.certificate.segment);
            for (name, words) in told.lines() {
                out += &format!("  {name:<11} {words}\n");
            }
        }
        if !self.told.is_empty() {
            out += "A certificate does not prove\n";
            UNSAID.iter().for_each(|words| out += &format!("  - {words}\n"));
        }
        out + &self.verdict.to_string()
    }

    /// For programs: one object on one line.
    pub(crate) fn json(&self) -> String {
        let certificates: Vec<Value> = self.told.iter().map(Told::json).collect();
        let object = json!({
            "verifies": self.verdict.is_good(),
            "findings": self.verdict.findings,
            "notes": self.verdict.notes,
            "good": self.verdict.good,
            "certificates": certificates,
            "does_not_prove": UNSAID,
        });
        format!("{object}\n")
    }
}

impl Told {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let one = &self.certificate;
        let or_unknown = |known: Option<String>| known.unwrap_or_else(|| "not known".to_owned());
        let digest = match (&one.sealed_digest, &self.closing) {
            (None, _) => "none: the file was never whole".to_owned(),
            (Some(digest), Some(closing)) => {
                format!("{digest}, as logged in entry {} when it was closed", closing.entry)
            }
            (Some(digest), None) => digest.to_string(),
        };
        let backups = one.backups_until.map_or_else(
            || "no backup of the keyring held its key".to_owned(),
            |until| format!("a backup of the keyring may open a copy until {until}"),
        );
        let mut lines = vec![
            ("camera", format!("{}, stream {}", one.camera, one.stream)),
            (
                "footage",
                format!("{} to {}, {}", one.interval.start, one.interval.end, count(one.bytes, "byte", "bytes")),
            ),
            ("rule", format!("{} ({})", one.rule, one.rule_id)),
            ("purpose", or_unknown(one.purpose.map(|purpose| purpose.to_string()))),
            ("policy", or_unknown(one.policy.map(|hash| format!("SHA-256 {hash}")))),
            ("digest", digest),
            ("due", one.due.to_string()),
            ("decided", one.intended_at.to_string()),
            ("unreadable", format!("{}: its key was destroyed", one.unreadable_at)),
            ("unlinked", format!("{}: its file was removed", one.unlinked_at)),
            ("backups", backups),
        ];
        match self.erased {
            Some(Some(Rotation { entry, ended, .. })) => {
                lines
                    .push(("erased", format!("claimed from {ended}, when the epoch key was replaced (entry {entry})")));
            }
            Some(None) => lines.push(("erased", "not claimed yet: the epoch key was not replaced since".to_owned())),
            None => {}
        }
        lines.push(("log entry", self.entry.to_string()));
        lines
    }

    fn json(&self) -> Value {
        let certificate: Value = serde_json::from_str(&self.certificate.text()).unwrap_or(Value::Null);
        let erased = self.erased.flatten();
        json!({
            "certificate": certificate,
            "entry": self.entry,
            "closed_in_entry": self.closing.as_ref().map(|closing| closing.entry),
            "erased_from_90k": erased.map(|rotation| rotation.ended.ticks()),
            "erased_in_entry": erased.map(|rotation| rotation.entry),
        })
    }
}
