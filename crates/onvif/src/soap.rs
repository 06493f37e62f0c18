//! SOAP 1.2 envelopes.

use crate::fault::Fault;
use crate::xml::{Element, XmlError};

/// A request envelope. `security` is a finished header or nothing.
pub(crate) fn envelope(security: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header>{security}</s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// Text as it stands inside an element.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// `<name>text</name>` with the text escaped.
pub(crate) fn tag(name: &str, text: impl ToString) -> String {
    format!("<{name}>{}</{name}>", escape(&text.to_string()))
}

/// What a body of bytes turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The first element of the SOAP body.
    Body(Element),
    /// A fault.
    Fault(Fault),
    /// Well-formed XML that is no SOAP envelope.
    NotSoap,
    /// Unreadable.
    Unreadable(XmlError),
}

pub(crate) fn read(bytes: &[u8]) -> Answer {
    let root = match Element::parse(bytes) {
        Ok(root) if root.name == "Envelope" => root,
        Ok(_) => return Answer::NotSoap,
        Err(error) => return Answer::Unreadable(error),
    };
    match root.child("Body").and_then(|body| body.children().first()) {
        Some(first) if first.name == "Fault" => Answer::Fault(Fault::read(first)),
        Some(first) => Answer::Body(first.clone()),
        None => Answer::NotSoap,
    }
}
