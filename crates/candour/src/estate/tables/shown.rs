//! Address tables for people: how each stands, and what it says of which camera.

use std::collections::BTreeSet;

use candour_db::{AddressTableRow, CameraRow};
use candour_units::{TableId, WallTime};
use candour_vetting::{Bundle, Kind, Mac, Said, TABLE_AGE, TableRow};
use candour_wire::address_tables::{AddressTable, TableCamera, TableContent, TableLine, TableSays, TableState};

use super::{Read, is_of, state};
use crate::gate::Gate;

/// Tables that are out of use are shown up to this number.
const PAST: usize = 20;
/// Contradictions, and cameras that are not in a table, are shown up to this number.
const SHOWN: usize = 20;

/// Every table that is in use or waits, and the newest of the others.
pub(super) fn all(
    gate: &Gate,
    rows: &[AddressTableRow],
    read: &[(TableId, Result<Read, String>)],
    cameras: &[CameraRow],
    now: WallTime,
) -> Vec<AddressTable> {
    let cameras: Vec<_> = cameras.iter().filter(|camera| camera.removed.is_none()).collect();
    let mut past = 0;
    rows.iter()
        .filter_map(|one| {
            let mut shown = row(one, state(one, rows, now));
            match read.iter().find(|(id, _)| *id == one.id) {
                Some((_, Ok(read))) => shown.content = Some(content(gate, read, &cameras, shown.state, now)),
                Some((_, Err(error))) => {
                    tracing::warn!(source = one.source, error, "an address table cannot be read");
                    shown.trouble = Some("Its file is gone or is no longer what was filed. File it again.".into());
                }
                None => past += 1,
            }
            (past <= PAST || shown.content.is_some() || shown.trouble.is_some()).then_some(shown)
        })
        .collect()
}

/// A table without what is in it.
pub(super) fn row(row: &AddressTableRow, state: TableState) -> AddressTable {
    let (signed, withdrawn) = (row.signed.as_ref(), row.withdrawn.as_ref());
    AddressTable {
        id: row.id.to_string(),
        source: row.source.clone(),
        taken_90k: row.taken.ticks(),
        ends_90k: (row.taken + TABLE_AGE).ticks(),
        file_name: row.file_name.clone(),
        digest: row.digest.to_string(),
        state,
        filed_by: row.filed.name.clone(),
        filed_90k: row.filed.at.ticks(),
        signed_by: signed.map(|signed| signed.name.clone()),
        signed_90k: signed.map(|signed| signed.at.ticks()),
        withdrawn_by: withdrawn.map(|(name, _)| name.clone()),
        withdrawn_90k: withdrawn.map(|(_, at)| at.ticks()),
        content: None,
        trouble: None,
    }
}

fn content(gate: &Gate, read: &Read, cameras: &[&CameraRow], state: TableState, now: WallTime) -> TableContent {
    let bundle = gate.bundle();
    let (mut told, mut absent) = (Vec::new(), Vec::new());
    for camera in cameras {
        match camera_told(gate, &bundle, read, camera, state, now) {
            Some(camera) => told.push(camera),
            None => absent.push(camera.name.clone()),
        }
    }
    let line = |line: &candour_vetting::TableLine, words: String| TableLine {
        line: line.number,
        text: line.text.clone(),
        words,
    };
    let contradictions = read.table.contradictions().flat_map(|(address, rows)| {
        rows.iter().map(move |row| line(&row.line, format!("{address} is said to be {} here", row.mac)))
    });
    TableContent {
        addresses: read.table.addresses() as u64,
        left_out: read.table.left_out().values().sum(),
        left_out_lines: read.table.left_out_shown().iter().map(|(of, why)| line(of, why.words().into())).collect(),
        contradictions: contradictions.take(SHOWN).collect(),
        cameras: told,
        absent: absent.len() as u64,
        absent_names: absent.into_iter().take(SHOWN).collect(),
    }
}

/// What a table says of one camera; nothing where it does not name its address.
fn camera_told(
    gate: &Gate,
    bundle: &Bundle,
    read: &Read,
    camera: &CameraRow,
    state: TableState,
    now: WallTime,
) -> Option<TableCamera> {
    let host = camera.address.parse().ok()?;
    let said = read.table.says(host);
    if said == Said::Nothing {
        return None;
    }
    let stored = gate.judge_stored(bundle, camera, now);
    let declared: BTreeSet<Mac> = stored
        .iter()
        .flat_map(|(_, dossier)| &dossier.evidence)
        .filter(|item| item.kind == Kind::OnvifHwAddress)
        .filter_map(|item| item.text()?.parse().ok())
        .collect();
    let (says, words) = words(said, &declared, bundle);
    let with = stored.filter(|_| state == TableState::Waiting).map(|(_, dossier)| {
        // As it would be signed: in the place of what the same source said before.
        let source = BTreeSet::from([read.by.origin.to_lowercase()]);
        let mut evidence = dossier.evidence;
        evidence.retain(|item| !is_of(item, &source));
        evidence.extend(read.table.evidence(host, &read.by));
        gate.judge(camera.id, host, &evidence, Some(&dossier.record), now)
    });
    Some(TableCamera {
        camera: camera.id.to_string(),
        name: camera.name.clone(),
        address: camera.address.clone(),
        says,
        words,
        outcome: camera.outcome.clone(),
        why: with.as_ref().and_then(|with| with.reasons().first()).map(|reason| reason.words.clone()),
        outcome_with: with.map(|with| with.outcome().word().to_owned()),
    })
}

fn words(said: Said<'_>, declared: &BTreeSet<Mac>, bundle: &Bundle) -> (TableSays, String) {
    let maker = |row: &TableRow| match bundle.lists.registered_to(row.mac) {
        Some(organisation) => format!("{} (registered to {organisation})", row.mac),
        None => format!("{} (registered to nobody on our lists)", row.mac),
    };
    match said {
        Said::One(row) if declared.contains(&row.mac) => {
            (TableSays::Match, format!("It shows {}, which the camera declares too.", maker(row)))
        }
        Said::One(row) => {
            let declared: Vec<_> = declared.iter().map(ToString::to_string).collect();
            let declares = if declared.is_empty() { "none".to_owned() } else { declared.join(" and ") };
            (TableSays::Other, format!("It shows {}; the camera declares {declares}.", maker(row)))
        }
        Said::Several(rows) => {
            let shown: Vec<_> = rows.iter().map(maker).collect();
            (TableSays::Contradiction, format!("It contradicts itself: it shows {}.", shown.join(" and ")))
        }
        Said::Shared(row) => {
            let words =
                format!("It shows {}, which stands at other addresses too: a router. It says nothing.", row.mac);
            (TableSays::Shared, words)
        }
        Said::Nothing => (TableSays::Shared, "It does not name this address.".to_owned()),
    }
}
