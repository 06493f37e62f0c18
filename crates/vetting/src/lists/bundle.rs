//! Lists on their way to a site: one file with every list, a counting version, and signatures of which enough must be
//! by keys that the *site* trusts.
//!
//! The file is JSON: `{"format":1,"bundle":base64,"signatures":[{"key":base64,"signature":base64}]}`. What is signed is
//! [`CONTEXT`] and the bundle's bytes, so that a signature over anything else never fits. The bundle itself is JSON too:
//! `{"version","date","source","urgent","lists":{id: CSV}}`.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ListError, ListFiles, Lists};
use crate::Day;

/// What comes before the bundle's bytes when it is signed.
const CONTEXT: &[u8] = b"candour list bundle, version 1\n";
/// The largest file. The lists that are shipped take a third of a megabyte.
pub const MAX_BUNDLE: usize = 32 * 1024 * 1024;
/// The most keys a site may trust, and the most signatures that are looked at.
const MAX_KEYS: usize = 32;

/// The keys whose signatures count at this site, and how many of them it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchors {
    /// How many different keys must have signed.
    pub threshold: usize,
    /// The keys.
    pub keys: Vec<Anchor>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Whose it is.
    pub name: String,
    /// Ed25519 public key, base64.
    pub key: String,
}

/// Why anchors cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorsError {
    /// Not JSON of this form.
    #[error("the trust anchors cannot be read: {why}; give {{\"threshold\":2,\"keys\":[{{\"name\":…,\"key\":…}}]}}")]
    Form {
        /// What the reader found.
        why: String,
    },
    /// A threshold of none, or one that cannot be reached.
    #[error("the threshold {threshold} must be between 1 and the number of keys, {keys}; correct it")]
    Threshold {
        /// What is asked.
        threshold: usize,
        /// How many keys there are.
        keys: usize,
    },
    /// A key that is none, or one that stands there twice.
    #[error("the key of {name:?} is no Ed25519 public key in base64, or stands there twice; correct it")]
    Key {
        /// Whose it is said to be.
        name: String,
    },
}

impl Anchors {
    /// Reads and checks anchors.
    ///
    /// # Errors
    /// [`AnchorsError`].
    pub fn read(text: &str) -> Result<Self, AnchorsError> {
        let anchors: Self =
            serde_json::from_str(text).map_err(|error| AnchorsError::Form { why: error.to_string() })?;
        let (threshold, keys) = (anchors.threshold, anchors.keys.len());
        if threshold == 0 || threshold > keys || keys > MAX_KEYS {
            return Err(AnchorsError::Threshold { threshold, keys });
        }
        let mut seen = BTreeSet::new();
        for anchor in &anchors.keys {
            let good = public_key(&anchor.key).is_some_and(|key| seen.insert(key.to_bytes()));
            if !good || anchor.name.trim().is_empty() {
                return Err(AnchorsError::Key { name: crate::neutralise(&anchor.name, 80) });
            }
        }
        Ok(anchors)
    }

    /// The text form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always serialises")
    }
}

/// Why a bundle is not put in force. The lists in force stay.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not such a file.
    #[error("this is no bundle of lists: {why}; ask for the file again")]
    Form {
        /// What the reader found.
        why: String,
    },
    /// Too few signatures by keys that the site trusts.
    #[error(
        "the bundle is signed by {} of the {needed} keys it needs{}; ask for one that this site's keys signed",
        .signed_by.len(),
        if .signed_by.is_empty() { String::new() } else { format!(" ({})", .signed_by.join(", ")) }
    )]
    Unsigned {
        /// Names of the keys that did sign.
        signed_by: Vec<String>,
        /// How many must.
        needed: usize,
    },
    /// A list in it cannot be used.
    #[error("a list of bundle {version} cannot be used")]
    List {
        /// The bundle's version.
        version: u64,
        /// Which one and why.
        source: ListError,
    },
    /// It is not newer than what is in force.
    #[error("{what} {offered} is older than, or as old as, {in_force} that is in force; nothing goes back")]
    Older {
        /// `bundle`, or the list.
        what: String,
        /// Its version.
        offered: String,
        /// The version in force.
        in_force: String,
    },
}

/// A signed file as it travels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format: u32,
    bundle: String,
    #[serde(default)]
    signatures: Vec<Signed>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    key: String,
    signature: String,
}

/// What is signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u64,
    date: String,
    source: String,
    urgent: bool,
    lists: BTreeMap<String, String>,
}

/// What a bundle is, beside its lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleInfo {
    /// Counts up with every bundle; the lists that a program is built with count in the same row.
    pub version: u64,
    /// The day it describes the world of.
    pub date: Day,
    /// Where it comes from.
    pub source: String,
    /// Whether its signers say that it cannot wait for two people of the site.
    pub urgent: bool,
    /// Names of the keys that signed and count here; empty for the lists that a program is built with.
    pub signed_by: Vec<String>,
    /// SHA-256 of the bundle's bytes.
    pub digest: Hash,
}

