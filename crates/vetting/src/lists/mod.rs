//! The lists a device is judged with: dated data, never code.

mod brands;
mod bundle;
mod fingerprints;
mod firmware;
mod groups;
mod lab;
mod manifest;
mod prefixes;
mod roots;
mod sites;

pub(crate) use brands::{Brand, BrandMatch, Brands};
pub use bundle::{
    Anchor, Anchors, AnchorsError, Bundle, BundleError, BundleInfo, MAX_BUNDLE, STALE_DAYS, compose, files_of,
    public_key_of, sign, texts,
};
pub(crate) use fingerprints::Fingerprint;
pub(crate) use firmware::FirmwareRule;
pub use lab::{LabList, LabListError, LabMaker, SHIPPED_LAB_KEY, SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE};
pub use manifest::ListInfo;
pub(crate) use prefixes::Prefix;
pub(crate) use roots::DeviceRoot;
pub(crate) use sites::{Jurisdictions, SiteClasses};

use candour_units::Hash;
use sha2::{Digest, Sha256};

use crate::Mac;
pub(crate) use groups::Groups;

/// The bytes of one set of lists, each a CSV with a header line; columns as in `docs/vetting.md`.
#[derive(Debug, Clone, Copy)]
pub struct ListFiles<'a> {
    /// One line per list: id, version, date, file, source.
    pub manifest: &'a [u8],
    /// What each group means to a site.
    pub groups: &'a [u8],
    /// Registered address prefixes.
    pub prefixes: &'a [u8],
    /// More prefixes of the same form: network and phone makers.
    pub prefixes_telecom: &'a [u8],
    /// Brand names and whose equipment they sell.
    pub brands: &'a [u8],
    /// What devices say of themselves.
    pub fingerprints: &'a [u8],
    /// Which firmware is known to be open to attack.
    pub firmware: &'a [u8],
    /// The laws that makers are subject to.
    pub jurisdictions: &'a [u8],
    /// What the class of a site forbids.
    pub site_classes: &'a [u8],
    /// Roots of device identities.
    pub device_roots: &'a [u8],
}

impl<'a> ListFiles<'a> {
    /// Each list by its id, in the order of the manifest of the lists that are shipped.
    #[must_use]
    pub const fn by_id(&self) -> [(&'static str, &'a [u8]); 9] {
        [
            ("groups", self.groups),
            ("prefixes", self.prefixes),
            ("prefixes-telecom", self.prefixes_telecom),
            ("brands", self.brands),
            ("fingerprints", self.fingerprints),
            ("firmware", self.firmware),
            ("jurisdictions", self.jurisdictions),
            ("site-classes", self.site_classes),
            ("device-roots", self.device_roots),
        ]
    }
}

impl ListFiles<'static> {
    /// The lists this program was built with.
    pub const SHIPPED: Self = Self {
        manifest: include_bytes!("../../lists/manifest.csv"),
        groups: include_bytes!("../../lists/groups.csv"),
        prefixes: include_bytes!("../../lists/prefixes.csv"),
        prefixes_telecom: include_bytes!("../../lists/prefixes_telecom.csv"),
        brands: include_bytes!("../../lists/brands.csv"),
        fingerprints: include_bytes!("../../lists/fingerprints.csv"),
        firmware: include_bytes!("../../lists/firmware.csv"),
        jurisdictions: include_bytes!("../../lists/jurisdictions.csv"),
        site_classes: include_bytes!("../../lists/site_classes.csv"),
        device_roots: include_bytes!("../../lists/device_roots.csv"),
    };
}

/// Why a set of lists cannot be used. None of its lists is used then; those in force stay.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The CSV itself is broken, or a column is missing.
    #[error("the {list} list cannot be read: line {line}; correct the file or import another one")]
    Csv {
        /// Which list.
        list: &'static str,
        /// Line in the file, counted from 1; 0 where it is not known.
        line: u64,
        /// What the reader found.
        source: csv::Error,
    },
    /// A field holds something it may not hold.
    #[error(
        "the {list} list, line {line}: column {column} holds {value:?}, which is not allowed there; correct the line"
    )]
    Field {
        /// Which list.
        list: &'static str,
        /// Line in the file, counted from 1.
        line: u64,
        /// Which column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The manifest does not name a list that is there.
    #[error("the manifest has no line for the {list} list; add its id, version and date")]
    NotInManifest {
        /// Which list.
        list: &'static str,
    },
}

/// One complete set of lists, compiled.
#[derive(Debug)]
pub struct Lists {
    infos: Vec<ListInfo>,
    groups: Groups,
    prefixes: prefixes::Prefixes,
    brands: Brands,
    fingerprints: Vec<Fingerprint>,
    firmware: Vec<FirmwareRule>,
    jurisdictions: Jurisdictions,
    site_classes: SiteClasses,
    roots: Vec<DeviceRoot>,
}

