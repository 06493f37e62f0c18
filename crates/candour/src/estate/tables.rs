//! Tables of switches and DHCP servers: filed by one person, signed by another, taken back, and followed: what the tables in force say of
//! a camera's address stands in its evidence, and nothing else of that kind does.

mod shown;

use std::collections::BTreeSet;

use candour_db::{AddressTableRow, CameraRow, Signature};
use candour_http::port::{CameraActError, NewTable, PersonNamed};
use candour_units::{CameraId, Hash, TableId, WallDuration, WallTime};
use candour_vetting::{AddressTable, Evidence, Kind, Source, TABLE_AGE, TABLE_DAYS, Vouched};
use candour_wire::address_tables::{AddressTable as Shown, AddressTables, TableState};

use super::Estate;
use super::acts::unavailable;
use crate::alarms::Alarms;
use crate::gate::{Dossier, Gate};

/// Tables that are in use or wait at most: each is read when the page is.
const MOST: usize = 32;
/// A clock of a switch may be a little ahead of ours.
const AHEAD: WallDuration = WallDuration::from_seconds(300);

/// A table of which the file was read, and who stands behind it.
struct Read {
    table: AddressTable,
    by: Vouched,
}

fn refused(words: impl Into<String>) -> CameraActError {
    CameraActError::Refused { words: words.into() }
}

impl Estate {
    pub(super) async fn read_tables(&self) -> Result<AddressTables, CameraActError> {
        let rows = self.parts.db.address_tables().await.map_err(unavailable)?;
        let cameras = self.parts.db.cameras().await.map_err(unavailable)?;
        let now = self.parts.clock.wall();
        let mut read = Vec::new();
        for row in rows.iter().filter(|row| is_current(row, &rows, now)) {
            read.push((row.id, self.content(row).await.map_err(|error| format!("{error:#}"))));
        }
        let gate = self.parts.gate.clone();
        let show = move || shown::all(&gate, &rows, &read, &cameras, now);
        let tables = tokio::task::spawn_blocking(show).await.map_err(unavailable)?;
        Ok(AddressTables { counts_days: u32::try_from(TABLE_DAYS).unwrap_or(u32::MAX), tables })
    }

    pub(super) async fn take_table(&self, new: NewTable, by: PersonNamed) -> Result<Shown, CameraActError> {
        let _one = self.tabling.lock().await;
        let now = self.parts.clock.wall();
        if new.taken > now + AHEAD || now > new.taken + TABLE_AGE {
            let words = format!("Say when it was taken: a moment of the last {TABLE_DAYS} days.");
            return Err(CameraActError::Invalid { field: "taken_90k", words });
        }
        if AddressTable::read(&new.file).addresses() == 0 {
            let words = "No line of it holds one network address and one hardware address. A switch's MAC table names ports; \
                         bring its ARP table, or the leases of the DHCP server.";
            return Err(CameraActError::Invalid { field: "file", words: words.into() });
        }
        let rows = self.parts.db.address_tables().await.map_err(unavailable)?;
        let current: Vec<_> = rows.iter().filter(|row| is_current(row, &rows, now)).collect();
        if current.len() >= MOST {
            return Err(refused(format!("There are {MOST} tables already; withdraw those that are of no use first.")));
        }
        // The file first: a row must never name one that is not there.
        let digest: Hash = self.parts.papers.keep(new.file).await.map_err(unavailable)?.parse().map_err(unavailable)?;
        if current.iter().any(|row| row.digest == digest && same_source(row, &new.source)) {
            return Err(CameraActError::Exists { words: "This file of this source was filed already.".into() });
        }
        let row = AddressTableRow {
            id: TableId::from_bytes(self.parts.entropy.id()),
            source: new.source,
            taken: new.taken,
            file_name: new.file_name,
            digest,
            filed: Signature { by: by.id, name: by.name, at: now },
            signed: None,
            withdrawn: None,
        };
        self.parts.db.add_address_table(&row).await.map_err(unavailable)?;
        Ok(shown::row(&row, TableState::Waiting))
    }

