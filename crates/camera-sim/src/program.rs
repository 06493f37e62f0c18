//! From the command line to running cameras.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use crate::config::{CameraConfig, Config};
use crate::counters::Counters;
use crate::fault::StreamName;
use crate::footage::{Clip, Footage, TICKS_PER_SECOND};
use crate::journal::Journal;
use crate::onboarding::Onboarding;
use crate::onvif;
use crate::onvif::device::Device;
use crate::pacer::{self, StreamClock};
use crate::playhead::Playhead;
use crate::ready::{AllReady, CameraReady};
use crate::rtsp::CameraServer;
use crate::stream::Stream;

/// The command line.
#[derive(Debug, Parser)]
#[command(version, about = "Serves simulated ONVIF/RTSP cameras on loopback addresses")]
pub struct Options {
    /// The TOML file with the cameras.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Write a JSON line for every access unit that is sent.
    #[arg(long, value_name = "FILE")]
    pub log_access_units: Option<PathBuf>,
    /// Write a JSON line for every RTSP connection and every ONVIF request.
    #[arg(long, value_name = "FILE")]
    pub listen_log: Option<PathBuf>,
    /// Write a file that makes a recorder add these cameras when it starts; it holds their passwords.
    #[arg(long, value_name = "FILE")]
    pub onboarding: Option<PathBuf>,
    /// Every camera answers WS-Discovery on UDP port 3702 of its address, as real ones do, unless somebody else has that port.
    #[arg(long)]
    pub discovery: bool,
    /// End when standard input is closed, so that the cameras go when the program that started them does.
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// What all cameras share.
struct House {
    footage: Arc<Vec<Footage>>,
    clock: StreamClock,
    access_units: Arc<Journal>,
    contacts: Arc<Journal>,
    discovery: bool,
}

/// Serves until the process is ended.
///
/// # Errors
/// Whatever keeps one of the cameras from being served: the file, the footage, an address or a port.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let config = Config::read(&options.config)?;
    gstreamer::init().context("cannot start GStreamer; is gstreamer1.0-plugins-good installed?")?;
    let house = House {
        footage: Arc::new(load(&config)?),
        clock: StreamClock::start(),
        access_units: Arc::new(journal(options.log_access_units.as_deref())?),
        contacts: Arc::new(journal(options.listen_log.as_deref())?),
        discovery: options.discovery,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut streams, mut onboarding) = (Vec::new(), Onboarding::default());
    for (index, camera) in config.camera.into_iter().enumerate() {
        let device = runtime.block_on(start(&house, camera, index))?;
        onboarding.add(&device.device.camera, device.device.onvif);
        streams.extend([device.main.clone(), device.sub.clone()]);
        runtime.spawn(onvif::serve(device));
    }
    if let Some(path) = &options.onboarding {
        onboarding.write(path).with_context(|| format!("cannot write the onboarding file {}", path.display()))?;
    }
    pacer::spawn(streams, house.clock)?;
    std::thread::Builder::new().name("rtsp".to_owned()).spawn(|| glib::MainLoop::new(None, false).run())?;
    print_line(&AllReady { ready: true })?;
    if options.until_stdin_closes {
        std::thread::Builder::new().name("stdin".to_owned()).spawn(end_with_stdin)?;
    }
    runtime.block_on(std::future::pending())
}

fn load(config: &Config) -> anyhow::Result<Vec<Footage>> {
    let pair = |footage: &crate::config::FootageConfig| {
        Ok(Footage {
            name: footage.name.clone(),
            main: Arc::new(Clip::read(&footage.main)?),
            sub: Arc::new(Clip::read(&footage.sub)?),
        })
    };
    config.footage.iter().map(pair).collect()
}

fn journal(path: Option<&Path>) -> anyhow::Result<Journal> {
    Journal::create(path)
        .with_context(|| format!("cannot create the journal {}", path.unwrap_or(Path::new("")).display()))
}

/// Opens both sockets of a camera and announces it; nothing is sent before the pacer runs.
async fn start(house: &House, mut camera: CameraConfig, index: usize) -> anyhow::Result<Arc<onvif::Serving>> {
    let footage = house.footage.iter().find(|footage| footage.name == camera.footage);
    let footage = footage.expect("the configuration was checked: every camera's footage exists");
    let counters = Arc::new(Counters::default());
    let offset = (camera.start_offset_s * TICKS_PER_SECOND as f64) as i64;
    // Real cameras do not take their pictures at the same instant; spread them evenly over the time of one.
    let phase = house.clock.now() + (index as i64 * 2225) % 3600;
    let stream = |name: StreamName, clip: &Arc<Clip>| {
        let playhead = Playhead::new(clip.clone(), offset, phase);
        let logs = (counters.clone(), house.access_units.clone());
        Arc::new(Stream::new((camera.name.clone(), name), playhead, camera.rtp_timestamp_start, logs))
    };
    let (main, sub) = (
        stream(StreamName::Main, footage.clip(camera.lens.plays[0])),
        stream(StreamName::Sub, footage.clip(camera.lens.plays[1])),
    );
    let mounts = [(camera.main_path.as_str(), main.clone()), (camera.sub_path.as_str(), sub.clone())];
    let rtsp = CameraServer::start(&camera, mounts, (counters.clone(), house.contacts.clone()))?;

    let address = SocketAddr::new(camera.address, camera.onvif_port);
    let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
        format!("camera \"{}\": cannot listen for ONVIF on {address}; choose another onvif_port, or 0", camera.name)
    })?;
    let onvif = listener.local_addr()?;
    let rtsp_address = SocketAddr::new(camera.address, rtsp.port());
    if house.discovery {
        crate::outside::announce(&mut camera, onvif);
    }
    crate::outside::serve_datagrams(&camera, &counters).await?;
    let device = Device::new(onvif, rtsp_address, camera);
    print_line(&CameraReady {
        name: device.camera.name.clone(),
        address: device.camera.address,
        onvif_port: onvif.port(),
        rtsp_port: rtsp.port(),
        onvif_url: device.http_url(crate::config::DEVICE_PATH),
        main_url: device.stream_url(StreamName::Main),
        sub_url: device.stream_url(StreamName::Sub),
    })?;
    Ok(Arc::new(onvif::Serving::new(
        device,
        listener,
        onvif::Parts {
            main,
            sub,
            rtsp,
            counters,
            contacts: house.contacts.clone(),
            footage: house.footage.clone(),
            clock: house.clock,
        },
    )))
}

fn print_line(line: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

fn end_with_stdin() {
    let mut rest = Vec::new();
    // An error means as much as the end: nobody is there any more.
    let _ = std::io::stdin().read_to_end(&mut rest);
    std::process::exit(0);
}
