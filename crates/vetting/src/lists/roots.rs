//! Roots of device identities (IEEE 802.1AR), as makers gave them out. A root that a camera shows is no root.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use sha2::{Digest, Sha256};

use super::groups::Groups;
use super::{ListError, each_row};

/// One root.
#[derive(Debug)]
pub(crate) struct DeviceRoot {
    pub group: String,
    pub name: String,
    pub anchor: TrustAnchor<'static>,
}

pub(super) fn parse(bytes: &[u8], groups: &Groups) -> Result<Vec<DeviceRoot>, ListError> {
    let mut roots = Vec::new();
    each_row("device-roots", bytes, |row| {
        let group = row.get("group")?.to_owned();
        if groups.get(&group).is_none_or(|g| !g.standing.may_be_used()) {
            return Err(row.wrong("group"));
        }
        let der = STANDARD.decode(row.get("certificate")?).map_err(|_| row.wrong("certificate"))?;
        // The fingerprint as the maker publishes it, so that a person can compare what a list brings.
        if !row.get("sha256")?.eq_ignore_ascii_case(&Hash(Sha256::digest(&der).into()).to_string()) {
            return Err(row.wrong("sha256"));
        }
        let der = CertificateDer::from(der);
        let anchor = webpki::anchor_from_trusted_cert(&der).map_err(|_| row.wrong("certificate"))?.to_owned();
        roots.push(DeviceRoot { group, name: row.get("name")?.to_owned(), anchor });
        Ok(())
    })?;
    Ok(roots)
}
