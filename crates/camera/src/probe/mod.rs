//! Looking at a device from outside, before anybody logs in: discovery datagrams, web server, TLS, RTSP.
//!
//! Presence checks only. No password is offered here, none is guessed, nothing is set, nothing is sent to another host, and
//! each request waits for its turn. What is asked in which order stands here and in [`calls`] and [`questions`] (no I/O); bytes are moved
//! in [`line`], [`datagrams`] and [`tls`]. Every answer is kept as received, and silence is an item that says so.

mod calls;
mod datagrams;
mod line;
mod questions;
mod tls;

use std::net::{IpAddr, SocketAddr};

use candour_units::{Clock, Entropy, WallTime};
use candour_vetting::{Evidence, Kind, Value};

pub(crate) use datagrams::look as by_datagram;
pub(crate) use line::connect;
use questions::Question;

use crate::received::{Form, Received, body_of, status_of};
use crate::secure::Transport;
use line::{Line, Quiet};

/// The most bytes of a page or an RTSP answer.
const MAX_ANSWER: usize = 64 * 1024;
/// The most bytes of a web icon.
const MAX_ICON: usize = 256 * 1024;

/// What a device shows that answers at `at` to anybody: its page, whether vendors' paths are there, its icon.
pub(crate) async fn web(
    (at, transport): (SocketAddr, Transport),
    claims: &[Evidence],
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Vec<Evidence> {
    let mut asked = Web { at, transport, clock, items: Vec::new() };
    let made_up: String = entropy.id()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let Some(page) = asked.get(&Question::page()).await else { return asked.items };
    let anywhere = asked.get(&Question::nowhere("/", &made_up)).await;
    // A server that answers for anything says nothing by answering for one path more.
    if anywhere.is_none_or(|status| !questions::is_there(status)) {
        for question in Question::of_vendors(claims) {
            let there = asked.get(&question).await.is_some_and(questions::is_there);
            if let Some(directory) = question.directory().filter(|_| there) {
                asked.get(&Question::nowhere(directory, &made_up)).await;
            }
        }
    }
    if questions::has_an_icon(page) {
        asked.icon().await;
    }
    asked.items
}

/// Whether a page that is asked for in clear brings an answer of HTTP.
pub(crate) async fn answers_in_clear(at: SocketAddr) -> bool {
    let answer = fetch((at, Transport::Clear), "/", MAX_ANSWER).await;
    answer.is_ok_and(|raw| status_of("HTTP", &raw).is_some())
}

/// Whether anybody takes a connection there.
pub(crate) async fn listens(at: SocketAddr) -> bool {
    Line::open(at).await.is_ok()
}

struct Web<'a> {
    at: SocketAddr,
    transport: Transport,
    clock: &'a dyn Clock,
    items: Vec<Evidence>,
}

impl Web<'_> {
    /// Asks for a path and keeps what came; its status, if one came.
    async fn get(&mut self, question: &Question) -> Option<u16> {
        let answer = fetch((self.at, self.transport), &question.path, MAX_ANSWER).await;
        let form = Form::Http { request: question.request_line(), control: question.made_up };
        match answer {
            Ok(raw) => {
                let status = status_of("HTTP", &raw);
                self.items.extend(read(&form, &raw, self.at.ip(), self.clock.wall()));
                status
            }
            Err(quiet) => {
                self.items.push(silence(Kind::HttpAnswer, &question.path, quiet, self.clock.wall()));
                None
            }
        }
    }

    async fn icon(&mut self) {
        const PATH: &str = "/favicon.ico";
        let taken_at = self.clock.wall();
        match fetch((self.at, self.transport), PATH, MAX_ICON).await {
            Ok(raw) if status_of("HTTP", &raw) == Some(200) => {
                let icon = body_of("HTTP", &raw);
                // Pages that stand in for an icon that is not there.
                if !icon.is_empty() && icon.first() != Some(&b'<') {
                    self.items.extend(read(&Form::Icon, &icon, self.at.ip(), taken_at));
                }
            }
            Ok(_) => {}
            Err(quiet) => self.items.push(silence(Kind::Favicon, PATH, quiet, taken_at)),
        }
    }
}

async fn fetch((at, transport): (SocketAddr, Transport), path: &str, most: usize) -> Result<Vec<u8>, Quiet> {
    Line::open_by(at, transport).await?.ask("HTTP", questions::http_request(at, path).as_bytes(), most).await
}

/// The certificates with which a device proves who it is on a TLS port.
pub(crate) async fn tls(at: SocketAddr, clock: &dyn Clock) -> Vec<Evidence> {
    let shown = tls::certificates(at).await;
    let taken_at = clock.wall();
    match shown {
        Ok(chain) => certificates(&chain, at.ip(), taken_at),
        Err(quiet) => vec![silence(Kind::TlsSubject, &format!("port {}", at.port()), quiet, taken_at)],
    }
}

/// Certificates of a finished handshake as evidence.
pub(crate) fn certificates(chain: &[u8], host: IpAddr, taken_at: WallTime) -> Vec<Evidence> {
    let form = Form::Certificate { from: crate::received::CertificateFrom::Handshake };
    read(&form, chain, host, taken_at)
}

/// What an RTSP server says to OPTIONS and DESCRIBE before anybody logs in. The caller has made sure that nothing known so far
/// refuses the device.
pub(crate) async fn rtsp(stream: &str, host: IpAddr, clock: &dyn Clock) -> Vec<Evidence> {
    let at = questions::rtsp_address(stream, host);
    let mut items = Vec::new();
    let mut line = match Line::open(at).await {
        Ok(line) => line,
        Err(quiet) => return vec![silence(Kind::RtspAnswer, &format!("port {}", at.port()), quiet, clock.wall())],
    };
    for (number, method) in ["OPTIONS", "DESCRIBE"].into_iter().enumerate() {
        if number > 0 {
            line.next_turn().await;
        }
        let request = questions::rtsp_request(method, stream, number + 1);
        match line.ask("RTSP", request.as_bytes(), MAX_ANSWER).await {
            Ok(raw) => {
                let form = Form::Rtsp { request: format!("{method} {stream} RTSP/1.0") };
                items.extend(read(&form, &raw, host, clock.wall()));
            }
            Err(quiet) => {
                items.push(silence(Kind::RtspAnswer, method, quiet, clock.wall()));
                break;
            }
        }
    }
    items
}

/// The item that stands for a probe that was left out, and why.
pub(crate) fn left_out(kind: Kind, why: &str, taken_at: WallTime) -> Evidence {
    Evidence { value: Value::NotAvailable(why.into()), ..Evidence::answer(kind, "", "", taken_at) }
}

fn silence(kind: Kind, asked: &str, quiet: Quiet, taken_at: WallTime) -> Evidence {
    let mut item = left_out(kind, &quiet.to_string(), taken_at);
    item.source = candour_vetting::Source::Answer { to: asked.to_owned() };
    item
}

fn read(form: &Form, raw: &[u8], host: IpAddr, taken_at: WallTime) -> Vec<Evidence> {
    Received { form, raw, host: Some(host), asked_by_us: true, taken_at }.evidence()
}
