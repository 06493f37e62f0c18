//! Raw answers as evidence: what came, as it came, read by bounded parsers into items for the gate. No I/O.
//!
//! Whatever does not read is an item that says so, and quarantines; it is never an error and never left out.

mod discovery;
mod head;
mod icon;
mod vendor;
mod web;

pub(crate) use head::{body_of, status_of, whole_length};

use std::net::IpAddr;

use candour_onvif::{Said, is_foreign, read_answer};
use candour_units::WallTime;
use candour_vetting::{Certificate, Evidence, Kind, Source, VALUE_LIMIT, Value};

/// What a raw answer is an answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// The SOAP answer to an ONVIF operation, by its name in the specification.
    Onvif {
        /// For example `GetDeviceInformation`.
        operation: String,
    },
    /// A WS-Discovery datagram: Hello, ProbeMatches, ResolveMatches.
    Discovery,
    /// A SADP datagram from UDP port 37020.
    Sadp,
    /// A DHIP datagram from UDP port 37810, with or without its 32 bytes of header.
    Dhip,
    /// Any other vendor discovery, by its UDP port.
    Udp {
        /// The port it came from.
        port: u16,
    },
    /// An RTSP response, body included.
    Rtsp {
        /// The request line, for example `DESCRIBE rtsp://192.0.2.7/Streaming/Channels/101 RTSP/1.0`; may be empty.
        request: String,
    },
    /// A session description.
    Sdp,
    /// An HTTP response, body included.
    Http {
        /// The request line, for example `GET /doc/page/login.asp HTTP/1.1`; may be empty.
        request: String,
        /// Whether the path was made up, to see whether the server answers for anything.
        control: bool,
    },
    /// The XML of an ISAPI resource.
    Isapi,
    /// What another vendor interface said: JSON, or lines of `name=value`.
    Vendor,
    /// Certificates in PEM or DER, the device's first.
    Certificate {
        /// Where they come from.
        from: CertificateFrom,
    },
    /// The bytes of the web icon.
    Icon,
}

/// Where certificates come from. Only a finished handshake proves that the device holds the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFrom {
    /// Listed by ONVIF GetCertificates: anybody can copy one.
    Onvif,
    /// Seen in TLS, without knowing that the handshake was finished.
    Tls,
    /// Used in a TLS handshake that we finished with the device.
    Handshake,
}

/// A raw answer with what is known about how it came.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What it is an answer to.
    pub form: &'a Form,
    /// The bytes.
    pub raw: &'a [u8],
    /// The address it came from, which addresses it names are compared with; nothing is compared without one.
    pub host: Option<IpAddr>,
    /// Whether a datagram answered our own unicast probe.
    pub asked_by_us: bool,
    /// When it came.
    pub taken_at: WallTime,
}

impl Received<'_> {
    /// What it says, as items of evidence; at least one.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let mut say = Items { received: *self, items: Vec::new() };
        match self.form {
            Form::Onvif { operation } => onvif(&mut say, operation),
            Form::Discovery => discovery::announcements(&mut say),
            Form::Sadp => discovery::sadp(&mut say),
            Form::Dhip => discovery::dhip(&mut say),
            Form::Udp { port } => say.text(Kind::UdpDiscovery, &format!("{port} datagram")),
            Form::Rtsp { request } => web::rtsp(&mut say, request),
            Form::Sdp => web::sdp(&mut say, self.raw),
            Form::Http { request, control } => web::http(&mut say, request, *control),
            Form::Isapi => vendor::isapi(&mut say, self.raw),
            Form::Vendor => vendor::fields(&mut say, self.raw),
            Form::Certificate { from } => certificates(&mut say, *from),
            Form::Icon => say.text(Kind::Favicon, &icon::hash(self.raw).to_string()),
        }
        say.items
    }
}

/// The items of one answer, as they are found.
struct Items<'a> {
    received: Received<'a>,
    items: Vec<Evidence>,
}

/// No answer of a camera says more; what lies beyond stays in the raw bytes.
const MAX_ITEMS: usize = 400;
/// Raw bytes kept of one answer.
const MAX_RAW: usize = 1024 * 1024;

