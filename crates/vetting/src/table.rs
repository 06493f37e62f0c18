//! Tables of switches, routers and DHCP servers that people bring: which hardware address stands at which network address.
//!
//! One rule reads them all: a record that holds exactly one network address and one hardware address is a row, and everything else is
//! counted and shown as left out. A record is a line, or a `lease … { … }` of ISC dhcpd. So `show ip arp`, `arp -a`, `ip neigh`, leases
//! of dnsmasq and Kea, and a plain `address,mac` need no parser each, and a format nobody thought of is read or is seen not to be.
//!
//! Not in here: who may bring a table, and what an address is worth (`rules::addresses`).

mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use candour_units::{WallDuration, WallTime};

use crate::{Evidence, Kind, Mac, Source, Value, neutralise};
use record::{Record, records};

/// A table counts this many days after it was taken. Leases of cameras last hours to weeks and the caches of switches minutes, so an old
/// table says where devices *were*, and a camera that was exchanged since would be vouched for by its predecessor's row. Longer than the
/// monthly round in which people look after such things it must not be.
pub const TABLE_DAYS: i64 = 30;

/// [`TABLE_DAYS`] as a length of time.
pub const TABLE_AGE: WallDuration = WallDuration::from_seconds(TABLE_DAYS * 86_400);

/// Lines that were left out are shown up to this number; all are counted.
const SHOWN: usize = 20;
/// Characters of one line that are kept.
const LINE_SHOWN: usize = 200;

/// What a table says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressTable {
    rows: BTreeMap<IpAddr, Vec<TableRow>>,
    /// Hardware addresses that stand at more than one IPv4 address.
    shared: BTreeSet<Mac>,
    left_out: BTreeMap<LeftOut, u64>,
    shown: Vec<(TableLine, LeftOut)>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The hardware address.
    pub mac: Mac,
    /// Where it stands.
    pub line: TableLine,
}

/// A line of the file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLine {
    /// Counted from 1.
    pub number: u64,
    /// The line, shortened and made harmless.
    pub text: String,
}

/// Why a record is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It holds neither address.
    Neither,
    /// It names a device and no network address: a switch's MAC table names ports.
    NoAddress,
    /// It names no hardware address.
    NoMac,
    /// It holds more than one of either.
    Several,
    /// A broadcast or group address, or all zeros.
    NoDevice,
    /// A lease that has ended, or a newer one of the same address is there.
    Over,
}

impl LeftOut {
    /// Why, in words that end a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Neither => "it holds neither a network address nor a hardware address",
            Self::NoAddress => "it holds a hardware address and no network address",
            Self::NoMac => "it holds a network address and no hardware address",
            Self::Several => "it holds more than one address of a kind, so it does not say which belongs to which",
            Self::NoDevice => "no single device has this hardware address",
            Self::Over => "the lease is over, or a newer one of the same address is there",
        }
    }
}

