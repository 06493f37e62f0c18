//! Calls by UDP to one device, and what comes back from the very port that was called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use candour_units::{Clock, Entropy};
use candour_vetting::{Evidence, Kind, Source, Value};
use tokio::net::UdpSocket;

use super::calls::Call;
use crate::pace;
use crate::received::{Form, Received};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Datagrams looked at after one call. A device that sends more is not answering.
const MOST: usize = 8;
/// The longest datagram there is.
const MAX_DATAGRAM: usize = 65_535;

/// Calls a device by every discovery protocol we know.
pub(crate) async fn look(host: IpAddr, clock: &dyn Clock, entropy: &dyn Entropy) -> Vec<Evidence> {
    let [discovery, sadp, dhip] = Call::all([entropy.id(), entropy.id()]);
    let (one, two, three) =
        tokio::join!(call(host, &discovery, clock), call(host, &sadp, clock), call(host, &dhip, clock));
    [one, two, three].concat()
}

async fn call(host: IpAddr, call: &Call, clock: &dyn Clock) -> Vec<Evidence> {
    pace::turn(host).await;
    let name = call.name();
    tracing::debug!(%host, port = call.port(), name, "calling a device");
    let heard = listen(SocketAddr::new(host, call.port()), call).await.unwrap_or_default();
    let (form, taken_at) = (call.form(), clock.wall());
    if heard.is_empty() {
        let kind = if form == Form::Discovery { Kind::DiscoveryAnswer } else { Kind::UdpDiscovery };
        let why = format!("no answer to {name} on UDP port {}", call.port());
        let source = Source::Datagram { asked_by_us: true };
        return vec![Evidence { value: Value::NotAvailable(why), source, ..Evidence::answer(kind, "", "", taken_at) }];
    }
    let read = |(raw, ours): &(Vec<u8>, bool)| {
        Received { form: &form, raw, host: Some(host), asked_by_us: *ours, taken_at }.evidence()
    };
    heard.iter().flat_map(read).collect()
}

/// Every datagram that came from there until one answered, with whether it did. The socket is connected, so the system hands
/// over nothing from another address or port.
async fn listen(at: SocketAddr, call: &Call) -> std::io::Result<Vec<(Vec<u8>, bool)>> {
    let any: IpAddr = if at.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(at).await?;
    socket.send(&call.bytes()).await?;
    let until = tokio::time::Instant::now() + PATIENCE;
    let (mut heard, mut buffer) = (Vec::new(), vec![0; MAX_DATAGRAM]);
    while heard.len() < MOST {
        // Late, or nobody listens on that port: either way there is no more to hear.
        let Ok(Ok(length)) = tokio::time::timeout_at(until, socket.recv(&mut buffer)).await else { break };
        let raw = buffer[..length].to_vec();
        let ours = call.is_answered_by(&raw);
        heard.push((raw, ours));
        if ours {
            break;
        }
    }
    Ok(heard)
}