impl Items<'_> {
    fn source(&self) -> Source {
        match self.received.form {
            Form::Discovery | Form::Sadp | Form::Dhip | Form::Udp { .. } => {
                Source::Datagram { asked_by_us: self.received.asked_by_us }
            }
            form => Source::Answer { to: question(form) },
        }
    }

    /// One text. Empty ones say nothing.
    fn text(&mut self, kind: Kind, text: &str) {
        if !text.trim().is_empty() && self.items.len() < MAX_ITEMS {
            let source = self.source();
            self.items.push(Evidence { source, ..Evidence::answer(kind, text, "", self.received.taken_at) });
        }
    }

    /// The whole answer, with its bytes.
    fn whole(&mut self, kind: Kind, name: &str) {
        self.bytes(kind, Value::Text(name.to_owned()), self.received.raw);
    }

    /// The whole answer, which could not be read.
    fn unreadable(&mut self, kind: Kind, why: &dyn std::fmt::Display) {
        let asked = question(self.received.form);
        self.bytes(kind, Value::Unreadable(format!("{asked}: {why}")), self.received.raw);
    }

    /// What a device says reaches no page or terminal unless it is harmless there: names of elements and subjects of certificates are its words too.
    fn bytes(&mut self, kind: Kind, value: Value, raw: &[u8]) {
        let harmless = |text: &str| candour_vetting::neutralise(text.trim(), VALUE_LIMIT);
        let value = match value {
            Value::Text(text) => Value::Text(harmless(&text)),
            Value::Unreadable(why) => Value::Unreadable(harmless(&why)),
            other => other,
        };
        let (source, taken_at) = (self.source(), self.received.taken_at);
        self.items.push(Evidence { kind, value, raw: raw[..raw.len().min(MAX_RAW)].to_vec(), source, taken_at });
    }

    /// An address the device names for one of its services.
    fn service_address(&mut self, kind: Kind, address: &str) {
        self.text(kind, address);
        if self.received.host.is_some_and(|host| is_foreign(address, host) == Some(true)) {
            self.text(Kind::ForeignServiceAddress, address);
        }
    }

    /// An address the device names for its pictures. One that is no address is as suspicious as one that leads away.
    fn stream_address(&mut self, kind: Kind, address: &str) {
        self.text(kind, address);
        if self.received.host.is_some_and(|host| is_foreign(address, host) != Some(false)) {
            self.text(Kind::ForeignStreamAddress, address);
        }
    }
}

/// What was asked, in a few words.
fn question(form: &Form) -> String {
    match form {
        Form::Onvif { operation } => operation.clone(),
        Form::Rtsp { request } if request.trim().is_empty() => "RTSP".into(),
        Form::Http { request, .. } if request.trim().is_empty() => "HTTP".into(),
        Form::Rtsp { request } | Form::Http { request, .. } => candour_vetting::neutralise(request.trim(), 200),
        Form::Discovery => "WS-Discovery".into(),
        Form::Sadp => "SADP".into(),
        Form::Dhip => "DHIP".into(),
        Form::Udp { port } => format!("UDP {port}"),
        Form::Sdp => "session description".into(),
        Form::Isapi => "ISAPI".into(),
        Form::Vendor => "vendor interface".into(),
        Form::Certificate { .. } => "certificate".into(),
        Form::Icon => "web icon".into(),
    }
}

fn onvif(say: &mut Items<'_>, operation: &str) {
    let said = match read_answer(operation, say.received.raw) {
        Ok(said) => said,
        Err(why) => return say.unreadable(Kind::OnvifAnswer, &why),
    };
    match said {
        Said::Information(info) => {
            say.text(Kind::OnvifManufacturer, &info.manufacturer);
            say.text(Kind::OnvifModel, &info.model);
            say.text(Kind::OnvifFirmware, &info.firmware);
            say.text(Kind::OnvifSerial, &info.serial);
            say.text(Kind::OnvifHardware, &info.hardware);
        }
        Said::Services(all) => all.iter().for_each(|address| say.service_address(Kind::OnvifXaddr, address)),
        Said::HardwareAddresses(all) => all.iter().for_each(|address| say.text(Kind::OnvifHwAddress, address)),
        Said::Scopes(all) => all.iter().for_each(|scope| say.text(Kind::OnvifScope, scope)),
        Said::Endpoint(id) => say.text(Kind::OnvifEndpoint, &id),
        Said::Hostname(name) => say.text(Kind::OnvifHostname, &name),
        Said::Stream(address) => say.stream_address(Kind::OnvifStreamUri, &address),
        Said::Snapshot(address) => say.stream_address(Kind::OnvifSnapshotUri, &address),
        Said::Certificates(all) => {
            for der in all {
                match Certificate::read_all(&der) {
                    Ok(read) => {
                        read.iter().for_each(|one| listed(say, one));
                    }
                    Err(why) => say.unreadable(Kind::OnvifCertificate, &why),
                }
            }
        }
        Said::Users(count) => say.text(Kind::OnvifUsers, &format!("{count} users")),
        Said::Fault(_) | Said::Nothing => {}
    }
    say.whole(Kind::OnvifAnswer, operation);
}

fn listed(say: &mut Items<'_>, certificate: &Certificate) {
    say.bytes(Kind::OnvifCertificate, Value::Text(certificate.subject.clone()), &certificate.der);
}

fn certificates(say: &mut Items<'_>, from: CertificateFrom) {
    let kind = if from == CertificateFrom::Onvif { Kind::OnvifCertificate } else { Kind::TlsSubject };
    let all = match Certificate::read_all(say.received.raw) {
        Ok(all) => all,
        Err(why) => return say.unreadable(kind, &why),
    };
    if from == CertificateFrom::Onvif {
        return all.iter().for_each(|one| listed(say, one));
    }
    let device = &all[0];
    say.bytes(Kind::TlsSubject, Value::Text(device.subject.clone()), &device.der);
    say.text(Kind::TlsIssuer, &device.issuer);
    say.text(Kind::TlsNumber, &device.number);
    say.text(Kind::TlsKey, &device.key.to_string());
    if from == CertificateFrom::Handshake {
        let chain: Vec<u8> = all.iter().flat_map(|one| one.der.iter().copied()).collect();
        say.bytes(Kind::TlsChain, Value::Text(device.subject.clone()), &chain);
    }
}

#[cfg(test)]
mod tests;
