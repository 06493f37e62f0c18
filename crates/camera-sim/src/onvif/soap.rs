//! Reading SOAP 1.2 requests: an envelope becomes the operation element and, if there is one, the UsernameToken.
//!
//! No DTD, bounded depth. Names are compared by namespace and local name, never by prefix.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Namespace of SOAP 1.2.
pub const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";
const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// Elements nested deeper than this are refused.
const DEEPEST: usize = 32;

/// An XML element without comments and processing instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Namespace, empty if none.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Attributes by local name.
    pub attributes: Vec<(String, String)>,
    /// Text directly inside, trimmed.
    pub text: String,
    /// Elements directly inside.
    pub children: Vec<Element>,
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The first element of the body.
    pub operation: Element,
    /// Credentials of WS-Security, if sent.
    pub token: Option<UsernameToken>,
}

/// WS-UsernameToken (OASIS UsernameToken Profile 1.0), as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsernameToken {
    /// `Username`.
    pub username: String,
    /// `Password`.
    pub password: String,
    /// Whether the `Type` of the password says it is a digest.
    pub is_digest: bool,
    /// `Nonce`, base64.
    pub nonce: String,
    /// `Created`, a date and time.
    pub created: String,
}

/// Why a request could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SoapError {
    /// Not well-formed XML.
    #[error("not well-formed XML at byte {at}")]
    Xml {
        /// Where reading stopped.
        at: u64,
        /// What the parser said.
        source: quick_xml::Error,
    },
    /// Well-formed, but refused.
    #[error("{what} at byte {at}")]
    Refused {
        /// Where.
        at: u64,
        /// What is not accepted.
        what: &'static str,
    },
    /// Not a SOAP 1.2 request.
    #[error("no {missing} in a SOAP 1.2 envelope")]
    Missing {
        /// Which element.
        missing: &'static str,
    },
}

impl Element {
    /// The first child of that name.
    #[must_use]
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.namespace == namespace && child.name == name)
    }

    /// The first child of that local name in any namespace.
    #[must_use]
    pub fn any(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The attribute of that local name, empty if there is none.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The text of the first child of that local name in any namespace, empty if there is none.
    #[must_use]
    pub fn text_of(&self, name: &str) -> &str {
        self.any(name).map_or("", |child| &child.text)
    }
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`SoapError`].
    pub fn parse(xml: &str) -> Result<Self, SoapError> {
        let envelope = parse(xml)?;
        if (envelope.namespace.as_str(), envelope.name.as_str()) != (ENVELOPE, "Envelope") {
            return Err(SoapError::Missing { missing: "Envelope" });
        }
        let body = envelope.child(ENVELOPE, "Body").ok_or(SoapError::Missing { missing: "Body" })?;
        let operation = body.children.first().ok_or(SoapError::Missing { missing: "operation" })?.clone();
        let header = envelope.child(ENVELOPE, "Header");
        let token = header.and_then(|h| h.child(SECURITY, "Security")).and_then(|s| s.child(SECURITY, "UsernameToken"));
        Ok(Self { operation, token: token.map(UsernameToken::read) })
    }
}

impl UsernameToken {
    fn read(element: &Element) -> Self {
        let password = element.child(SECURITY, "Password");
        let kind = password.and_then(|p| p.attributes.iter().find(|(name, _)| name == "Type"));
        Self {
            username: element.child(SECURITY, "Username").map(|e| e.text.clone()).unwrap_or_default(),
            password: password.map(|e| e.text.clone()).unwrap_or_default(),
            is_digest: kind.is_some_and(|(_, value)| value.ends_with("#PasswordDigest")),
            nonce: element.child(SECURITY, "Nonce").map(|e| e.text.clone()).unwrap_or_default(),
            created: element.child(UTILITY, "Created").map(|e| e.text.clone()).unwrap_or_default(),
        }
    }
}

