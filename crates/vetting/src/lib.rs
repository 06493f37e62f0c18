//! Evidence in, verdict with reasons out: the gate of promise 1, "no unvetted camera".
//!
//! In here: what an item of [`Evidence`] is, the [`Lists`] it is judged with (prefixes, brands, fingerprints, firmware
//! rules), the decision model ([`judge`]), the record of a decision ([`Judgement`]) and the key it gives to a stream
//! ([`AcceptedCamera`]). The model is that of `docs/vetting.md`; unknown is never accepted.
//!
//! Not in here: how evidence is gathered (`camera`), where records are kept, who may sign. No network, no clock, no
//! randomness: the same evidence and the same lists give the same bytes.

mod acceptance;
mod advisories;
mod bound;
mod certificate;
mod confidence;
mod day;
mod evidence;
mod judge;
mod judgement;
mod layer;
mod lists;
mod mac;
mod rules;
mod table;
mod text;
mod version;

pub use acceptance::AcceptedCamera;
pub use advisories::{AdvisoryError, Merged, bump, with_csaf, with_kev};
pub use bound::changes;
pub use certificate::{Certificate, CertificateError};
pub use confidence::{Confidence, Effect, Standing};
pub use day::Day;
pub use evidence::{Evidence, Exception, Paper, Source, VALUE_LIMIT, Value};
pub use judge::{SiteClass, Subject, judge};
pub use judgement::{Judgement, JudgementRecord, ListUsed, Missing, Outcome, Reason};
pub use layer::{Kind, Layer};
pub use lists::{
    Anchor, Anchors, AnchorsError, Bundle, BundleError, BundleInfo, LabList, LabListError, LabMaker, ListError,
    ListFiles, ListInfo, Lists, MAX_BUNDLE, SHIPPED_LAB_KEY, SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, STALE_DAYS,
    compose, files_of, public_key_of, sign, texts,
};
pub use mac::{Mac, MacError};
pub use rules::{DECIDE_DAYS, KEEP_UNDECODED, QUARANTINE};
pub use table::{AddressTable, LeftOut, Said, TABLE_AGE, TABLE_DAYS, TableLine, TableRow, Vouched};
pub use text::{fold, neutralise};
pub use version::{BuildDate, FirmwareVersion, Verdict3};
