//! A small RTSP client over TCP that hides nothing: RTP timestamps as sent, access units in the order of arrival.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use camera_sim::footage::hex;
use md5::{Digest, Md5};
use sha2::Sha256;

/// An access unit as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The RTP timestamp of its packets.
    pub rtp_timestamp: u32,
    /// NAL units, parameter sets included.
    pub nals: Vec<Vec<u8>>,
}

impl Received {
    /// SHA-256 of the length-prefixed NAL units without the parameter sets, as the journal has it.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for nal in self.nals.iter().filter(|nal| !matches!(nal[0] & 31, 7 | 8)) {
            hash.update(u32::try_from(nal.len()).expect("a NAL unit of our footage").to_be_bytes());
            hash.update(nal);
        }
        hex(&hash.finalize())
    }

    pub fn has(&self, nal_type: u8) -> bool {
        self.nals.iter().any(|nal| nal[0] & 31 == nal_type)
    }
}

/// What came next on the connection.
#[derive(Debug)]
pub enum Item {
    Unit(Received),
    /// The time (seconds since 1970 on the camera's clock) and the RTP timestamp of a sender report.
    Report {
        camera_s: f64,
        rtp_timestamp: u32,
    },
}

/// A playing session.
pub struct Session {
    connection: BufReader<TcpStream>,
    url: String,
    /// The session description.
    pub sdp: String,
    sequence: Option<u16>,
    nals: Vec<Vec<u8>>,
    fragment: Vec<u8>,
}

impl Session {
    /// Connects and plays. The error is the status line of the first answer that is not 200.
    pub fn play(url: &str, user: &str, password: &str) -> Result<Self, String> {
        let address = url.trim_start_matches("rtsp://").split('/').next().expect("an address with a host");
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out that is not zero");
        let mut session = Self {
            connection: BufReader::new(stream),
            url: url.to_owned(),
            sdp: String::new(),
            sequence: None,
            nals: Vec::new(),
            fragment: Vec::new(),
        };
        let (_, challenge, _) = session.ask("DESCRIBE", url, "")?;
        let sign = |method: &str, uri: &str| authorization(&challenge, user, password, method, uri);
        let (status, _, sdp) = session.ask("DESCRIBE", url, &sign("DESCRIBE", url))?;
        expect_200(&status)?;
        session.sdp = sdp;
        let control = format!("{url}/stream=0");
        let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
        let (status, header, _) = session.ask("SETUP", &control, &(sign("SETUP", &control) + transport))?;
        expect_200(&status)?;
        let id = header.lines().find_map(|line| line.strip_prefix("Session: ")).expect("SETUP answers with a session");
        let id = id.split(';').next().unwrap_or(id);
        let (status, _, _) = session.ask("PLAY", url, &format!("{}Session: {id}\r\n", sign("PLAY", url)))?;
        expect_200(&status)?;
        Ok(session)
    }

