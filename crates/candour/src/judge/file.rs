//! A file of evidence: what a device sent, as it sent it.

use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_camera::received::{CertificateFrom, Form as Answer, Received};
use candour_units::WallTime;
use candour_vetting::{
    Day, Evidence, Exception, JudgementRecord, KEEP_UNDECODED, Kind, Paper, QUARANTINE, SiteClass, Source, Value,
};
use serde::Deserialize;

/// The largest file that is read.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// A file read, its raw answers turned into evidence.
pub struct EvidenceFile {
    /// The address the device was added at.
    pub host: IpAddr,
    /// The class of the site.
    pub site_class: SiteClass,
    /// The judgement in force before, if there is one.
    pub previous: Option<JudgementRecord>,
    /// The moment at which it is judged.
    pub at: WallTime,
    /// The evidence.
    pub evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// 1.
    #[serde(default)]
    format: Option<u32>,
    /// For people.
    #[serde(default, rename = "about")]
    _about: Option<String>,
    #[serde(default)]
    host: Option<IpAddr>,
    #[serde(default)]
    site_class: SiteClass,
    /// The day on which it is judged; today where it is not said.
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    previous: Option<JudgementRecord>,
    evidence: Vec<serde_json::Value>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Onvif,
    Discovery,
    Sadp,
    Dhip,
    Udp,
    Rtsp,
    Sdp,
    Http,
    Isapi,
    Vendor,
    Certificate,
    Icon,
    Mac,
    Paper,
    Exception,
    Decoder,
    Port,
    Dns,
    Text,
    Unavailable,
    Item,
}

/// Where a hardware address was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeenIn {
    NeighbourTable,
    BehindRouter,
    SwitchTable,
    DhcpTable,
    Onvif,
    Discovery,
    VendorInterface,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    Onvif,
    Tls,
    TlsHandshake,
}

/// An item as it is written. Which fields it may have depends on its form; one too many is an error, so that no evidence is
/// lost by a slip of the pen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    form: Form,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    raw: Option<String>,
    raw_base64: Option<String>,
    raw_file: Option<PathBuf>,
    operation: Option<String>,
    request: Option<String>,
    #[serde(default)]
    control: bool,
    port: Option<u16>,
    asked_by_us: Option<bool>,
    from: Option<From>,
    hash: Option<i32>,
    address: Option<String>,
    seen_in: Option<SeenIn>,
    origin: Option<String>,
    name: Option<String>,
    kind: Option<Kind>,
    text: Option<String>,
    why: Option<String>,
    item: Option<Evidence>,
    decided: Option<String>,
    declaration: Option<String>,
    model: Option<String>,
    chip: Option<String>,
    support_until: Option<String>,
    covers: Option<String>,
    reason: Option<String>,
    owner: Option<String>,
    until: Option<String>,
    signed_off_by: Option<String>,
    second_person: Option<String>,
}

impl EvidenceFile {
    /// Reads a file; `now` is the moment where the file names no day.
    ///
    /// # Errors
    /// With the number of the item (from 0) and what is wrong with it. What the *device* sent is never an error.
    pub fn read(path: &Path, now: WallTime) -> anyhow::Result<Self> {
        let name = path.display();
        let mut text = String::new();
        let read = if path == Path::new("-") {
            std::io::stdin().take(MAX_FILE).read_to_string(&mut text)
        } else {
            let file = std::fs::File::open(path).with_context(|| format!("cannot read {name}"))?;
            file.take(MAX_FILE).read_to_string(&mut text)
        };
        read.with_context(|| format!("cannot read {name}"))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")), now)
            .with_context(|| format!("{name} is no file of evidence"))
    }

