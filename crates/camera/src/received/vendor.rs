//! Vendor interfaces: ISAPI XML, JSON, and lines of `name=value`.

use candour_onvif::xml::Element;
use candour_vetting::Kind;
use serde_json::Value as Json;

use super::Items;

/// The most fields that are looked at.
const MAX_FIELDS: usize = 200;
/// The largest JSON.
const MAX_JSON: usize = 256 * 1024;

pub(super) fn isapi(say: &mut Items<'_>, body: &[u8]) {
    let root = match Element::parse(body) {
        Ok(root) => root,
        Err(why) => return say.unreadable(Kind::VendorAnswer, &why),
    };
    say.whole(Kind::VendorAnswer, &root.name);
    say.text(Kind::IsapiXmlns, &root.attribute("xmlns").unwrap_or_default());
    for field in root.children().iter().take(MAX_FIELDS) {
        say.text(Kind::IsapiXmlns, &field.attribute("xmlns").unwrap_or_default());
        if field.children().is_empty() {
            say.text(Kind::IsapiField, &format!("{}={}", field.name, field.text()));
        }
    }
    let text = |name: &str| root.text_at(&[name]).unwrap_or_default();
    say.text(Kind::VendorName, &text("manufacturer"));
    say.text(Kind::VendorModel, &text("model"));
    // `V5.7.18` and `build 240826` stand in two fields here, and in one over ONVIF.
    say.text(Kind::VendorFirmware, &format!("{} {}", text("firmwareVersion"), text("firmwareReleasedDate")));
    say.text(Kind::VendorSerial, &text("serialNumber"));
    say.text(Kind::VendorMac, &text("macAddress"));
}

/// JSON if it begins like JSON, else lines.
pub(super) fn fields(say: &mut Items<'_>, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let mut pairs = Vec::new();
    if text.starts_with(['{', '[']) {
        let read = (text.len() <= MAX_JSON).then(|| serde_json::from_str::<Json>(text).ok()).flatten();
        let Some(json) = read else { return say.unreadable(Kind::VendorAnswer, &"it is no JSON") };
        flatten("", &json, &mut pairs);
    } else {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        pairs.extend(lines.take(MAX_FIELDS).map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())));
        if pairs.is_empty() && !text.is_empty() {
            return say.unreadable(Kind::VendorAnswer, &"it is neither JSON nor lines of name=value");
        }
    }
    say.whole(Kind::VendorAnswer, "vendor interface");
    for (name, value) in pairs {
        let name = name.rsplit('.').next().unwrap_or_default();
        say.text(Kind::VendorField, &format!("{name}={value}"));
        let kind = match name.to_ascii_lowercase().as_str() {
            "brand" | "vendor" | "manufacturer" => Kind::VendorName,
            "prodnbr" | "devicetype" | "model" => Kind::VendorModel,
            "version" | "firmwareversion" => Kind::VendorFirmware,
            "serialnumber" | "sn" | "serialno" => Kind::VendorSerial,
            "mac" | "macaddress" => Kind::VendorMac,
            _ => continue,
        };
        say.text(kind, &value);
    }
}

/// Every text and number in it, by its own name.
fn flatten(name: &str, json: &Json, out: &mut Vec<(String, String)>) {
    if out.len() >= MAX_FIELDS {
        return;
    }
    match json {
        Json::Object(fields) => fields.iter().for_each(|(name, value)| flatten(name, value, out)),
        Json::Array(items) => items.iter().for_each(|value| flatten(name, value, out)),
        Json::String(text) => out.push((name.to_owned(), text.clone())),
        Json::Number(number) => out.push((name.to_owned(), number.to_string())),
        Json::Bool(_) | Json::Null => {}
    }
}
