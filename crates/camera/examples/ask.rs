//! Asks one device and prints the verdict and its streams, without a server and without receiving a picture.
//!
//! `cargo run -p candour-camera --example ask -- 10.20.0.7:80 USER [--lab]`; the password is read from standard input.

use std::net::SocketAddr;

use candour_camera::{Secret, Target, choose_streams, examine, offered_transport};
use candour_units::{CameraId, Clock as _, SeededEntropy, SimClock, WallTime};
use candour_vetting::{LabList, Lists, SiteClass, Subject, judge};

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "an example has no program around it that would build the real clock")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, user, rest @ ..] = arguments.as_slice() else {
        return Err("usage: ask ADDRESS:PORT USER [--lab]".into());
    };
    let address: SocketAddr = address.parse()?;
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let lab = rest.iter().any(|word| word == "--lab").then(LabList::shipped);
    let target = Target {
        host: address.ip(),
        port: address.port(),
        transport: offered_transport(address.ip(), address.port(), lab.is_some()).await,
        user: user.clone(),
        password: Secret::new(password.trim_end().to_owned()),
        lab: lab.is_some(),
    };
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let clock = SimClock::at(WallTime::from_unix_nanos_floor(since_1970.as_nanos() as i128));
    // Good enough for one question by hand; the program draws from the system.
    let entropy = SeededEntropy::new(since_1970.as_nanos() as u64);
    let dossier = examine(&target, &clock, &entropy, &|_| true).await?;
    let subject = Subject {
        camera: CameraId::from_bytes([0; 16]),
        host: target.host,
        evidence: &dossier.evidence,
        site_class: SiteClass::Standard,
        lab: lab.as_ref(),
        previous: None,
        now: clock.wall(),
    };
    let judgement = judge(&subject, &Lists::shipped());
    println!("{} at {}", judgement.outcome().word(), clock.wall());
    for reason in judgement.reasons() {
        println!("  {}", reason.words);
    }
    if let Some(offset) = dossier.clock_offset {
        println!("clock {:+} s", offset.seconds_floor());
    }
    if let Some(streams) = choose_streams(&dossier.profiles) {
        for stream in [Some(&streams.main), streams.sub.as_ref()].into_iter().flatten() {
            let uri = stream.stream_uri.as_deref().unwrap_or_default();
            println!("{} {}x{} {} fps {uri}", stream.encoding.word(), stream.width, stream.height, stream.frame_rate);
        }
    }
    Ok(())
}