    /// Reads the text of a file; files it names are looked for in `directory`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, directory: &Path, now: WallTime) -> anyhow::Result<Self> {
        let written: Written = serde_json::from_str(text)?;
        ensure!(written.format.unwrap_or(1) == 1, "its format is not 1");
        let at = match written.at.as_deref() {
            None => now,
            Some(day) => {
                let day = Day::parse(day).with_context(|| format!("at: {day:?} is no day (yyyy-mm-dd)"))?;
                let epoch = Day::of(WallTime::EPOCH);
                WallTime::from_unix_seconds(day.days_since(epoch) * 86_400)
            }
        };
        let reader = Reader { host: written.host, directory, at };
        let mut evidence = Vec::new();
        for (number, item) in written.evidence.into_iter().enumerate() {
            let place = || format!("evidence[{number}]");
            let item: Item = serde_json::from_value(item).with_context(place)?;
            let form = item.form;
            evidence.extend(reader.item(item).with_context(|| format!("evidence[{number}] ({form:?})"))?);
        }
        // An address for documents, which belongs to nobody: without one from the file there is none to compare with.
        let host = written.host.unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        Ok(Self { host, site_class: written.site_class, previous: written.previous, at, evidence })
    }
}

struct Reader<'a> {
    host: Option<IpAddr>,
    directory: &'a Path,
    at: WallTime,
}

