//! XML from a stranger, read into a small tree within hard bounds.
//!
//! No document type, no entities but the five predefined and numbers, UTF-8 only, at most 1 MiB, 32 levels,
//! 20 000 elements, 64 attributes an element. Prefixes are dropped: devices choose them freely.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The largest document, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 32;
/// The most elements in one document.
pub const MAX_ELEMENTS: usize = 20_000;
/// The most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// The longest text handed out, in characters.
pub const MAX_TEXT: usize = 2048;

/// Why a document was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer than [`MAX_BYTES`].
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not UTF-8, or says that it is something else.
    #[error("it is not UTF-8")]
    Encoding,
    /// Carries a document type, which could define entities.
    #[error("it carries a document type")]
    DocumentType {
        /// Whether it is the one of a web page.
        html: bool,
    },
    /// Names an entity that XML does not define.
    #[error("it uses an entity of its own")]
    Entity,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_ELEMENTS`].
    #[error("it has more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    /// More than [`MAX_ATTRIBUTES`] on one element.
    #[error("an element has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// Not well formed.
    #[error("it is not well-formed XML (byte {at})")]
    Malformed {
        /// Where reading stopped.
        at: u64,
    },
}

impl XmlError {
    /// Whether the document attacks the reader rather than merely being something else.
    #[must_use]
    pub const fn is_attack(&self) -> bool {
        !matches!(self, Self::Malformed { .. } | Self::DocumentType { html: true })
    }
}

/// One element: its local name, attributes by local name, text and children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// The name without prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    /// [`XmlError`] for anything outside the bounds; there is never a partial tree.
    pub fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        if bytes.len() > MAX_BYTES {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
        Builder::default().read(text.trim_start_matches('\u{feff}'))
    }

    /// Children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Every child.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The first child of that name.
    #[must_use]
    pub fn child<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        self.all(name).next()
    }

    /// The first descendant along this path of names.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.children.iter().find(|child| child.name == *name))
    }

    /// The text of the first descendant along this path, if it says anything.
    #[must_use]
    pub fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The text, trimmed, at most [`MAX_TEXT`] characters, control characters replaced by U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        clean(&self.text)
    }

    /// The text as it stands, without the bound of [`Self::text`]: lists and certificates are longer than any word.
    #[must_use]
    pub fn whole_text(&self) -> &str {
        &self.text
    }

    /// An attribute by local name, made harmless as [`Self::text`] is.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| clean(value))
    }
}

/// A stranger's text fit to be kept: trimmed, bounded, without control characters.
pub(crate) fn clean(text: &str) -> String {
    text.trim().chars().take(MAX_TEXT).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Builds the tree while counting.
#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Builder {
    fn read(mut self, text: &str) -> Result<Element, XmlError> {
        let mut reader = Reader::from_str(text);
        loop {
            let event = reader.read_event().map_err(|_| XmlError::Malformed { at: reader.error_position() })?;
            let malformed = XmlError::Malformed { at: reader.buffer_position() };
            match event {
                Event::Start(start) => self.start(&start, malformed)?,
                Event::Empty(start) => {
                    self.start(&start, malformed.clone())?;
                    self.end(malformed)?;
                }
                Event::End(_) => self.end(malformed)?,
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => self.text(character.encode_utf8(&mut [0; 4])),
                    Ok(None) => {
                        let known = quick_xml::escape::resolve_predefined_entity(&reference).ok_or(XmlError::Entity)?;
                        self.text(known);
                    }
                    Err(_) => return Err(malformed),
                },
                Event::DocType(content) => {
                    let html = content.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
                    return Err(XmlError::DocumentType { html });
                }
                Event::Decl(declaration) => match declaration.encoding() {
                    Some(Ok(encoding)) if !is_utf8(&encoding) => return Err(XmlError::Encoding),
                    Some(Err(_)) => return Err(malformed),
                    _ => {}
                },
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => {
                    return if self.open.is_empty() { self.root.ok_or(malformed) } else { Err(malformed) };
                }
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, malformed: XmlError) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(XmlError::TooManyElements);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(malformed);
        }
        let mut attributes = Vec::new();
        // The library looks for duplicates by comparing all pairs; the bound comes first, so checks are off.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| malformed.clone())?;
            if attributes.len() == MAX_ATTRIBUTES {
                return Err(XmlError::TooManyAttributes);
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| XmlError::Entity)?;
            attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
        }
        let name = start.local_name().as_ref().to_owned();
        self.open.push(Element { name, attributes, ..Element::default() });
        Ok(())
    }

    fn end(&mut self, malformed: XmlError) -> Result<(), XmlError> {
        let done = self.open.pop().ok_or(malformed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }
}

fn is_utf8(encoding: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, expected: Result<&str, XmlError>) {
        assert_eq!(Element::parse(document.as_bytes()).map(|root| root.text()), expected.map(str::to_owned));
    }

    #[test]
    fn reads_what_devices_send() {
        check("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>x &amp; y &#x41;<![CDATA[<z>]]></a>", Ok("x & y A<z>"));
        check("\u{feff}<a> b\u{1}c </a>", Ok("b\u{fffd}c"));
        check("<a>b&#0;</a>", Err(XmlError::Malformed { at: 8 }));
        let root =
            Element::parse(b"<s:E xmlns:s='x'><s:B t:token='1 &lt; 2'><q>v</q></s:B></s:E>").expect("well formed");
        assert_eq!(root.text_at(&["B", "q"]).as_deref(), Some("v"));
        assert_eq!(root.child("B").and_then(|b| b.attribute("token")).as_deref(), Some("1 < 2"));
    }

    #[test]
    fn refuses_attacks() {
        let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        check(bomb, Err(XmlError::DocumentType { html: false }));
        check("<!DOCTYPE html><html></html>", Err(XmlError::DocumentType { html: true }));
        check("<a>&file;</a>", Err(XmlError::Entity));
        check("<a b='&file;'/>", Err(XmlError::Entity));
        check("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", Err(XmlError::Encoding));
        check(&"<a>".repeat(10_000), Err(XmlError::TooDeep));
        check(&format!("<a>{}</a>", "<b/>".repeat(20_000)), Err(XmlError::TooManyElements));
        let attributes: String = (0..65).map(|i| format!(" a{i}=''")).collect();
        check(&format!("<a{attributes}/>"), Err(XmlError::TooManyAttributes));
        assert_eq!(Element::parse(&vec![b' '; MAX_BYTES + 1]), Err(XmlError::TooLarge));
        assert_eq!(Element::parse(b"<a>\xff</a>"), Err(XmlError::Encoding));
    }

    #[test]
    fn refuses_what_is_no_document() {
        for text in ["", "hello", "<a>", "</a>", "<a></b>", "<a/><b/>"] {
            assert!(matches!(Element::parse(text.as_bytes()), Err(XmlError::Malformed { .. })), "{text}");
        }
    }
}
