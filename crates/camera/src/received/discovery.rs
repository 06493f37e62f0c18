//! Discovery datagrams.

use candour_onvif::read_announcements;
use candour_onvif::xml::Element;
use candour_vetting::Kind;
use serde_json::Value as Json;

use super::Items;

/// No discovery datagram is longer than UDP can carry.
const MAX_DATAGRAM: usize = 65_535;

pub(super) fn announcements(say: &mut Items<'_>) {
    let all = match read_announcements(say.received.raw) {
        Ok(all) => all,
        Err(why) => return say.unreadable(Kind::DiscoveryAnswer, &why),
    };
    for device in all {
        say.text(Kind::EndpointUuid, device.endpoint.as_deref().unwrap_or_default());
        device.scopes.iter().for_each(|scope| say.text(Kind::DiscoveryScope, scope));
        device.addresses.iter().for_each(|address| say.service_address(Kind::DiscoveryXaddr, address));
    }
    say.whole(Kind::DiscoveryAnswer, "WS-Discovery");
}

pub(super) fn sadp(say: &mut Items<'_>) {
    let raw = say.received.raw;
    let answer = match Element::parse(raw.strip_suffix(b"\0").unwrap_or(raw)) {
        Ok(answer) => answer,
        Err(why) => return say.unreadable(Kind::UdpDiscovery, &why),
    };
    let known = ["DeviceDescription", "DeviceSN", "CommandPort"].iter().any(|name| answer.child(name).is_some());
    if answer.name != "ProbeMatch" || !known {
        return say.unreadable(Kind::UdpDiscovery, &"it is no answer to a SADP probe");
    }
    let text = |name: &str| answer.text_at(&[name]).unwrap_or_default();
    say.whole(Kind::UdpDiscovery, "37020 ProbeMatch");
    say.text(Kind::DiscoveryModel, &text("DeviceDescription"));
    say.text(Kind::DiscoverySerial, &text("DeviceSN"));
    say.text(Kind::DiscoveryFirmware, &text("SoftwareVersion"));
    say.text(Kind::DiscoveryMac, &text("MAC"));
}

/// 32 bytes of header (`20 00 00 00 DHIP …`), then JSON with white space or zeros behind it.
pub(super) fn dhip(say: &mut Items<'_>) {
    const HEADER: usize = 32;
    let raw = say.received.raw;
    let json = if raw.get(4..8) == Some(b"DHIP") { raw.get(HEADER..).unwrap_or_default() } else { raw };
    let end = json.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    let read = (json.len() <= MAX_DATAGRAM).then(|| serde_json::from_slice::<Json>(&json[..end]).ok()).flatten();
    let Some(answer) = read.filter(Json::is_object) else {
        return say.unreadable(Kind::UdpDiscovery, &"it is no DHIP answer");
    };
    let method = answer.get("method").and_then(Json::as_str).unwrap_or("answer");
    say.whole(Kind::UdpDiscovery, &format!("37810 DHIP {}", candour_vetting::neutralise(method, 60)));
    let information = answer.pointer("/params/deviceInfo").unwrap_or(&answer);
    let text = |name: &str| information.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    for name in ["Manufacturer", "Vendor"] {
        say.text(Kind::DiscoveryName, &text(name));
    }
    say.text(Kind::DiscoveryModel, &text("DeviceType"));
    say.text(Kind::DiscoverySerial, &text("SerialNo"));
    say.text(Kind::DiscoveryFirmware, &text("Version"));
    let mac = answer.get("mac").or_else(|| information.get("mac")).and_then(Json::as_str).unwrap_or_default();
    say.text(Kind::DiscoveryMac, mac);
}