    /// Status line, header and body of the answer.
    fn ask(&mut self, method: &str, uri: &str, headers: &str) -> Result<(String, String, String), String> {
        let request = format!("{method} {uri} RTSP/1.0\r\nCSeq: 1\r\n{headers}\r\n");
        self.connection.get_mut().write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut header = String::new();
        while !header.ends_with("\r\n\r\n") {
            // The server may begin to send before it answers PLAY; those packets are lost to the test.
            if header.is_empty() && self.peek()? == b'$' {
                self.packet()?;
                continue;
            }
            let read = self.connection.read_line(&mut header).map_err(|error| error.to_string())?;
            if read == 0 {
                return Err("the connection was closed".to_owned());
            }
        }
        let length = header.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("a number"))];
        self.connection.read_exact(&mut body).map_err(|error| error.to_string())?;
        let status = header.lines().next().unwrap_or_default().to_owned();
        Ok((status, header, String::from_utf8(body).expect("SDP is text")))
    }

    fn peek(&mut self) -> Result<u8, String> {
        let bytes = self.connection.fill_buf().map_err(|error| error.to_string())?;
        bytes.first().copied().ok_or_else(|| "the connection was closed".to_owned())
    }

    /// Channel and payload of the next interleaved packet (RFC 2326 10.12).
    fn packet(&mut self) -> Result<(u8, Vec<u8>), String> {
        let mut head = [0; 4];
        self.connection.read_exact(&mut head).map_err(|error| format!("the connection ended: {error}"))?;
        assert_eq!(head[0], b'$', "interleaved packets only while {} plays", self.url);
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]]))];
        self.connection.read_exact(&mut payload).map_err(|error| format!("the connection ended: {error}"))?;
        Ok((head[1], payload))
    }

    /// The next whole access unit or sender report.
    pub fn next(&mut self) -> Result<Item, String> {
        loop {
            match self.packet()? {
                (0, rtp) => {
                    if let Some(unit) = self.take(&rtp) {
                        return Ok(Item::Unit(unit));
                    }
                }
                (_, rtcp) if rtcp[1] == 200 => {
                    let ntp = u64::from_be_bytes(rtcp[8..16].try_into().expect("eight bytes"));
                    return Ok(Item::Report {
                        camera_s: ntp as f64 / 4_294_967_296.0 - 2_208_988_800.0,
                        rtp_timestamp: u32::from_be_bytes(rtcp[16..20].try_into().expect("four bytes")),
                    });
                }
                _ => {}
            }
        }
    }

    /// The next whole access unit.
    pub fn unit(&mut self) -> Result<Received, String> {
        loop {
            if let Item::Unit(unit) = self.next()? {
                return Ok(unit);
            }
        }
    }

    /// RFC 6184: single NAL units, STAP-A and FU-A; the marker ends an access unit.
    fn take(&mut self, rtp: &[u8]) -> Option<Received> {
        let sequence = u16::from_be_bytes([rtp[2], rtp[3]]);
        if let Some(last) = self.sequence.replace(sequence) {
            assert_eq!(sequence, last.wrapping_add(1), "no RTP packet is missing on TCP");
        }
        let payload = &rtp[12 + 4 * usize::from(rtp[0] & 15)..];
        match payload[0] & 31 {
            24 => {
                let mut rest = &payload[1..];
                while let Some((length, after)) = rest.split_first_chunk::<2>() {
                    let (nal, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
                    self.nals.push(nal.to_vec());
                    rest = after;
                }
            }
            28 => {
                if payload[1] & 0x80 != 0 {
                    self.fragment = vec![payload[0] & 0xe0 | payload[1] & 31];
                }
                self.fragment.extend_from_slice(&payload[2..]);
                if payload[1] & 0x40 != 0 {
                    self.nals.push(std::mem::take(&mut self.fragment));
                }
            }
            _ => self.nals.push(payload.to_vec()),
        }
        let rtp_timestamp = u32::from_be_bytes([rtp[4], rtp[5], rtp[6], rtp[7]]);
        let marker = rtp[1] & 0x80 != 0;
        marker.then(|| Received { rtp_timestamp, nals: std::mem::take(&mut self.nals) })
    }
}

fn expect_200(status: &str) -> Result<(), String> {
    if status.contains(" 200 ") { Ok(()) } else { Err(status.to_owned()) }
}

/// An `Authorization` line for the challenge in `header` (RFC 2617, MD5 without qop); nothing if there is none.
fn authorization(header: &str, user: &str, password: &str, method: &str, uri: &str) -> String {
    let field = |name: &str| {
        let value = header.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
        value.split('"').next().unwrap_or_default().to_owned()
    };
    let (realm, nonce) = (field("realm"), field("nonce"));
    let hash = |text: String| hex(&Md5::digest(text));
    let (a1, a2) = (hash(format!("{user}:{realm}:{password}")), hash(format!("{method}:{uri}")));
    let response = hash(format!("{a1}:{nonce}:{a2}"));
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\"\r\n"
    )
}
