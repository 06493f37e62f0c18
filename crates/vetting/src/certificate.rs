//! Certificates as devices show them: who they name, and whether a chain ends in a root that the maker gave out.
//!
//! Only names are read here; signatures, dates and constraints are checked by the path validator that TLS uses.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::{Hash, WallTime};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use sha2::{Digest as _, Sha256};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

/// The most bytes of certificates that are looked at, and the most certificates.
const MAX_BYTES: usize = 64 * 1024;
const MAX_CERTIFICATES: usize = 8;

/// Why bytes are no certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More than 64 KiB, or more than eight certificates.
    #[error("there are more certificates than any device has")]
    TooLarge,
    /// PEM whose lines are no base64, or without its end.
    #[error("the PEM text is broken")]
    Pem,
    /// Not the DER of an X.509 certificate.
    #[error("it is no X.509 certificate")]
    Der,
}

/// One certificate: its names and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The subject as `CN=…,O=…,OU=…`: these first, whatever order the certificate has them in, then `serialNumber=…`.
    pub subject: String,
    /// The issuer in the same form.
    pub issuer: String,
    /// The subject's serial number attribute (2.5.4.5), which IEEE 802.1AR identities carry.
    pub serial: Option<String>,
    /// The number its issuer gave it, in hex.
    pub number: String,
    /// SHA-256 over its public key (the content of `subjectPublicKeyInfo`): the same after the certificate was renewed.
    pub key: Hash,
    /// The certificate.
    pub der: Vec<u8>,
}

impl Certificate {
    /// Reads PEM, or DER with certificates one after the other.
    ///
    /// # Errors
    /// [`CertificateError`]; nothing of bytes that do not read whole is used.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if bytes.len() > MAX_BYTES {
            return Err(CertificateError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let der = if text.contains("-----BEGIN CERTIFICATE-----") { pem(text)? } else { split(bytes)? };
        if der.is_empty() {
            return Err(CertificateError::Der);
        }
        if der.len() > MAX_CERTIFICATES {
            return Err(CertificateError::TooLarge);
        }
        der.into_iter().map(|der| Self::read(der).ok_or(CertificateError::Der)).collect()
    }

    fn read(der: Vec<u8>) -> Option<Self> {
        let mut certificate = Reader(Reader(&der).take(SEQUENCE)?);
        let mut signed = Reader(certificate.take(SEQUENCE)?);
        if signed.peek() == Some(VERSION) {
            signed.take(VERSION)?;
        }
        let number = signed.take(INTEGER)?;
        signed.take(SEQUENCE)?;
        let issuer = names(signed.take(SEQUENCE)?)?;
        signed.take(SEQUENCE)?;
        let subject = names(signed.take(SEQUENCE)?)?;
        let serial = subject.iter().find(|(kind, _)| *kind == "serialNumber").map(|(_, text)| text.clone());
        let key = Hash(Sha256::digest(signed.take(SEQUENCE)?).into());
        // RFC 5280 4.1.2.2: twenty bytes at most; more is nobody's number.
        let number = number.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { subject: shown(&subject), issuer: shown(&issuer), serial, number, key, der })
    }
}

/// Whether `chain`, the device's certificate first, is good at that moment and ends in `root`.
pub(crate) fn ends_in(chain: &[Certificate], root: &TrustAnchor<'_>, at: WallTime) -> bool {
    let Some((device, above)) = chain.split_first() else { return false };
    let device = CertificateDer::from(device.der.as_slice());
    let above: Vec<_> = above.iter().map(|one| CertificateDer::from(one.der.as_slice())).collect();
    let Ok(device) = EndEntityCert::try_from(&device) else { return false };
    let Ok(seconds) = u64::try_from(at.unix_seconds_floor()) else { return false };
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    // Device identities name a use or none; either end of TLS will do.
    [KeyUsage::client_auth(), KeyUsage::server_auth()].into_iter().any(|usage| {
        let anchors = std::slice::from_ref(root);
        device.verify_for_usage(ALL_VERIFICATION_ALGS, anchors, &above, at, usage, None, None).is_ok()
    })
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// Takes DER values off the front of bytes (X.690, definite lengths only).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The content of the next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content) = self.next()?;
        (found == tag).then_some(content)
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length > 0x7f {
            let digits = length & 0x7f;
            if digits == 0 || digits > 3 {
                return None;
            }
            let (bytes, after) = rest.split_at_checked(digits)?;
            length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((*tag, content))
    }
}

/// The attributes of a name that people look at, in the certificate's order.
fn names(name: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let mut out = Vec::new();
    let mut sets = Reader(name);
    while !sets.0.is_empty() {
        let mut set = Reader(sets.take(SET)?);
        while !set.0.is_empty() {
            let mut pair = Reader(set.take(SEQUENCE)?);
            let kind = match pair.take(OBJECT_ID)? {
                [0x55, 4, 3] => "CN",
                [0x55, 4, 10] => "O",
                [0x55, 4, 11] => "OU",
                [0x55, 4, 5] => "serialNumber",
                [0x55, 4, 6] => "C",
                [0x55, 4, 7] => "L",
                _ => continue,
            };
            let (tag, bytes) = pair.next()?;
            out.push((kind, crate::neutralise(&text(tag, bytes), 256)));
        }
    }
    Some(out)
}

/// A string of any of the types that names use.
fn text(tag: u8, bytes: &[u8]) -> String {
    const UTF16: u8 = 0x1e;
    if tag == UTF16 {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown(names: &[(&'static str, String)]) -> String {
    let all = |kind: &'static str| names.iter().filter(move |(k, _)| *k == kind).map(|(k, v)| format!("{k}={v}"));
    ["CN", "O", "OU", "L", "C", "serialNumber"].into_iter().flat_map(all).collect::<Vec<_>>().join(",")
}

fn pem(text: &str) -> Result<Vec<Vec<u8>>, CertificateError> {
    text.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|part| {
            let (body, _) = part.split_once("-----END CERTIFICATE-----").ok_or(CertificateError::Pem)?;
            let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            STANDARD.decode(body).map_err(|_| CertificateError::Pem)
        })
        .collect()
}

/// Certificates one after the other.
fn split(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let mut rest = Reader(bytes);
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let before = rest.0;
        rest.take(SEQUENCE).ok_or(CertificateError::Der)?;
        all.push(before[..before.len() - rest.0.len()].to_vec());
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_bytes_are_refused_by_name() {
        let check = |bytes: &[u8], expected| assert_eq!(Certificate::read_all(bytes), Err(expected));
        check(b"", CertificateError::Der);
        check(b"-----BEGIN CERTIFICATE-----\nAAAA", CertificateError::Pem);
        check(b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", CertificateError::Pem);
        check(b"0\x82\xff\xff", CertificateError::Der);
        check(b"0\x80\x00\x00", CertificateError::Der);
        check(&[0x30; 70_000], CertificateError::TooLarge);
    }
}
