//! Writing SOAP 1.2 answers and faults: text in, escaped and namespaced XML out.

use quick_xml::escape::escape;

use super::soap::ENVELOPE;

/// Namespace of the device service.
pub const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
/// Namespace of the media service.
pub const MEDIA: &str = "http://www.onvif.org/ver10/media/wsdl";
/// Namespace of the media2 service.
pub const MEDIA2: &str = "http://www.onvif.org/ver20/media/wsdl";

/// A SOAP fault as ONVIF Core 5.8.2 shapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP status it travels with.
    pub status: u16,
    /// Subcodes in the `ter` namespace, outermost first.
    pub subcodes: &'static [&'static str],
    /// The sentence for people.
    pub reason: &'static str,
}

impl Fault {
    /// The request could not be read.
    pub const NOT_WELL_FORMED: Self =
        Self { status: 400, subcodes: &["WellFormed"], reason: "The request is not well formed" };
    /// Nobody has taught this camera the operation.
    pub const NOT_SUPPORTED: Self =
        Self { status: 400, subcodes: &["ActionNotSupported"], reason: "The requested action is not supported" };
    /// There is no such media profile.
    pub const NO_PROFILE: Self = Self {
        status: 400,
        subcodes: &["InvalidArgVal", "NoProfile"],
        reason: "The requested profile token does not exist",
    };

    /// There is no user of that name.
    pub const USERNAME_MISSING: Self =
        Self { status: 400, subcodes: &["InvalidArgVal", "UsernameMissing"], reason: "Username not recognised" };
    /// The password is too weak, or too strong.
    pub const PASSWORD: Self = Self {
        status: 400,
        subcodes: &["OperationProhibited", "Password"],
        reason: "The password does not meet the requirements",
    };
    /// There is no such configuration, or no such mask.
    pub const NO_CONFIG: Self = Self {
        status: 400,
        subcodes: &["InvalidArgVal", "NoConfig"],
        reason: "The requested configuration token does not exist",
    };
    /// The configuration cannot be set so.
    pub const CONFIG_MODIFY: Self = Self {
        status: 400,
        subcodes: &["InvalidArgVal", "ConfigModify"],
        reason: "The parameters are not possible to set",
    };
    /// There are as many masks as there may be.
    pub const MAX_MASKS: Self = Self {
        status: 400,
        subcodes: &["Action", "MaxMasks"],
        reason: "The maximum number of supported masks has been reached",
    };
    /// The mask has a shape that is not supported.
    pub const INVALID_POLYGON: Self = Self {
        status: 400,
        subcodes: &["InvalidArgVal", "InvalidPolygon"],
        reason: "The provided polygon is not supported",
    };

    /// The sender did not prove to be the camera's user.
    #[must_use]
    pub const fn not_authorised(status: u16) -> Self {
        Self { status, subcodes: &["NotAuthorized"], reason: "Sender not authorized" }
    }
}

/// `<name>text</name>` with the text escaped.
#[must_use]
pub fn tag(name: &str, text: impl ToString) -> String {
    let text = text.to_string();
    format!("<{name}>{}</{name}>", escape(text.as_str()))
}

/// A complete answer around the content of the body.
#[must_use]
pub fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <env:Envelope xmlns:env=\"{ENVELOPE}\" xmlns:ter=\"http://www.onvif.org/ver10/error\" \
         xmlns:tt=\"http://www.onvif.org/ver10/schema\" xmlns:tds=\"{DEVICE}\" xmlns:trt=\"{MEDIA}\" \
         xmlns:tr2=\"{MEDIA2}\"><env:Body>{body}</env:Body></env:Envelope>"
    )
}

/// A complete answer with a fault. All of ours are the sender's.
#[must_use]
pub fn fault(fault: &Fault) -> String {
    let subcodes = fault.subcodes.iter().rev().fold(String::new(), |inner, code| {
        format!("<env:Subcode><env:Value>ter:{code}</env:Value>{inner}</env:Subcode>")
    });
    envelope(&format!(
        "<env:Fault><env:Code><env:Value>env:Sender</env:Value>{subcodes}</env:Code>\
         <env:Reason><env:Text xml:lang=\"en\">{}</env:Text></env:Reason></env:Fault>",
        escape(fault.reason)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::soap::parse;
    use super::*;

    #[test]
    fn text_is_escaped_and_comes_back() {
        let nasty = "<a href=\"x\">&amp; 'b' ]]>";
        let xml = envelope(&tag("tds:Model", nasty));
        let root = parse(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
        assert_eq!(root.children[0].children[0].text, nasty);
        assert_eq!(root.children[0].children[0].namespace, DEVICE);
    }

    #[test]
    fn subcodes_nest_from_the_outside_in() {
        let xml = fault(&Fault::NO_PROFILE);
        let outer = xml.find("ter:InvalidArgVal").expect("the outer subcode is there");
        let inner = xml.find("ter:NoProfile").expect("the inner subcode is there");
        assert!(outer < inner);
        parse(&xml).expect("a fault is well formed");
    }
}
