//! The RTSP server of one camera: two mounts, Digest, connections counted, and taken away on request.
//!
//! All servers run on the default GLib main context, whose loop the program keeps running in a thread of its own; each
//! has its own pool of client threads.

pub mod outlet;
mod report;
mod spread;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use gstreamer_rtsp::{RTSPAuthMethod, RTSPLowerTrans};
use gstreamer_rtsp_server as gst_rtsp_server;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::{RTSPContext, RTSPFilterResult, RTSPMedia, RTSPMediaFactory, RTSPServer};

use crate::config::CameraConfig;
use crate::counters::Counters;
use crate::journal::{Contact, Journal, now_us};
use crate::stream::Stream;

/// Role of the one user; any word does, it only has to be the same in token and factory.
const ROLE: &str = "viewer";

/// A pipeline: access units come in as they are in the file.
fn launch_line(payloader: &str) -> String {
    format!("( appsrc name=src is-live=true format=time block=false max-bytes=0 ! {payloader} name=pay0 )")
}

/// How often sessions whose client vanished without TEARDOWN are looked for.
const CLEAN_UP: Duration = Duration::from_secs(10);

/// Why a camera cannot serve RTSP.
#[derive(Debug, thiserror::Error)]
pub enum RtspError {
    /// The listening socket could not be had.
    #[error("camera \"{camera}\": cannot listen for RTSP on {address}:{port}; choose another rtsp_port, or 0")]
    Listen {
        /// Name of the camera.
        camera: String,
        /// Its address.
        address: IpAddr,
        /// The port asked for.
        port: u16,
        /// What GLib said.
        source: glib::BoolError,
    },
    /// One path has one pipeline, which has one payloader.
    #[error("camera \"{camera}\": two streams share the path {path} but not the coding; give one another path")]
    Codings {
        /// Name of the camera.
        camera: String,
        /// The path.
        path: String,
    },
    /// The server lacks one of its parts, which means the GStreamer installation is broken.
    #[error("camera \"{camera}\": the RTSP server has no {part}; check the installed GStreamer packages")]
    Incomplete {
        /// Name of the camera.
        camera: String,
        /// What is missing.
        part: &'static str,
    },
}

/// The RTSP server of one camera.
#[derive(Debug)]
pub struct CameraServer {
    server: RTSPServer,
    auth: gst_rtsp_server::RTSPAuth,
    /// Present while the socket is open.
    listening: Mutex<Option<glib::SourceId>>,
    port: u16,
}

impl CameraServer {
    /// Opens the socket and serves `streams`, each on its path, to the camera's user.
    ///
    /// # Errors
    /// [`RtspError`].
    pub fn start(
        camera: &CameraConfig,
        streams: [(&str, Arc<Stream>); 2],
        (counters, journal): (Arc<Counters>, Arc<Journal>),
    ) -> Result<Arc<Self>, RtspError> {
        let server = RTSPServer::new();
        server.set_address(&camera.address.to_string());
        server.set_service(&camera.rtsp_port.to_string());
        let auth = auth(camera);
        server.set_auth(Some(&auth));
        let incomplete = |part| RtspError::Incomplete { camera: camera.name.clone(), part };
        let points = server.mount_points().ok_or_else(|| incomplete("mount points"))?;
        for mount in mounts(streams) {
            let coding = mount.streams[0].1.clip().coding.clone();
            if mount.streams.iter().any(|(_, stream)| !stream.clip().coding.is_like(&coding)) {
                return Err(RtspError::Codings { camera: camera.name.clone(), path: mount.path });
            }
            points.add_factory(&mount.path, factory(mount.streams, camera));
        }
        let name = camera.name.clone();
        server.connect_client_connected(move |_, client| {
            Counters::count(&counters.rtsp_connections);
            let (closed, set_up) = (counters.clone(), counters.clone());
            client.connect_closed(move |_| Counters::count(&closed.rtsp_closed));
            client.connect_setup_request(move |_, _| Counters::count(&set_up.rtsp_setups));
            journal.write(|| Contact::RtspConnection { camera: name.clone(), at_us: now_us() });
        });
        let source = server.attach(None).map_err(|source| RtspError::Listen {
            camera: camera.name.clone(),
            address: camera.address,
            port: camera.rtsp_port,
            source,
        })?;
        let port = u16::try_from(server.bound_port()).map_err(|_| incomplete("port"))?;
        // A port chosen by the system is kept when the socket is opened again after an interruption.
        server.set_service(&port.to_string());
        clean_up_sessions(&server);
        Ok(Arc::new(Self { server, auth, listening: Mutex::new(Some(source)), port }))
    }

    /// Demands a log-in in another way, from the next request on.
    pub fn disguise(&self, realm: &str, basic_only: bool) {
        self.auth.set_realm(Some(realm));
        self.auth.set_supported_methods(if basic_only { RTSPAuthMethod::Basic } else { RTSPAuthMethod::Digest });
    }