impl Reader<'_> {
    fn item(&self, item: Item) -> anyhow::Result<Vec<Evidence>> {
        match item.form {
            Form::Mac => Ok(vec![self.mac(item)?]),
            Form::Paper => self.paper(item),
            Form::Exception => Ok(vec![self.exception(item)?]),
            Form::Decoder => self.decoder(item),
            Form::Port => {
                let port = item.port.context("needs port")?;
                Ok(vec![self.said(Kind::TcpPort, &format!("{port} open"))])
            }
            Form::Dns => Ok(vec![self.said(Kind::DnsName, &item.name.context("needs name")?)]),
            Form::Text => {
                let (kind, text) = (item.kind.context("needs kind")?, item.text.context("needs text")?);
                ensure!(kind != Kind::Declaration && kind != Kind::Exception, "papers have forms of their own");
                Ok(vec![self.said(kind, &text)])
            }
            Form::Unavailable => {
                let (kind, why) = (item.kind.context("needs kind")?, item.why.context("needs why")?);
                Ok(vec![Evidence { value: Value::NotAvailable(why), ..self.said(kind, "") }])
            }
            Form::Item => Ok(vec![item.item.context("needs item")?]),
            Form::Icon if item.hash.is_some() => {
                let hash = item.hash.unwrap_or_default().to_string();
                Ok(vec![self.said(Kind::Favicon, &hash)])
            }
            _ => self.answer(item),
        }
    }

    /// A raw answer of the device.
    fn answer(&self, item: Item) -> anyhow::Result<Vec<Evidence>> {
        let raw = self.raw(&item)?;
        let request = item.request.clone().unwrap_or_default();
        let form = match item.form {
            Form::Onvif => Answer::Onvif { operation: item.operation.context("needs operation")? },
            Form::Discovery => Answer::Discovery,
            Form::Sadp => Answer::Sadp,
            Form::Dhip => Answer::Dhip,
            Form::Udp => Answer::Udp { port: item.port.context("needs port")? },
            Form::Rtsp => Answer::Rtsp { request },
            Form::Sdp => Answer::Sdp,
            Form::Http => Answer::Http { request, control: item.control },
            Form::Isapi => Answer::Isapi,
            Form::Vendor => Answer::Vendor,
            Form::Certificate => Answer::Certificate {
                from: match item.from.unwrap_or(From::Tls) {
                    From::Onvif => CertificateFrom::Onvif,
                    From::Tls => CertificateFrom::Tls,
                    From::TlsHandshake => CertificateFrom::Handshake,
                },
            },
            Form::Icon => Answer::Icon,
            other => bail!("{other:?} is no answer of a device"),
        };
        let asked_by_us = item.asked_by_us.unwrap_or(true);
        Ok(Received { form: &form, raw: &raw, host: self.host, asked_by_us, taken_at: self.at }.evidence())
    }

    fn raw(&self, item: &Item) -> anyhow::Result<Vec<u8>> {
        match (&item.raw, &item.raw_base64, &item.raw_file) {
            (Some(text), None, None) => Ok(text.clone().into_bytes()),
            (None, Some(text), None) => {
                let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                STANDARD.decode(text).context("raw_base64 is no base64")
            }
            (None, None, Some(path)) => {
                let path = self.directory.join(path);
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
            }
            _ => bail!("needs one of raw, raw_base64 and raw_file"),
        }
    }

    fn said(&self, kind: Kind, text: &str) -> Evidence {
        Evidence::answer(kind, text, "evidence file", self.at)
    }

    fn mac(&self, item: Item) -> anyhow::Result<Evidence> {
        let address = item.address.context("needs address")?;
        let table = |kind: &str| Source::ImportedTable {
            origin: item.origin.clone().unwrap_or_else(|| kind.to_owned()),
            brought_by: item.signed_off_by.clone(),
            second_person: item.second_person.clone(),
        };
        let (kind, source) = match item.seen_in.context("needs seen_in")? {
            SeenIn::NeighbourTable => (Kind::NeighbourMac, Source::NeighbourTable { same_segment: true }),
            SeenIn::BehindRouter => (Kind::NeighbourMac, Source::NeighbourTable { same_segment: false }),
            SeenIn::SwitchTable => (Kind::ImportedMac, table("switch table")),
            SeenIn::DhcpTable => (Kind::ImportedMac, table("DHCP table")),
            SeenIn::Onvif => return Ok(self.said(Kind::OnvifHwAddress, &address)),
            SeenIn::Discovery => return Ok(self.said(Kind::DiscoveryMac, &address)),
            SeenIn::VendorInterface => return Ok(self.said(Kind::VendorMac, &address)),
        };
        Ok(Evidence { source, ..self.said(kind, &address) })
    }

    fn paper(&self, item: Item) -> anyhow::Result<Vec<Evidence>> {
        let person = Source::Person { name: item.signed_off_by.clone().unwrap_or_default() };
        let mut out = Vec::new();
        if let Some(chip) = &item.chip {
            out.push(Evidence { source: person.clone(), ..self.said(Kind::Chip, chip) });
        }
        if let Some(declaration) = item.declaration {
            let paper = Paper {
                declaration,
                model: item.model,
                signed_off_by: item.signed_off_by.unwrap_or_default(),
                second_person: item.second_person,
                support_until: item.support_until,
            };
            out.push(Evidence { value: Value::Paper(paper), source: person, ..self.said(Kind::Declaration, "") });
        }
        ensure!(!out.is_empty(), "needs declaration (SHA-256 of its file) or chip");
        Ok(out)
    }

    /// What its pictures did to decoders, and what a person decided about that.
    fn decoder(&self, item: Item) -> anyhow::Result<Vec<Evidence>> {
        let mut out: Vec<Evidence> = item.text.iter().map(|text| self.said(Kind::DecoderDeaths, text)).collect();
        if let Some(decided) = &item.decided {
            ensure!(
                [KEEP_UNDECODED, QUARANTINE].contains(&decided.as_str()),
                "decided is {KEEP_UNDECODED} or {QUARANTINE}"
            );
            let source = Source::Person { name: item.signed_off_by.context("needs signed_off_by")? };
            out.push(Evidence { source, ..self.said(Kind::DecoderDecision, decided) });
        }
        ensure!(!out.is_empty(), "needs text or decided");
        Ok(out)
    }

    fn exception(&self, item: Item) -> anyhow::Result<Evidence> {
        let exception = Exception {
            covers: item.covers.context("needs covers")?,
            reason: item.reason.unwrap_or_default(),
            owner: item.owner.unwrap_or_default(),
            until: item.until.unwrap_or_default(),
            signed_off_by: item.signed_off_by.unwrap_or_default(),
            second_person: item.second_person,
        };
        let source = Source::Person { name: exception.signed_off_by.clone() };
        Ok(Evidence { value: Value::Exception(exception), source, ..self.said(Kind::Exception, "") })
    }
}