impl BundleInfo {
    /// How many days old it is.
    #[must_use]
    pub fn age_days(&self, today: Day) -> i64 {
        today.days_since(self.date)
    }

    /// What to say about its age, once it is more than [`STALE_DAYS`] old.
    #[must_use]
    pub fn stale(&self, today: Day) -> Option<String> {
        let age = self.age_days(today);
        (age > STALE_DAYS).then(|| {
            format!(
                "The vetting lists are {age} days old (bundle {} of {}); import a newer bundle.",
                self.version, self.date
            )
        })
    }
}

/// Lists older than this are told of.
pub const STALE_DAYS: i64 = 14;

/// Lists that may be put in force, with what they came as.
#[derive(Debug)]
pub struct Bundle {
    /// What it is.
    pub info: BundleInfo,
    /// Its lists, compiled.
    pub lists: Lists,
}

/// The version of the lists this program was built with, in the row of all bundles.
const SHIPPED_VERSION: u64 = 1;

impl Bundle {
    /// The lists this program was built with: the first bundle.
    #[must_use]
    pub fn shipped() -> Self {
        let lists = Lists::shipped();
        let newest = lists.infos().iter().filter_map(|info| Day::parse(&info.date)).max();
        let bytes = content(&ListFiles::SHIPPED, SHIPPED_VERSION, "", "", false);
        let info = BundleInfo {
            version: SHIPPED_VERSION,
            date: newest.expect("a test reads the shipped lists"),
            source: "built into this program".into(),
            urgent: false,
            signed_by: Vec::new(),
            digest: Hash(Sha256::digest(bytes).into()),
        };
        Self { info, lists }
    }

    /// Verifies and reads a bundle.
    ///
    /// # Errors
    /// [`BundleError`]: nothing of a bundle that does not verify is used.
    pub fn open(file: &[u8], anchors: &Anchors) -> Result<Self, BundleError> {
        let (bytes, signatures) = envelope(file)?;
        let signed_by = signers(&bytes, &signatures, anchors);
        if signed_by.len() < anchors.threshold {
            return Err(BundleError::Unsigned { signed_by, needed: anchors.threshold });
        }
        let content: Content = serde_json::from_slice(&bytes).map_err(form)?;
        let date = Day::parse(&content.date).ok_or_else(|| form(format!("{:?} is no day", content.date)))?;
        let lists = compile(&content)?;
        let info = BundleInfo {
            version: content.version,
            date,
            source: crate::neutralise(&content.source, 300),
            urgent: content.urgent,
            signed_by,
            digest: Hash(Sha256::digest(&bytes).into()),
        };
        Ok(Self { info, lists })
    }

    /// Whether this one may follow the one in force: nothing goes back, neither the bundle nor any list in it, and one
    /// version of a list has one content.
    ///
    /// # Errors
    /// [`BundleError::Older`] names the first that would.
    pub fn may_follow(&self, in_force: &Self) -> Result<(), BundleError> {
        if self.info.version <= in_force.info.version {
            return Err(BundleError::Older {
                what: "bundle".into(),
                offered: self.info.version.to_string(),
                in_force: in_force.info.version.to_string(),
            });
        }
        for now in in_force.lists.infos() {
            let Some(next) = self.lists.infos().iter().find(|next| next.id == now.id) else { continue };
            if next.version < now.version || (next.version == now.version && next.digest != now.digest) {
                return Err(BundleError::Older {
                    what: format!("the {} list in it, version", now.id),
                    offered: next.version.to_string(),
                    in_force: format!("version {}", now.version),
                });
            }
        }
        Ok(())
    }
}

/// A bundle that nobody signed yet: what the keepers of lists look at and sign.
///
/// # Errors
/// [`BundleError::List`] when a list in it could never be used.
pub fn compose(
    files: &ListFiles<'_>,
    version: u64,
    date: Day,
    source: &str,
    urgent: bool,
) -> Result<Vec<u8>, BundleError> {
    Lists::parse(files).map_err(|source| BundleError::List { version, source })?;
    let bytes = content(files, version, &date.to_string(), source, urgent);
    Ok(file(&bytes, Vec::new()))
}

/// The file with one more signature; one by the same key is replaced.
///
/// # Errors
/// [`BundleError::Form`] for what is no bundle.
pub fn sign(bundle: &[u8], seed: &[u8; 32]) -> Result<Vec<u8>, BundleError> {
    let (bytes, mut signatures) = envelope(bundle)?;
    let key = SigningKey::from_bytes(seed);
    let public = public_key_of(seed);
    signatures.retain(|one| one.key != public);
    let signature = STANDARD.encode(key.sign(&signed_bytes(&bytes)).to_bytes());
    signatures.push(Signed { key: public, signature });
    Ok(file(&bytes, signatures))
}

