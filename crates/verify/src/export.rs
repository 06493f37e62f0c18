//! Entries that somebody took out of a log, in a file of their own.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use candour_ledger::{EXPORT_UNSAID, Group, LogExport, VerifierKey, WitnessKey};
use candour_units::WallTime;

use crate::verdict::{Verdict, count};

/// Checks an export, with the key that is given or else the one in the file, and says up to which entry a witness cosigned.
pub(crate) fn in_file(path: &Path, key: Option<&str>, witnesses: &[String]) -> Result<Verdict> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let witnesses = witnesses.iter().map(|text| WitnessKey::parse(text).context("--witness is no witness's key"));
    let witnesses = witnesses.collect::<Result<Vec<_>>>()?;
    let mut verdict = Verdict::default();
    let export = match LogExport::parse(&text) {
        Ok(export) => export,
        Err(error) => {
            verdict.findings.push(format!("{}: {}", path.display(), candour_units::chain(&error)));
            return Ok(verdict);
        }
    };
    let Some(key) = key_of(key, &export.verifier_key, &mut verdict)? else { return Ok(verdict) };
    match export.verify(&key) {
        Ok(checkpoint) => {
            describe(&export, &mut verdict);
            let witnessed = witnessed(&export, &witnesses, &mut verdict);
            verdict.good.push(format!(
                "{} of the {} that {} signed verify, and are those that were exported in entry {}; {witnessed}",
                count(export.entries.len() as u64, "entry", "entries"),
                count(checkpoint.size, "entry", "entries"),
                key.name(),
                export.export.index,
            ));
        }
        Err(error) => verdict.findings.push(candour_units::chain(&error)),
    }
    Ok(verdict)
}

fn describe(export: &LogExport, verdict: &mut Verdict) {
    verdict.notes.push(format!("asked on {}: {}", export.export.leaf.at, export.question().unwrap_or_default()));
    let erased = export.entries.iter().filter(|entry| Group::ALL.iter().all(|of| entry.details.group(*of).is_none()));
    match erased.count() {
        0 => {}
        some => verdict.notes.push(format!(
            "the details of {} were erased when their time was over; that it is there, and unchanged, is proved",
            count(some as u64, "entry", "entries"),
        )),
    }
    verdict.notes.extend(EXPORT_UNSAID.map(str::to_owned));
}

/// Up to where somebody outside cosigned, in words.
fn witnessed(export: &LogExport, witnesses: &[WitnessKey], verdict: &mut Verdict) -> String {
    let notes = export.notes();
    let mut newest: Option<(u64, String)> = None;
    for witness in witnesses {
        let cosigned = notes.iter().filter_map(|(size, note)| Some((*size, witness.cosigned_at(note).ok()?)));
        match cosigned.max_by_key(|(size, _)| *size) {
            Some((size, at)) => {
                let at = WallTime::from_unix_seconds(i64::try_from(at).unwrap_or(i64::MAX / 90_000));
                verdict.notes.push(format!(
                    "{} cosigned the first {} on {at}",
                    witness.name(),
                    count(size, "entry", "entries")
                ));
                if newest.as_ref().is_none_or(|(most, _)| size > *most) {
                    newest = Some((size, witness.name().to_owned()));
                }
            }
            None => verdict.findings.push(format!("nothing in the file is cosigned by {}", witness.name())),
        }
    }
    match newest {
        Some((size, name)) => format!("witnessed up to entry {} by {name}", size.saturating_sub(1)),
        None => "witnessed by nobody whose key was given".to_owned(),
    }
}

/// The key to check a file with: the one that is given, else the one in it, which is said. `None` when the latter is no key, which is a
/// finding.
pub(crate) fn key_of(given: Option<&str>, in_file: &str, verdict: &mut Verdict) -> Result<Option<VerifierKey>> {
    if let Some(given) = given {
        return VerifierKey::parse(given).context("--key is no verifier key").map(Some);
    }
    verdict.notes.push(format!("the key is the one in the file: {in_file}"));
    match VerifierKey::parse(in_file) {
        Ok(key) => Ok(Some(key)),
        Err(error) => {
            verdict.findings.push(format!("the key in the file was changed: {error}"));
            Ok(None)
        }
    }
}