    pub(super) async fn sign_table(&self, id: TableId, by: PersonNamed) -> Result<Shown, CameraActError> {
        let _one = self.tabling.lock().await;
        let (rows, at) = self.table_row(id).await?;
        let (row, now) = (&rows[at], self.parts.clock.wall());
        match state(row, &rows, now) {
            TableState::Waiting => {}
            TableState::Withdrawn => return Err(refused("It was taken back.")),
            _ => return Err(refused("It is signed already.")),
        }
        if row.filed.by == by.id || row.filed.name.eq_ignore_ascii_case(&by.name) {
            return Err(refused("You filed this table; a second person must look at it and sign it."));
        }
        if now > row.taken + TABLE_AGE {
            return Err(refused(format!("It was taken more than {TABLE_DAYS} days ago; file a newer one.")));
        }
        if rows.iter().any(|other| replaces(other, row)) {
            return Err(refused("A newer table of the same source is signed."));
        }
        // Whoever signs, signs a file that is there and is what was filed.
        self.content(row).await.map_err(|error| {
            tracing::warn!(%error, "an address table cannot be read");
            refused("Its file is gone or is no longer what was filed; file the table again.")
        })?;
        let signed = Signature { by: by.id, name: by.name, at: now };
        if !self.parts.db.sign_address_table(id, &signed).await.map_err(unavailable)? {
            return Err(refused("It is signed or taken back already."));
        }
        self.follow().await?;
        self.tabled.notify_one();
        let row = AddressTableRow { signed: Some(signed), ..row.clone() };
        Ok(shown::row(&row, TableState::InForce))
    }

    pub(super) async fn withdraw_table(&self, id: TableId, by: PersonNamed) -> Result<Shown, CameraActError> {
        let _one = self.tabling.lock().await;
        let (rows, at) = self.table_row(id).await?;
        let (row, now) = (&rows[at], self.parts.clock.wall());
        if row.withdrawn.is_some() {
            return Err(refused("It was taken back already."));
        }
        if is_in_use(row, &rows, now) {
            let cameras = self.parts.db.cameras().await.map_err(unavailable)?;
            let (gate, source) = (self.parts.gate.clone(), row.source.clone());
            let against = move || cameras.into_iter().find(|camera| stands_against(&gate, camera, &source, now));
            if let Some(camera) = tokio::task::spawn_blocking(against).await.map_err(unavailable)? {
                return Err(refused(format!(
                    "It speaks against {}, so it is not taken back. If it is wrong, file a newer table of {:?}; two people sign that.",
                    camera.name, row.source
                )));
            }
        }
        if !self.parts.db.withdraw_address_table(id, &by.name, now).await.map_err(unavailable)? {
            return Err(refused("It was taken back already."));
        }
        self.follow().await?;
        self.tabled.notify_one();
        let row = AddressTableRow { withdrawn: Some((by.name, now)), ..row.clone() };
        Ok(shown::row(&row, TableState::Withdrawn))
    }

    pub(super) async fn table_file(&self, id: TableId) -> Result<(String, Vec<u8>), CameraActError> {
        let (mut rows, at) = self.table_row(id).await?;
        let row = rows.swap_remove(at);
        let file = self.parts.papers.read(&row.digest.to_string()).await.map_err(unavailable)?;
        Ok((row.file_name, file))
    }

    async fn table_row(&self, id: TableId) -> Result<(Vec<AddressTableRow>, usize), CameraActError> {
        let rows = self.parts.db.address_tables().await.map_err(unavailable)?;
        let at = rows.iter().position(|row| row.id == id).ok_or(CameraActError::NotFound)?;
        Ok((rows, at))
    }

    async fn content(&self, row: &AddressTableRow) -> anyhow::Result<Read> {
        let file = self.parts.papers.read(&row.digest.to_string()).await?;
        let table = tokio::task::spawn_blocking(move || AddressTable::read(&file)).await?;
        Ok(Read { table, by: vouched(row) })
    }

    /// Brings the evidence of every camera in line with the tables in force, and judges again those for which something changed: also
    /// time alone, for tables grow old. Gives the moment at which the next one does.
    ///
    /// # Errors
    /// When tables or cameras cannot be read.
    pub async fn follow_tables(&self) -> Result<Option<WallTime>, CameraActError> {
        let _one = self.tabling.lock().await;
        self.follow().await
    }

