//! Discovery datagrams as we send them, and whether one that comes back answers them. No I/O.
//!
//! WS-Discovery 1.0 (the Probe of ONVIF Core 7), SADP (UDP 37020, XML) and DHIP (UDP 37810, JSON behind 32 bytes of header).
//! Each goes to one device and asks for nothing but its presence.

use candour_onvif::xml::Element;

use crate::received::Form;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// WS-Discovery, with our message id.
    Discovery { id: String },
    /// SADP, with our id.
    Sadp { id: String },
    /// DHIP; its answers repeat nothing of the call.
    Dhip,
}

impl Call {
    /// Every call, with two ids that nobody can guess.
    pub(super) fn all(ids: [[u8; 16]; 2]) -> [Self; 3] {
        let [discovery, sadp] = ids.map(uuid);
        [Self::Discovery { id: format!("urn:uuid:{discovery}") }, Self::Sadp { id: sadp.to_uppercase() }, Self::Dhip]
    }

    pub(super) const fn port(&self) -> u16 {
        match self {
            Self::Discovery { .. } => 3702,
            Self::Sadp { .. } => 37020,
            Self::Dhip => 37810,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Discovery { .. } => "WS-Discovery",
            Self::Sadp { .. } => "SADP",
            Self::Dhip => "DHIP",
        }
    }

    pub(super) const fn form(&self) -> Form {
        match self {
            Self::Discovery { .. } => Form::Discovery,
            Self::Sadp { .. } => Form::Sadp,
            Self::Dhip => Form::Dhip,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Discovery { id } => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                 <e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
                 xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
                 xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" \
                 xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\"><e:Header><a:MessageID>{id}</a:MessageID>\
                 <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>\
                 <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></e:Header>\
                 <e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
            )
            .into_bytes(),
            Self::Sadp { id } => format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><Probe><Uuid>{id}</Uuid><Types>inquiry</Types></Probe>"
            )
            .into_bytes(),
            Self::Dhip => dhip(br#"{"method":"DHDiscover.search","params":{"mac":"","uni":1}}"#),
        }
    }

    /// Whether a datagram from the address and port that was called answers this call. One that carries an id must carry
    /// ours. What does not read at all carries none: it is the device's, which is then at fault.
    pub(super) fn is_answered_by(&self, raw: &[u8]) -> bool {
        let (id, path): (&str, &[&str]) = match self {
            Self::Discovery { id } => (id, &["Header", "RelatesTo"]),
            Self::Sadp { id } => (id, &["Uuid"]),
            Self::Dhip => return true,
        };
        match Element::parse(raw.strip_suffix(b"\0").unwrap_or(raw)) {
            Ok(answer) => answer.text_at(path).is_some_and(|named| named.eq_ignore_ascii_case(id)),
            Err(_) => true,
        }
    }
}

/// Header and body: `20 00 00 00 DHIP`, session and request 0, the length twice, little-endian.
fn dhip(body: &[u8]) -> Vec<u8> {
    let length = u64::try_from(body.len()).unwrap_or_default().to_le_bytes();
    let mut bytes = b"\x20\x00\x00\x00DHIP\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(body);
    bytes
}

/// Sixteen random bytes in the spelling of RFC 9562 (version 4).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> [Call; 3] {
        Call::all([[0xab; 16], [0xcd; 16]])
    }

    #[test]
    fn calls_read_as_what_they_are() {
        let [discovery, sadp, dhip] = calls();
        let read = Element::parse(&discovery.bytes()).expect("XML");
        assert_eq!(
            read.text_at(&["Header", "MessageID"]).as_deref(),
            Some("urn:uuid:abababab-abab-4bab-abab-abababababab")
        );
        let read = Element::parse(&sadp.bytes()).expect("XML");
        assert_eq!(read.text_at(&["Uuid"]).as_deref(), Some("CDCDCDCD-CDCD-4DCD-8DCD-CDCDCDCDCDCD"));
        let bytes = dhip.bytes();
        assert_eq!(&bytes[..8], b"\x20\0\0\0DHIP");
        let (length, json) = (usize::from(bytes[16]), &bytes[32..]);
        assert_eq!((bytes[24], length), (bytes[16], json.len()));
        assert!(serde_json::from_slice::<serde_json::Value>(json).is_ok());
    }

    #[test]
    fn an_answer_carries_our_id() {
        let [discovery, sadp, dhip] = calls();
        let relates = |id: &str| format!("<E><Header><RelatesTo>{id}</RelatesTo></Header><Body/></E>").into_bytes();
        assert!(discovery.is_answered_by(&relates("urn:uuid:ABABABAB-abab-4bab-abab-abababababab")));
        assert!(!discovery.is_answered_by(&relates("urn:uuid:00000000-abab-4bab-abab-abababababab")));
        assert!(!discovery.is_answered_by(b"<E><Header/><Body/></E>"), "nobody's id is not ours");
        let matched = |id: &str| format!("<ProbeMatch><Uuid>{id}</Uuid></ProbeMatch>\0").into_bytes();
        assert!(sadp.is_answered_by(&matched("CDCDCDCD-CDCD-4DCD-8DCD-CDCDCDCDCDCD")));
        assert!(!sadp.is_answered_by(&matched("1")));
        // Garbage from the device's own port is the device's garbage.
        assert!([discovery, sadp, dhip].iter().all(|call| call.is_answered_by(b"\xff\xfe\x00")));
    }
}