    /// The user has another password from the next request on.
    pub fn set_password(&self, user: &str, password: &str) {
        let token = gst_rtsp_server::RTSPToken::builder().field("media.factory.role", ROLE).build();
        self.auth.add_digest(user, password, &token);
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Closes every connection, and the listening socket for `pause` if that is not zero.
    pub fn interrupt(self: &Arc<Self>, pause: Duration) {
        let this = self.clone();
        glib::MainContext::default().invoke(move || {
            if !pause.is_zero() {
                this.stop_listening();
                let later = this.clone();
                glib::timeout_add_once(pause, move || later.listen_again());
            }
            this.server.client_filter(Some(&mut |_, _| RTSPFilterResult::Remove));
        });
    }

    fn stop_listening(&self) {
        if let Some(source) = self.listening.lock().expect("nothing panics while it holds the source").take() {
            source.remove();
        }
    }

    fn listen_again(&self) {
        let mut listening = self.listening.lock().expect("nothing panics while it holds the source");
        if listening.is_none() {
            match self.server.attach(None) {
                Ok(source) => *listening = Some(source),
                // Another program took the port meanwhile; the camera stays dark, which is what a test will see.
                Err(error) => eprintln!("camera-sim: cannot listen again on RTSP port {}: {error}", self.port),
            }
        }
    }
}

/// A path and the streams on it, each with its whole URI. Two streams may share a path and differ in the query only, as
/// on cameras with `/cam/realmonitor?...&subtype=1`.
struct Mount {
    path: String,
    streams: Vec<(String, Arc<Stream>)>,
}

fn mounts(streams: [(&str, Arc<Stream>); 2]) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for (uri, stream) in streams {
        let path = uri.split_once('?').map_or(uri, |(path, _)| path);
        let entry = (uri.to_owned(), stream);
        match mounts.iter_mut().find(|mount| mount.path == path) {
            Some(mount) => mount.streams.push(entry),
            None => mounts.push(Mount { path: path.to_owned(), streams: vec![entry] }),
        }
    }
    mounts
}

fn auth(camera: &CameraConfig) -> gst_rtsp_server::RTSPAuth {
    let auth = gst_rtsp_server::RTSPAuth::new();
    let guise = &camera.guise;
    auth.set_supported_methods(if guise.basic_only { RTSPAuthMethod::Basic } else { RTSPAuthMethod::Digest });
    auth.set_realm(Some(guise.rtsp_realm.as_ref().or(guise.realm.as_ref()).unwrap_or(&camera.realm)));
    let token = gst_rtsp_server::RTSPToken::builder().field("media.factory.role", ROLE).build();
    auth.add_digest(&camera.user, camera.password.reveal(), &token);
    auth
}

fn factory(streams: Vec<(String, Arc<Stream>)>, camera: &CameraConfig) -> RTSPMediaFactory {
    let factory = RTSPMediaFactory::new();
    factory.set_launch(&launch_line(streams[0].1.clip().coding.payloader()));
    let (clock_error_s, spread) = (camera.clock_error_s, camera.packets_singly);
    factory.set_shared(true);
    factory.set_latency(0);
    factory.set_protocols(RTSPLowerTrans::TCP | RTSPLowerTrans::UDP);
    let role = gst::Structure::builder(ROLE).field("media.factory.access", true).field("media.factory.construct", true);
    factory.add_role_from_structure(&role.build());
    factory.connect_media_configure(move |_, media| {
        configure(media, &streams, clock_error_s, spread);
    });
    factory
}

/// Joins the pipeline that was made for the first client of a stream to that stream.
fn configure(media: &RTSPMedia, streams: &[(String, Arc<Stream>)], clock_error_s: f64, spread: bool) {
    // The pacer keeps the time; a sink that waited for the clock a second time would only cost.
    media.set_rate_control(false);
    let asked = RTSPContext::with_current_context(|context| context.uri().map(|uri| uri.request_uri().to_string()));
    let asked = asked.flatten().unwrap_or_default();
    let Some((_, stream)) = streams.iter().find(|(uri, _)| asked.contains(uri)).or(streams.first()) else { return };
    let bin = media.element().downcast::<gst::Bin>().expect("a launch line in brackets makes a bin");
    let src = bin.by_name("src").and_downcast::<AppSrc>().expect("the launch line names its appsrc");
    let pay = bin.by_name("pay0").expect("the launch line names its payloader");
    stream.open(src.clone(), &pay);
    if spread && let Some(pad) = pay.static_pad("src") {
        spread::over_frames(&pad, stream.clip().frame_rate());
    }
    media.connect_prepared(move |media| report::correct(media, clock_error_s));
    let stream = stream.clone();
    media.connect_unprepared(move |_| stream.close(&src));
}

fn clean_up_sessions(server: &RTSPServer) {
    let server = server.downgrade();
    glib::timeout_add(CLEAN_UP, move || {
        let Some(server) = server.upgrade() else { return glib::ControlFlow::Break };
        if let Some(pool) = server.session_pool() {
            pool.cleanup();
        }
        glib::ControlFlow::Continue
    });
}