    /// Resolves when another table came into force, or one was taken back.
    pub async fn tables_changed(&self) {
        self.tabled.notified().await;
    }

    async fn follow(&self) -> Result<Option<WallTime>, CameraActError> {
        let rows = self.parts.db.address_tables().await.map_err(unavailable)?;
        let now = self.parts.clock.wall();
        let (mut read, mut unread, mut old) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut next = None;
        for row in rows.iter().filter(|row| is_in_use(row, &rows, now)) {
            let ends = row.taken + TABLE_AGE;
            if ends < now {
                old.push(row.source.as_str());
            } else {
                next = Some(next.map_or(ends, |next: WallTime| next.min(ends)));
            }
            match self.content(row).await {
                Ok(content) => read.push(content),
                Err(error) => {
                    tracing::error!(
                        source = row.source,
                        error = format!("{error:#}"),
                        "an address table cannot be read"
                    );
                    unread.insert(row.source.to_lowercase());
                }
            }
        }
        let trouble = (!old.is_empty()).then(|| too_old(&old));
        Alarms::of(&self.parts).follow("table_too_old", None, "amber", trouble).await;
        let cameras = self.parts.db.cameras().await.map_err(unavailable)?;
        let gate = self.parts.gate.clone();
        let plan = move || {
            let changed = cameras.iter().filter_map(|camera| intended(&gate, camera, &read, &unread, now)).collect();
            (changed, unread)
        };
        let (changed, unread): (Vec<(CameraId, Vec<Evidence>)>, _) =
            tokio::task::spawn_blocking(plan).await.map_err(unavailable)?;
        for (camera, items) in changed {
            let act = self.change_evidence(camera, |evidence| {
                evidence.retain(|item| item.kind != Kind::ImportedMac || is_of(item, &unread));
                evidence.extend(items);
                Ok(())
            });
            if let Err(error) = act.await {
                tracing::warn!(%camera, %error, "a camera could not be judged by the address tables; tried again later");
            }
        }
        Ok(next)
    }
}

fn too_old(sources: &[&str]) -> String {
    format!(
        "The address table of {} is more than {TABLE_DAYS} days old and counts no more: cameras that only it vouched for are not \
         received. File a newer one on the System page.",
        sources.join(" and that of ")
    )
}

fn vouched(row: &AddressTableRow) -> Vouched {
    Vouched {
        origin: row.source.clone(),
        brought_by: row.filed.name.clone(),
        // Whoever will sign it, while nobody has: what it would do is worked out with this.
        second_person: row.signed.as_ref().map_or_else(|| "a second person".into(), |signed| signed.name.clone()),
        taken_at: row.taken,
    }
}

fn same_source(row: &AddressTableRow, source: &str) -> bool {
    row.source.to_lowercase() == source.to_lowercase()
}

/// Whether `other` took the place of `row`: a newer one of the same source, signed. One that was taken back since does not bring the
/// older one back.
fn replaces(other: &AddressTableRow, row: &AddressTableRow) -> bool {
    let age = |row: &AddressTableRow| (row.taken, row.filed.at, row.id);
    other.signed.is_some() && same_source(other, &row.source) && age(other) > age(row)
}

fn state(row: &AddressTableRow, rows: &[AddressTableRow], now: WallTime) -> TableState {
    if row.withdrawn.is_some() {
        TableState::Withdrawn
    } else if row.signed.is_none() {
        TableState::Waiting
    } else if rows.iter().any(|other| replaces(other, row)) {
        TableState::Replaced
    } else if now > row.taken + TABLE_AGE {
        TableState::TooOld
    } else {
        TableState::InForce
    }
}

/// Whether what it says stands in the evidence: also when it is too old to speak for a camera.
fn is_in_use(row: &AddressTableRow, rows: &[AddressTableRow], now: WallTime) -> bool {
    matches!(state(row, rows, now), TableState::InForce | TableState::TooOld)
}

