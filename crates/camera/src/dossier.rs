//! What is known about a device after asking, as evidence for the gate.

use candour_onvif::{DeviceInformation, Encoding, Operation, RawAnswer, Testimony};
use candour_units::{Hash, WallDuration, WallTime};
use candour_vetting::{Evidence, Kind, Source, Value};

use crate::received::{Form, Received};
use crate::secure;

/// Everything learned from one interrogation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// Evidence for `vetting`, raw answers included.
    pub evidence: Vec<Evidence>,
    /// Profiles with video; streams are pinned to the onboarded host.
    pub profiles: Vec<Profile>,
    /// The device's clock minus ours, if it told its time.
    pub clock_offset: Option<WallDuration>,
    /// Maker, model and so on in the device's words, if it told.
    pub information: Option<DeviceInformation>,
    /// The certificates in DER by which the device was met, its own first, where it was asked by TLS.
    pub certificates: Option<Vec<u8>>,
}

/// One profile with video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The token by which the device knows it.
    pub token: String,
    /// Its name.
    pub name: String,
    /// Where its stream is: `rtsp://` on the onboarded host, without user and password. `None` if the device did not
    /// say, or named something that is no RTSP address.
    pub stream_uri: Option<String>,
    /// The encoding.
    pub encoding: Encoding,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures a second at most; 0 where not said.
    pub frame_rate: u32,
    /// Kilobits a second at most; 0 where not said.
    pub bit_rate_kbit: u32,
    /// Pictures from one sync sample to the next; 0 where not said.
    pub gop_length: u32,
}

/// Raw bytes kept of one device in all. A well-behaved camera needs a tenth of it.
const RAW_LIMIT: usize = 4 * 1024 * 1024;

impl Dossier {
    /// SHA-256 over the key by which the device was met, where it was asked by TLS.
    #[must_use]
    pub fn key(&self) -> Option<Hash> {
        self.certificates.as_deref().and_then(secure::key_of)
    }

    pub(crate) fn of(testimony: Testimony, neighbour: Evidence, taken_at: WallTime) -> Self {
        Self {
            evidence: evidence(&testimony, neighbour, taken_at),
            clock_offset: testimony.clock.map(|clock| clock.offset),
            information: testimony.information,
            certificates: None,
            profiles: testimony
                .profiles
                .into_iter()
                .map(|profile| Profile {
                    token: profile.token,
                    name: profile.name,
                    stream_uri: profile.stream,
                    encoding: profile.video.encoding,
                    width: profile.video.width,
                    height: profile.video.height,
                    frame_rate: profile.video.frame_rate,
                    bit_rate_kbit: profile.video.bit_rate_kbit,
                    gop_length: profile.video.gop_length,
                })
                .collect(),
        }
    }
}

fn evidence(testimony: &Testimony, neighbour: Evidence, taken_at: WallTime) -> Vec<Evidence> {
    let mut items = vec![neighbour];
    let mut say = |kind: Kind, text: &str, operation: &Operation| {
        if !text.trim().is_empty() {
            items.push(Evidence::answer(kind, text, operation.name(), taken_at));
        }
    };
    if let Some(info) = &testimony.information {
        let asked = Operation::GetDeviceInformation;
        say(Kind::OnvifManufacturer, &info.manufacturer, &asked);
        say(Kind::OnvifModel, &info.model, &asked);
        say(Kind::OnvifFirmware, &info.firmware, &asked);
        say(Kind::OnvifSerial, &info.serial, &asked);
        say(Kind::OnvifHardware, &info.hardware, &asked);
    }
    for address in &testimony.hardware_addresses {
        say(Kind::OnvifHwAddress, address, &Operation::GetNetworkInterfaces);
    }
    for scope in &testimony.scopes {
        say(Kind::OnvifScope, scope, &Operation::GetScopes);
    }
    say(Kind::OnvifEndpoint, testimony.endpoint.as_deref().unwrap_or_default(), &Operation::GetEndpointReference);
    say(Kind::OnvifHostname, testimony.hostname.as_deref().unwrap_or_default(), &Operation::GetHostname);
    for service in &testimony.services {
        say(Kind::OnvifXaddr, &service.address, &Operation::GetServices);
    }
    let asked_stream = Operation::GetStreamUri { media: candour_onvif::MediaVersion::One, token: String::new() };
    for profile in &testimony.profiles {
        if let Some(named) = &profile.stream_as_named {
            say(Kind::OnvifStreamUri, named, &asked_stream);
        }
    }
    for foreign in &testimony.foreign {
        let kind = match foreign.operation {
            Operation::GetStreamUri { .. } => Kind::ForeignStreamAddress,
            _ => Kind::ForeignServiceAddress,
        };
        say(kind, &foreign.address, &foreign.operation);
    }
    for challenge in &testimony.challenges {
        say(Kind::HttpRealm, challenge.realm().unwrap_or_default(), &Operation::GetDeviceInformation);
    }
    for server in &testimony.servers {
        say(Kind::HttpServer, server, &Operation::GetDeviceInformation);
    }
    for unreadable in &testimony.unreadable {
        let name = unreadable.operation.name();
        let why = Value::Unreadable(format!("{name}: {}", unreadable.why));
        items.push(Evidence { value: why, ..Evidence::answer(Kind::OnvifAnswer, "", name, taken_at) });
    }
    raw_answers(testimony, taken_at, &mut items);
    for answer in testimony.answers.iter().filter(|answer| read_from_raw(answer)) {
        let form = Form::Onvif { operation: answer.operation.name().to_owned() };
        let raw = &answer.body;
        items.extend(Received { form: &form, raw, host: None, asked_by_us: true, taken_at }.evidence());
    }
    items
}

/// Answers whose evidence is read from their bytes alone. A refusal to show users or certificates says nothing.
fn read_from_raw(answer: &RawAnswer) -> bool {
    matches!(answer.operation, Operation::GetCertificates | Operation::GetUsers)
        && (200..300).contains(&answer.status)
        && !answer.body.is_empty()
}

/// Every answer as received, up to the limit; what lies beyond is cut off and no longer compared.
fn raw_answers(testimony: &Testimony, taken_at: WallTime, items: &mut Vec<Evidence>) {
    let mut left = RAW_LIMIT;
    for answer in testimony.answers.iter().filter(|answer| !answer.body.is_empty() && !read_from_raw(answer)) {
        let kept = &answer.body[..answer.body.len().min(left)];
        left -= kept.len();
        let name = answer.operation.name();
        items.push(Evidence {
            kind: Kind::OnvifAnswer,
            value: Value::Text(format!("{name} (HTTP status {})", answer.status)),
            raw: kept.to_vec(),
            source: Source::Answer { to: name.into() },
            taken_at,
        });
    }
}