/// Reads a whole document.
///
/// # Errors
/// [`SoapError`].
pub fn parse(xml: &str) -> Result<Element, SoapError> {
    let mut reader = NsReader::from_str(xml);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let at = reader.buffer_position();
        let (namespace, event) = reader.read_resolved_event().map_err(|source| SoapError::Xml { at, source })?;
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            _ => String::new(),
        };
        let refused = |what| SoapError::Refused { at, what };
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err(refused("elements nested too deeply"));
                }
                open.push(element(&start, namespace).ok_or_else(|| refused("an attribute that cannot be read"))?);
            }
            Event::Empty(start) => {
                let empty = element(&start, namespace).ok_or_else(|| refused("an attribute that cannot be read"))?;
                innermost(&mut open).children.push(empty);
            }
            Event::End(_) => {
                let mut closed = open.pop().ok_or_else(|| refused("an end without a start"))?;
                closed.text = closed.text.trim().to_owned();
                innermost(&mut open).children.push(closed);
            }
            Event::Text(text) => innermost(&mut open).text.push_str(&text),
            Event::CData(text) => innermost(&mut open).text.push_str(&text),
            Event::GeneralRef(reference) => {
                let text = format!("&{};", &*reference);
                let text = quick_xml::escape::unescape(&text).map_err(|_| refused("an unknown entity"))?;
                innermost(&mut open).text.push_str(&text);
            }
            Event::DocType(_) => return Err(refused("a document type declaration")),
            Event::Eof if open.len() == 1 => break,
            Event::Eof => return Err(refused("the end inside an element")),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
    let root = open.pop().and_then(|document| document.children.into_iter().next());
    root.ok_or(SoapError::Missing { missing: "element" })
}

fn innermost(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("the document itself stays at the bottom: its end is the end of the text")
}

fn element(start: &BytesStart<'_>, namespace: String) -> Option<Element> {
    let mut element = Element { namespace, name: start.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
        element.attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Some(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(header: &str, body: &str) -> String {
        format!(
            "<?xml version='1.0'?><e:Envelope xmlns:e='{ENVELOPE}'><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
    }

    /// The operation as `{namespace}name`, or a word of the refusal.
    fn check(xml: &str, expected: &str) {
        let found = match Request::parse(xml) {
            Ok(request) => format!("{{{}}}{}", request.operation.namespace, request.operation.name),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{xml}: {found}");
    }

    #[test]
    fn operations_are_found_by_namespace() {
        check(&envelope("", "<a:GetScopes xmlns:a='urn:x'/>"), "{urn:x}GetScopes");
        check(&envelope("", "<GetScopes xmlns='urn:x'><y/></GetScopes>"), "{urn:x}GetScopes");
        check(&envelope("", " <!-- --> <GetScopes xmlns='urn:x'/>"), "{urn:x}GetScopes");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        check("", "no element");
        check("plain text", "no element");
        check("<a/>", "no Envelope");
        check("</a>", "byte 0");
        check("<a></a></a>", "byte");
        check(&envelope("", ""), "no operation");
        check("<a><b></a>", "byte");
        check("<a>", "the end inside an element");
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type");
        check("<a>&b;</a>", "unknown entity");
        check(&"<a>".repeat(10_000), "nested too deeply");
    }

    #[test]
    fn a_token_is_read_with_entities_resolved() {
        let header = format!(
            "<s:Security xmlns:s='{SECURITY}'><s:UsernameToken><s:Username>a&amp;b</s:Username>\
             <s:Password Type='http://x#PasswordDigest'> cGFzcw== </s:Password><s:Nonce>bm9uY2U=</s:Nonce>\
             <u:Created xmlns:u='{UTILITY}'>2026-01-01T00:00:00Z</u:Created></s:UsernameToken></s:Security>"
        );
        let request = Request::parse(&envelope(&header, "<a/>")).expect("a good request");
        let expected = UsernameToken {
            username: "a&b".to_owned(),
            password: "cGFzcw==".to_owned(),
            is_digest: true,
            nonce: "bm9uY2U=".to_owned(),
            created: "2026-01-01T00:00:00Z".to_owned(),
        };
        assert_eq!(request.token, Some(expected));
    }
}
