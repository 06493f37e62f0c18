//! `candour judge`: judges a file of evidence without a device, a recorder or a network. The form of the file is in
//! docs/vetting.md.

mod file;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use candour_units::{CameraId, WallTime};
use candour_vetting::{Bundle, Effect, Judgement, LabList, Reason, SiteClass, Subject, judge};
use clap::ValueEnum;

use file::EvidenceFile;

/// Judges a file of evidence offline and prints outcome, reasons, rules and list versions.
#[derive(clap::Args)]
pub struct JudgeArguments {
    /// The file; docs/vetting.md has its form. `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The class of the site, in place of the file's.
    #[arg(long, value_name = "CLASS")]
    site_class: Option<Class>,
    /// A signed bundle of lists to judge by, in place of those this program was built with; needs --anchors.
    #[arg(long, value_name = "FILE", requires = "anchors")]
    lists: Option<PathBuf>,
    /// The trust anchors that the bundle must be signed under.
    #[arg(long, value_name = "FILE", requires = "lists")]
    anchors: Option<PathBuf>,
    /// Let simulated cameras of the lab's own list count, as `candour serve --lab` does.
    #[arg(long)]
    lab: bool,
    /// Print the judgement as one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Class {
    Standard,
    Sensitive,
}

/// Judges and prints. The exit code says only that it was judged; the outcome is what was printed.
///
/// # Errors
/// When the file is no file of evidence, with the item and what is wrong with it.
pub fn run(arguments: &JudgeArguments, now: WallTime) -> anyhow::Result<ExitCode> {
    let file = EvidenceFile::read(&arguments.file, now)?;
    let bundle = bundle(arguments)?;
    let lab = arguments.lab.then(LabList::shipped);
    let site_class = match arguments.site_class {
        Some(Class::Standard) => SiteClass::Standard,
        Some(Class::Sensitive) => SiteClass::Sensitive,
        None => file.site_class,
    };
    let subject = Subject {
        camera: CameraId::from_bytes([0; 16]),
        host: file.host,
        evidence: &file.evidence,
        site_class,
        lab: lab.as_ref(),
        previous: file.previous.as_ref(),
        now: file.at,
    };
    let judgement = judge(&subject, &bundle.lists);
    if arguments.json {
        println!("{}", json(&judgement)?);
    } else {
        println!("{}", text(&judgement));
    }
    Ok(ExitCode::SUCCESS)
}

fn bundle(arguments: &JudgeArguments) -> anyhow::Result<Bundle> {
    let (Some(path), Some(anchors)) = (&arguments.lists, &arguments.anchors) else { return Ok(Bundle::shipped()) };
    let anchors = crate::lists::read_anchors(anchors)?;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Bundle::open(&bytes, &anchors).with_context(|| format!("{} is not used", path.display()))
}

/// The record with its id in front.
fn json(judgement: &Judgement) -> anyhow::Result<String> {
    let mut record = serde_json::to_value(judgement.record())?;
    if let Some(fields) = record.as_object_mut() {
        fields.insert("id".into(), judgement.id().to_string().into());
    }
    Ok(record.to_string())
}

fn text(judgement: &Judgement) -> String {
    let record = judgement.record();
    let mut lines = vec![record.outcome.word().to_uppercase()];
    for missing in &record.missing {
        lines.push(format!("  missing: {}", missing.words()));
    }
    lines.extend(record.reasons.iter().map(reason));
    let lists: Vec<_> = record.lists.iter().map(|l| format!("{} {} of {}", l.id, l.version, l.date)).collect();
    lines.push(format!("  lists: {}", lists.join(", ")));
    lines.push(format!("  judgement {}", judgement.id()));
    lines.join("\n")
}

fn reason(reason: &Reason) -> String {
    let effect = match reason.effect {
        Effect::Against => "against",
        Effect::Quarantines => "quarantines",
        Effect::Missing => "missing",
        Effect::For => "for",
        Effect::Notes => "note",
    };
    let layer = reason.layer.map(|layer| format!(" {layer:?}")).unwrap_or_default();
    let list = reason.list.as_deref().map(|list| format!(", {list}")).unwrap_or_default();
    format!("  {effect}{layer} [{}{list}] {}", reason.rule, reason.words)
}

#[cfg(test)]
mod tests;