/// The public half of a signing key, base64: what a site's anchors name.
#[must_use]
pub fn public_key_of(seed: &[u8; 32]) -> String {
    STANDARD.encode(SigningKey::from_bytes(seed).verifying_key().to_bytes())
}

/// The lists of a bundle by id, without asking who signed: for keepers who make the next one.
///
/// # Errors
/// [`BundleError::Form`] for what is no bundle.
pub fn texts(bundle: &[u8]) -> Result<BTreeMap<String, String>, BundleError> {
    let (bytes, _) = envelope(bundle)?;
    let content: Content = serde_json::from_slice(&bytes).map_err(form)?;
    Ok(content.lists)
}

fn content(files: &ListFiles<'_>, version: u64, date: &str, source: &str, urgent: bool) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lists = files.by_id().into_iter().chain([(MANIFEST, files.manifest)]);
    let content = Content {
        version,
        date: date.to_owned(),
        source: source.to_owned(),
        urgent,
        lists: lists.map(|(id, bytes)| (id.to_owned(), text(bytes))).collect(),
    };
    serde_json::to_vec(&content).expect("plain data always serialises")
}

const MANIFEST: &str = "manifest";

/// The files of a set of lists by id.
///
/// # Errors
/// The id of a list that is not there.
pub fn files_of(lists: &BTreeMap<String, String>) -> Result<ListFiles<'_>, &'static str> {
    let get = |id: &'static str| lists.get(id).map(String::as_bytes).ok_or(id);
    Ok(ListFiles {
        manifest: get(MANIFEST)?,
        groups: get("groups")?,
        prefixes: get("prefixes")?,
        prefixes_telecom: get("prefixes-telecom")?,
        brands: get("brands")?,
        fingerprints: get("fingerprints")?,
        firmware: get("firmware")?,
        jurisdictions: get("jurisdictions")?,
        site_classes: get("site-classes")?,
        device_roots: get("device-roots")?,
    })
}

fn compile(content: &Content) -> Result<Lists, BundleError> {
    let files = files_of(&content.lists).map_err(|id| form(format!("it has no {id} list")))?;
    Lists::parse(&files).map_err(|source| BundleError::List { version: content.version, source })
}

fn envelope(file: &[u8]) -> Result<(Vec<u8>, Vec<Signed>), BundleError> {
    if file.len() > MAX_BUNDLE {
        return Err(form("it is too large"));
    }
    let envelope: Envelope = serde_json::from_slice(file).map_err(form)?;
    if envelope.format != 1 {
        return Err(form(format!("its format is {}, and this program reads 1", envelope.format)));
    }
    let bytes = STANDARD.decode(envelope.bundle).map_err(form)?;
    Ok((bytes, envelope.signatures))
}

fn file(bytes: &[u8], signatures: Vec<Signed>) -> Vec<u8> {
    let envelope = Envelope { format: 1, bundle: STANDARD.encode(bytes), signatures };
    serde_json::to_vec(&envelope).expect("plain data always serialises")
}

fn form(why: impl std::fmt::Display) -> BundleError {
    BundleError::Form { why: why.to_string() }
}

fn signed_bytes(bytes: &[u8]) -> Vec<u8> {
    [CONTEXT, bytes].concat()
}

/// The names of the anchors that signed these bytes, each once.
fn signers(bytes: &[u8], signatures: &[Signed], anchors: &Anchors) -> Vec<String> {
    let message = signed_bytes(bytes);
    let signed = |anchor: &&Anchor| {
        let Some(key) = public_key(&anchor.key) else { return false };
        signatures.iter().take(MAX_KEYS).any(|one| {
            let signature: Option<[u8; 64]> = STANDARD.decode(&one.signature).ok().and_then(|s| s.try_into().ok());
            public_key(&one.key) == Some(key)
                && signature.is_some_and(|s| key.verify_strict(&message, &Signature::from_bytes(&s)).is_ok())
        })
    };
    anchors.keys.iter().filter(signed).map(|anchor| anchor.name.clone()).collect()
}

