//! The site's own certificate authority: made at the first start, allowed to vouch for the site's host names only.
//!
//! Its key and certificate lie in one file (mode 0600), with the names it may vouch for in the text before the blocks.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candour_durable::Disk;
use candour_units::WallTime;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{HostNames, TlsError};
use crate::digest::hex;

const FILE: &str = "site-ca.pem";
/// The certificate alone, for people to copy to their screens.
const PUBLIC: &str = "ca.crt";
const NAMES: &str = "names:";
const DAY_S: i64 = 86_400;
/// An authority that people install by hand should not end within the life of the building's screens.
const AUTHORITY_DAYS: i64 = 3650;
/// Browsers refuse server certificates that live longer than 398 days.
const SERVER_DAYS: i64 = 397;

/// The authority with its key.
pub(crate) struct Authority {
    names: HostNames,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

/// A server certificate and its key; the key lives in memory only.
pub(crate) struct Issued {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Loads the authority of the data directory, or makes one. One that may not vouch for all of `names` is replaced:
    /// people must trust the new one then.
    pub(crate) fn load_or_make(
        disk: &Disk,
        directory: &Path,
        names: &HostNames,
        now: WallTime,
    ) -> Result<Self, TlsError> {
        let path = directory.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let found = Self::parse(&Zeroizing::new(text)).ok_or(TlsError::Damaged { path: path.clone() })?;
                if !found.names.covers(names) {
                    return Self::make(disk, directory, names.clone(), now);
                }
                found.publish(disk, directory)?;
                Ok(found)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                disk.create_dir_durably(directory)?;
                Self::make(disk, directory, names.clone(), now)
            }
            Err(source) => Err(TlsError::Read { path, source }),
        }
    }

    fn make(disk: &Disk, directory: &Path, names: HostNames, now: WallTime) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = Self::params(&key);
        (params.not_before, params.not_after) = validity(now, AUTHORITY_DAYS);
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: names.permitted(), excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key)?;
        let text = Zeroizing::new(format!(
            "The certificate authority of this site, with its private key: keep it secret.\n{NAMES} {}\n{}{}",
            names.as_slice().join(" "),
            certificate.pem(),
            Zeroizing::new(key.serialize_pem()).as_str(),
        ));
        disk.write_atomically(&directory.join(FILE), text.as_bytes(), 0o600)?;
        let made = Self { names, key, certificate: certificate.der().clone() };
        made.publish(disk, directory)?;
        Ok(made)
    }

    /// Writes the certificate alone, unless it is there.
    fn publish(&self, disk: &Disk, directory: &Path) -> Result<(), TlsError> {
        let (path, text) = (directory.join(PUBLIC), self.pem());
        if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return Ok(());
        }
        Ok(disk.write_atomically(&path, text.as_bytes(), 0o644)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let names = text.lines().find_map(|line| line.strip_prefix(NAMES))?;
        Some(Self {
            names: HostNames::parse(names.split_whitespace()).ok()?,
            key: KeyPair::from_pem(&text[text.find("-----BEGIN PRIVATE KEY")?..]).ok()?,
            certificate: CertificateDer::from_pem_slice(text.as_bytes()).ok()?,
        })
    }

    /// What stays the same for one key, so that issuing needs no reading of the certificate.
    fn params(key: &KeyPair) -> CertificateParams {
        let mut params = CertificateParams::default();
        let tag = &hex(&Sha256::digest(key.public_key_raw()))[..8];
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Candour");
        params.distinguished_name.push(DnType::CommonName, format!("Candour site authority {tag}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }

    /// A fresh server certificate for `names` with a fresh key.
    pub(crate) fn issue(&self, names: &HostNames, now: WallTime, serial: [u8; 16]) -> Result<Issued, TlsError> {
        let issuer = Issuer::new(Self::params(&self.key), &self.key);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.subject_alt_names = names.alternative_names();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        (params.not_before, params.not_after) = validity(now, SERVER_DAYS);
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Issued {
            chain: vec![certificate.der().clone(), self.certificate.clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }

    /// The certificate people install, PEM (RFC 7468).
    pub(crate) fn pem(&self) -> String {
        let digits = STANDARD.encode(&self.certificate);
        let lines: Vec<_> = digits.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// SHA-256 of the certificate, colon-separated, as browsers show it.
    pub(crate) fn fingerprint(&self) -> String {
        Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }
}

/// From yesterday, so that a screen whose clock is a little behind accepts it.
fn validity(now: WallTime, days: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let at = |seconds| time::OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let start = now.unix_seconds_floor() - DAY_S;
    (at(start), at(start + days * DAY_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> WallTime {
        WallTime::from_unix_seconds(1_795_461_180)
    }

    #[test]
    fn survives_a_restart_and_is_readable_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let names = HostNames::parse(["cctv.example"]).expect("a name");
        let disk = Disk::real();
        let made = Authority::load_or_make(&disk, dir.path(), &names, at()).expect("made");
        let again = Authority::load_or_make(&disk, dir.path(), &names, at()).expect("loaded");
        assert_eq!(made.fingerprint(), again.fingerprint());
        let mode = std::fs::metadata(dir.path().join(FILE)).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let public = std::fs::read_to_string(dir.path().join(PUBLIC)).expect("the certificate alone");
        assert!(!public.contains("KEY"));
        assert_eq!(CertificateDer::from_pem_slice(public.as_bytes()).expect("PEM"), made.certificate);
    }

    #[test]
    fn new_names_need_a_new_authority() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (few, more) = (HostNames::parse(["a"]).expect("a name"), HostNames::parse(["a", "b"]).expect("names"));
        let disk = Disk::real();
        let first = Authority::load_or_make(&disk, dir.path(), &few, at()).expect("made");
        let second = Authority::load_or_make(&disk, dir.path(), &more, at()).expect("replaced");
        assert_ne!(first.fingerprint(), second.fingerprint());
        let third = Authority::load_or_make(&disk, dir.path(), &few, at()).expect("kept");
        assert_eq!(second.fingerprint(), third.fingerprint());
    }

    #[test]
    fn a_damaged_file_is_named_not_replaced() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join(FILE), "names: localhost\nnothing else").expect("written");
        let names = HostNames::parse(["a"]).expect("a name");
        let found = Authority::load_or_make(&Disk::real(), dir.path(), &names, at());
        assert!(matches!(found, Err(TlsError::Damaged { .. })));
    }
}