/// What a table says about one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// It is not in it.
    Nothing,
    /// This device is there.
    One(&'a TableRow),
    /// The table contradicts itself: it shows several devices there.
    Several(&'a [TableRow]),
    /// The hardware address stands at other network addresses too: a router answers in the device's place, or a lease moved on.
    Shared(&'a TableRow),
}

/// Who stands behind a table, and when it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Which switch or server.
    pub origin: String,
    /// Who brought it.
    pub brought_by: String,
    /// Who signed it.
    pub second_person: String,
    /// When the switch or server was asked.
    pub taken_at: WallTime,
}

/// A record that names one device at one address.
struct Candidate {
    newness: Option<u64>,
    in_force: bool,
    row: TableRow,
}

impl AddressTable {
    /// Reads a file of any form. Never fails: what is no row is counted. Takes memory in proportion to the file.
    #[must_use]
    pub fn read(file: &[u8]) -> Self {
        let text = record::decode(file);
        let mut table = Self::default();
        let mut found: BTreeMap<IpAddr, Vec<Candidate>> = BTreeMap::new();
        for Record { number, text, says, newness, in_force } in records(&text) {
            let line = TableLine { number, text: neutralise(&text.trim().replace(['\n', '\t'], " "), LINE_SHOWN) };
            match says {
                Ok((address, mac)) => {
                    found.entry(address).or_default().push(Candidate {
                        newness,
                        in_force,
                        row: TableRow { mac, line },
                    });
                }
                Err(why) => table.leave_out(line, why),
            }
        }
        for (address, candidates) in found {
            table.take(address, candidates);
        }
        table.shown.sort_by_key(|(line, _)| line.number);
        table.find_shared();
        table
    }

    /// Of dated leases the newest counts, if it is in force; rows without a date all count.
    fn take(&mut self, address: IpAddr, candidates: Vec<Candidate>) {
        let newest = candidates.iter().map(|candidate| candidate.newness).max().flatten();
        let mut kept: Vec<TableRow> = Vec::new();
        for Candidate { newness, in_force, row } in candidates {
            if newness < newest || !in_force {
                self.leave_out(row.line, LeftOut::Over);
            } else if kept.iter().all(|other| other.mac != row.mac) {
                kept.push(row);
            }
        }
        if !kept.is_empty() {
            self.rows.insert(address, kept);
        }
    }

    fn leave_out(&mut self, line: TableLine, why: LeftOut) {
        *self.left_out.entry(why).or_default() += 1;
        if self.shown.len() < SHOWN {
            self.shown.push((line, why));
        }
    }

    fn find_shared(&mut self) {
        let mut seen = BTreeSet::new();
        let of_v4 = self.rows.iter().filter(|(address, _)| address.is_ipv4()).flat_map(|(_, rows)| rows);
        self.shared = of_v4.map(|row| row.mac).filter(|mac| !seen.insert(*mac)).collect();
        // What a router answers for is no contradiction to what the device itself answered.
        for rows in self.rows.values_mut().filter(|rows| rows.len() > 1) {
            if rows.iter().any(|row| !self.shared.contains(&row.mac)) {
                rows.retain(|row| !self.shared.contains(&row.mac));
            } else {
                rows.truncate(1);
            }
        }
    }

    /// What it says about an address.
    #[must_use]
    pub fn says(&self, address: IpAddr) -> Said<'_> {
        match self.rows.get(&address.to_canonical()).map(Vec::as_slice) {
            None | Some([]) => Said::Nothing,
            Some([row]) if self.shared.contains(&row.mac) => Said::Shared(row),
            Some([row]) => Said::One(row),
            Some(rows) => Said::Several(rows),
        }
    }

    /// What it says about a camera's address, as evidence. A contradiction is given as it is, for the gate to see.
    #[must_use]
    pub fn evidence(&self, address: IpAddr, by: &Vouched) -> Vec<Evidence> {
        let rows = match self.says(address) {
            Said::One(row) => std::slice::from_ref(row),
            Said::Several(rows) => rows,
            Said::Nothing | Said::Shared(_) => &[],
        };
        rows.iter()
            .map(|row| Evidence {
                kind: Kind::ImportedMac,
                value: Value::Text(row.mac.to_string()),
                raw: format!("line {}: {}", row.line.number, row.line.text).into_bytes(),
                source: Source::ImportedTable {
                    origin: by.origin.clone(),
                    brought_by: Some(by.brought_by.clone()),
                    second_person: Some(by.second_person.clone()),
                },
                taken_at: by.taken_at,
            })
            .collect()
    }

    /// How many network addresses it names.
    #[must_use]
    pub fn addresses(&self) -> usize {
        self.rows.len()
    }

    /// Addresses at which it shows several devices, with every line that says so.
    pub fn contradictions(&self) -> impl Iterator<Item = (IpAddr, &[TableRow])> {
        self.rows.iter().filter(|(_, rows)| rows.len() > 1).map(|(address, rows)| (*address, rows.as_slice()))
    }

    /// How many records were left out, by why.
    #[must_use]
    pub const fn left_out(&self) -> &BTreeMap<LeftOut, u64> {
        &self.left_out
    }

    /// The first of them.
    #[must_use]
    pub fn left_out_shown(&self) -> &[(TableLine, LeftOut)] {
        &self.shown
    }
}

#[cfg(test)]
mod tests;