fn public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEDS: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

    fn anchors(threshold: usize) -> Anchors {
        let keys = ["Ada", "Bob", "Cleo"].into_iter().zip(SEEDS);
        let keys = keys.map(|(name, seed)| Anchor { name: name.into(), key: public_key_of(&seed) }).collect();
        Anchors { threshold, keys }
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn unsigned(version: u64) -> Vec<u8> {
        compose(&ListFiles::SHIPPED, version, day("2026-11-26"), "test", false).expect("the shipped lists")
    }

    #[test]
    fn enough_different_keys_must_have_signed() {
        let one = sign(&unsigned(2), &SEEDS[0]).expect("a bundle");
        // The same key twice is one key, and a stranger's is none.
        let twice = sign(&sign(&one, &SEEDS[0]).expect("a bundle"), &[9; 32]).expect("a bundle");
        for (file, signed) in [(&unsigned(2), 0), (&one, 1), (&twice, 1)] {
            let refused = Bundle::open(file, &anchors(2)).expect_err("too few");
            assert!(
                matches!(&refused, BundleError::Unsigned { signed_by, needed: 2 } if signed_by.len() == signed),
                "{refused}"
            );
        }
        let two = sign(&one, &SEEDS[2]).expect("a bundle");
        let bundle = Bundle::open(&two, &anchors(2)).expect("two of three");
        assert_eq!((bundle.info.version, bundle.info.signed_by), (2, vec!["Ada".to_owned(), "Cleo".to_owned()]));
        assert!(Bundle::open(&two, &anchors(3)).is_err());
    }

    #[test]
    fn one_changed_byte_is_refused() {
        let two = sign(&sign(&unsigned(2), &SEEDS[0]).expect("a bundle"), &SEEDS[1]).expect("a bundle");
        let mut envelope: Envelope = serde_json::from_slice(&two).expect("our own form");
        let mut bytes = STANDARD.decode(&envelope.bundle).expect("our own form");
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        envelope.bundle = STANDARD.encode(&bytes);
        let changed = serde_json::to_vec(&envelope).expect("plain data");
        assert!(matches!(Bundle::open(&changed, &anchors(2)), Err(BundleError::Unsigned { .. })));
        for broken in [&b""[..], b"{}", b"not json", &two[..two.len() / 2]] {
            assert!(matches!(Bundle::open(broken, &anchors(2)), Err(BundleError::Form { .. })));
        }
    }

    #[test]
    fn nothing_goes_back() {
        let shipped = Bundle::shipped();
        let open = |file: &[u8]| {
            let signed = sign(&sign(file, &SEEDS[0]).expect("a bundle"), &SEEDS[1]).expect("a bundle");
            Bundle::open(&signed, &anchors(2)).expect("signed")
        };
        assert!(open(&unsigned(SHIPPED_VERSION + 1)).may_follow(&shipped).is_ok());
        let refused = open(&unsigned(SHIPPED_VERSION)).may_follow(&shipped).expect_err("as old");
        assert!(refused.to_string().contains("nothing goes back"), "{refused}");
        // A newer bundle with an older list, or with another content under the same version.
        let manifest = std::str::from_utf8(ListFiles::SHIPPED.manifest)
            .expect("text")
            .replace("fingerprints,2,", "fingerprints,1,");
        let older = ListFiles { manifest: manifest.as_bytes(), ..ListFiles::SHIPPED };
        let older = compose(&older, 9, day("2026-11-27"), "test", false).expect("lists that read");
        assert!(open(&older).may_follow(&shipped).expect_err("older").to_string().contains("fingerprints"));
        let brands = [ListFiles::SHIPPED.brands, b"Nobody,Nobody,self,low,,,test\n"].concat();
        let other = ListFiles { brands: &brands, ..ListFiles::SHIPPED };
        let other = compose(&other, 9, day("2026-11-27"), "test", false).expect("lists that read");
        assert!(open(&other).may_follow(&shipped).is_err());
    }

    #[test]
    fn anchors_that_cannot_work_are_refused() {
        let check = |text: &str, words: &str| {
            let refused = Anchors::read(text).expect_err("refused").to_string();
            assert!(refused.contains(words), "{refused}");
        };
        check("{}", "cannot be read");
        check(r#"{"threshold":0,"keys":[]}"#, "threshold");
        let key = public_key_of(&SEEDS[0]);
        check(&format!(r#"{{"threshold":2,"keys":[{{"name":"a","key":"{key}"}}]}}"#), "threshold");
        check(
            &format!(r#"{{"threshold":1,"keys":[{{"name":"a","key":"{key}"}},{{"name":"b","key":"{key}"}}]}}"#),
            "twice",
        );
        check(r#"{"threshold":1,"keys":[{"name":"a","key":"AAAA"}]}"#, "no Ed25519");
        assert_eq!(Anchors::read(&anchors(2).to_json()), Ok(anchors(2)));
    }

    #[test]
    fn lists_that_age_are_told_of() {
        let mut info = Bundle::shipped().info;
        info.date = day("2026-11-01");
        assert_eq!(info.stale(day("2026-11-15")), None);
        assert!(info.stale(day("2026-11-16")).expect("it is said").contains("15 days old"));
    }
}