fn is_current(row: &AddressTableRow, rows: &[AddressTableRow], now: WallTime) -> bool {
    is_in_use(row, rows, now) || state(row, rows, now) == TableState::Waiting
}

/// Whether an item is what one of these sources (in lower case) said.
fn is_of(item: &Evidence, sources: &BTreeSet<String>) -> bool {
    matches!(&item.source, Source::ImportedTable { origin, .. } if sources.contains(&origin.to_lowercase()))
}

/// What the tables say of a camera, if that is not what stands in its evidence or leads to another outcome by now. What a table said whose
/// file cannot be read stays.
fn intended(
    gate: &Gate,
    camera: &CameraRow,
    tables: &[Read],
    unread: &BTreeSet<String>,
    now: WallTime,
) -> Option<(CameraId, Vec<Evidence>)> {
    let host = camera.address.parse().ok()?;
    let items: Vec<_> = tables.iter().flat_map(|read| read.table.evidence(host, &read.by)).collect();
    // Most cameras are in no table, and their evidence is long.
    if camera.removed.is_some() || (items.is_empty() && !camera.judgement.contains("\"imported_mac\"")) {
        return None;
    }
    let (judgement, Dossier { evidence, .. }) = gate.judge_stored(&gate.bundle(), camera, now)?;
    let stored: Vec<_> = evidence.iter().filter(|i| i.kind == Kind::ImportedMac && !is_of(i, unread)).collect();
    let same = stored.len() == items.len() && stored.iter().all(|item| items.contains(item));
    (!same || judgement.outcome().word() != camera.outcome).then_some((camera.id, items))
}

/// Whether a camera would come off better without what this source says.
fn stands_against(gate: &Gate, camera: &CameraRow, source: &str, now: WallTime) -> bool {
    let Some((with, dossier)) = gate.judge_stored(&gate.bundle(), camera, now) else { return false };
    let Ok(host) = camera.address.parse() else { return false };
    let source = BTreeSet::from([source.to_lowercase()]);
    let without: Vec<_> = dossier.evidence.iter().filter(|item| !is_of(item, &source)).cloned().collect();
    let without = gate.judge(camera.id, host, &without, Some(&dossier.record), now);
    camera.removed.is_none() && without.outcome() > with.outcome()
}

#[cfg(test)]
mod tests {
    use candour_units::PersonId;

    use super::*;

    const NOW: WallTime = WallTime::from_unix_seconds(1_795_700_000);

    fn days_ago(days: i64) -> WallTime {
        NOW - WallDuration::from_seconds(days * 86_400)
    }

    fn brought(number: u8, source: &str, days: i64, signed: bool, withdrawn: bool) -> AddressTableRow {
        let by = |number: u8| Signature { by: PersonId::from_bytes([number; 16]), name: format!("{number}"), at: NOW };
        AddressTableRow {
            id: TableId::from_bytes([number; 16]),
            source: source.into(),
            taken: days_ago(days),
            file_name: "arp.txt".into(),
            digest: Hash([number; 32]),
            filed: by(1),
            signed: signed.then(|| by(2)),
            withdrawn: withdrawn.then(|| ("3".into(), NOW)),
        }
    }

    #[test]
    fn how_tables_stand() {
        use TableState::{InForce, Replaced, TooOld, Waiting, Withdrawn};
        let rows = [
            (brought(1, "Core switch", 9, true, false), Replaced),
            (brought(2, "core SWITCH", 5, true, false), InForce),
            (brought(3, "Core switch", 2, false, false), Waiting),
            (brought(4, "DHCP", 30, true, false), InForce),
            (brought(5, "Annexe", 31, true, false), TooOld),
            // Taken back it does not bring back what it replaced.
            (brought(6, "Gate house", 3, true, true), Withdrawn),
            (brought(7, "Gate house", 8, true, false), Replaced),
            (brought(8, "Lodge", 3, false, true), Withdrawn),
            (brought(9, "Lodge", 8, true, false), InForce),
        ];
        let all: Vec<_> = rows.iter().map(|(row, _)| row.clone()).collect();
        for (row, expected) in &rows {
            assert_eq!(state(row, &all, NOW), *expected, "{row:?}");
        }
    }
}