impl Lists {
    /// Reads and compiles one set of lists.
    ///
    /// # Errors
    /// [`ListError`] names the list, line and column of the first thing that is wrong.
    pub fn parse(files: &ListFiles<'_>) -> Result<Self, ListError> {
        let mut infos = manifest::parse(files.manifest)?;
        for (id, bytes) in files.by_id() {
            let info = infos.iter_mut().find(|info| info.id == id).ok_or(ListError::NotInManifest { list: id })?;
            info.digest = Hash(Sha256::digest(bytes).into());
            info.rows = bytes.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1) as u64;
        }
        let groups = Groups::parse(files.groups)?;
        let mut prefixes = prefixes::Prefixes::default();
        prefixes.add("prefixes", files.prefixes, &groups)?;
        prefixes.add("prefixes-telecom", files.prefixes_telecom, &groups)?;
        let brands = brands::parse(files.brands, &groups)?;
        let fingerprints = fingerprints::parse(files.fingerprints, &groups)?;
        let firmware = firmware::parse(files.firmware, &groups)?;
        let jurisdictions = Jurisdictions::parse(files.jurisdictions)?;
        if let Some(code) = groups.jurisdictions().find(|code| !jurisdictions.has(code)) {
            let value = crate::neutralise(code, 80);
            return Err(ListError::Field { list: "groups", line: 0, column: "jurisdiction", value });
        }
        let site_classes = SiteClasses::parse(files.site_classes, &jurisdictions)?;
        let roots = roots::parse(files.device_roots, &groups)?;
        Ok(Self { infos, groups, prefixes, brands, fingerprints, firmware, jurisdictions, site_classes, roots })
    }

    /// The lists this program was built with, compiled.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(&ListFiles::SHIPPED).expect("a test reads the shipped lists")
    }

    /// Id, version, date and digest of every list, in the manifest's order.
    #[must_use]
    pub fn infos(&self) -> &[ListInfo] {
        &self.infos
    }

    /// The longest registered prefix that covers the address (36, then 28, then 24 bits).
    /// Whom a hardware address is registered to, if its prefix is on the lists.
    #[must_use]
    pub fn registered_to(&self, mac: Mac) -> Option<&str> {
        self.prefix(mac).map(|prefix| prefix.organisation.as_str())
    }

    pub(crate) fn prefix(&self, mac: Mac) -> Option<&Prefix> {
        self.prefixes.longest(mac)
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn brands(&self) -> &Brands {
        &self.brands
    }

    pub(crate) fn fingerprints(&self) -> &[Fingerprint] {
        &self.fingerprints
    }

    pub(crate) fn jurisdictions(&self) -> &Jurisdictions {
        &self.jurisdictions
    }

    pub(crate) fn site_classes(&self) -> &SiteClasses {
        &self.site_classes
    }

    pub(crate) fn device_roots(&self) -> &[DeviceRoot] {
        &self.roots
    }

    pub(crate) fn firmware(&self) -> &[FirmwareRule] {
        &self.firmware
    }
}

/// The fields of one CSV line by column name, with errors that say where.
struct Row<'a> {
    list: &'static str,
    headers: &'a csv::StringRecord,
    record: csv::StringRecord,
}

impl Row<'_> {
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// The field of `column`; a column that does not exist is an error of the file.
    fn get(&self, column: &'static str) -> Result<&str, ListError> {
        self.headers
            .iter()
            .position(|name| name == column)
            .and_then(|at| self.record.get(at))
            .ok_or_else(|| ListError::Field { list: self.list, line: self.line(), column, value: String::new() })
    }

    fn wrong(&self, column: &'static str) -> ListError {
        let value = crate::neutralise(self.get(column).unwrap_or_default(), 80);
        ListError::Field { list: self.list, line: self.line(), column, value }
    }
}

/// Reads a CSV with a header line and hands each line to `each`.
fn each_row(
    list: &'static str,
    bytes: &[u8],
    mut each: impl FnMut(Row<'_>) -> Result<(), ListError>,
) -> Result<(), ListError> {
    let fail = |source: csv::Error| {
        let line = source.position().map_or(0, csv::Position::line);
        ListError::Csv { list, line, source }
    };
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers().map_err(fail)?.clone();
    for record in reader.records() {
        each(Row { list, headers: &headers, record: record.map_err(fail)? })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_lists_compile_and_are_dated() {
        let lists = Lists::shipped();
        assert_eq!(lists.infos().len(), 9);
        assert!(lists.infos().iter().all(|info| info.digest != Hash::default() && info.version >= 1));
        assert_eq!(lists.prefixes.len(), 300 + 2557);
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut ListFiles<'static>), expected: &str) {
        let mut files = ListFiles::SHIPPED;
        change(&mut files);
        assert_eq!(Lists::parse(&files).expect_err("a broken list").to_string(), expected);
    }

    #[test]
    fn a_broken_list_is_refused_by_name_and_line() {
        check(
            |f| f.manifest = b"id,version,date,file,source\n",
            "the manifest has no line for the groups list; add its id, version and date",
        );
        check(
            |f| f.prefixes = b"prefix,organisation,group,status,bits,first_list,note\n5803F,X,hikvision,banned,24,,\n",
            r#"the prefixes list, line 2: column prefix holds "5803F", which is not allowed there; correct the line"#,
        );
        check(
            |f| f.prefixes = b"prefix,organisation,group,status,bits,first_list,note\n5803FB,X,nobody,banned,24,,\n",
            r#"the prefixes list, line 2: column group holds "nobody", which is not allowed there; correct the line"#,
        );
        check(
            |f| {
                f.fingerprints =
                    b"rule,kind,match,pattern,indicates,confidence,imitable,source,caveat\nr,onvif_model,regex,(,axis,low,,,\n"
            },
            r#"the fingerprints list, line 2: column pattern holds "(", which is not allowed there; correct the line"#,
        );
        check(
            |f| f.brands = b"brand,parent\nA,B,C\n",
            "the brands list cannot be read: line 2; correct the file or import another one",
        );
    }
}
