//! One RTSP connection. The RTSP client's types come in here and do not leave.
//!
//! What the client does, and what follows (retina 0.4.21, read and run; `docs/design/ingest.md` has the whole list): it
//! has no time-outs, so every step has one of ours. It answers any challenge, so it is built with `http-auth/`. It does
//! not follow redirections. It closes a session with servers of one old library over a fresh connection to whatever
//! address the camera named, so such a session is closed by hanging up. After an error a further poll may panic, so the
//! first error ends the connection.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use candour_media::{Codec, SampleEntry, is_sync};
use futures::StreamExt;
use retina::client::{
    Demuxed, Described, PlayOptions, Session, SessionGroup, SessionOptions, SetupOptions, TcpTransportOptions,
    TeardownPolicy, Transport, UnassignedChannelDataPolicy,
};
use retina::codec::{CodecItem, FrameFormat, ParametersRef, VideoFrame, VideoParameters};

use crate::Limits;
use crate::failure::{Failure, Step, harmless};
use crate::feed::{Frame, Parameters};
use crate::source::{Credentials, Target};

const DESCRIBE_WITHIN: Duration = Duration::from_secs(8);
const SETUP_WITHIN: Duration = Duration::from_secs(5);
const PLAY_WITHIN: Duration = Duration::from_secs(5);
/// A camera that is told goodbye may take this long to let go; then it is asked again anyway.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// A playing connection.
pub(crate) struct Playing {
    frames: Demuxed,
    track: usize,
    codec: Option<Codec>,
    timescale: u32,
    /// Whether parameters have been handed on.
    described: bool,
}

/// What comes next.
pub(crate) enum Item {
    Frame(Frame),
    /// The camera's clock, as NTP time.
    SenderReport(u64),
}

/// The sessions a stream has with its camera: at most one, but the camera may not have noticed that one is over.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<SessionGroup>);

impl Sessions {
    /// Waits a moment for the camera to let go of the session before, because many allow few.
    pub(crate) async fn let_go(&self) {
        // Whether it answered changes nothing: the connection is closed.
        let _ = tokio::time::timeout(GOODBYE_WITHIN, self.0.await_teardown()).await;
    }

    /// Asks for the video of one stream over this connection, until it plays.
    ///
    /// # Errors
    /// The camera does not answer, refuses, offers nothing that can be recorded, or more than `limits` allow.
    pub(crate) async fn open(
        &self,
        target: &Target,
        credentials: Option<&Credentials>,
        limits: Limits,
    ) -> Result<Playing, Failure> {
        let options = |teardown| {
            SessionOptions::default()
                .creds(credentials.map(|c| retina::client::Credentials {
                    username: c.username.clone(),
                    password: c.password.clone(),
                }))
                .user_agent(concat!("Candour/", env!("CARGO_PKG_VERSION")).to_owned())
                .session_group(Arc::clone(&self.0))
                .unassigned_channel_data(UnassignedChannelDataPolicy::Ignore)
                .teardown(teardown)
        };
        let mut session = describe(target, options(TeardownPolicy::Auto)).await?;
        if session.tool().is_some_and(retina::client::Tool::has_live555_tcp_bug) {
            // Not set up yet, so this one ends without a word to anybody.
            drop(session);
            session = describe(target, options(TeardownPolicy::Never)).await?;
        }
        play(session, limits).await
    }
}

async fn describe(target: &Target, options: SessionOptions) -> Result<Session<Described>, Failure> {
    within(DESCRIBE_WITHIN, Step::Describe, Session::describe(target.url.clone(), options)).await
}

async fn play(mut session: Session<Described>, limits: Limits) -> Result<Playing, Failure> {
    // Video alone: sound is not recorded unless a purpose asks for it, so the camera is not even asked to send it.
    let track = session.streams().iter().position(|track| track.media() == "video").ok_or(Failure::NoVideo)?;
    let codec = match session.streams()[track].encoding_name() {
        "h264" => Some(Codec::H264),
        "h265" => Some(Codec::H265),
        "jpeg" => Some(Codec::Mjpeg),
        _ => None,
    };
    // Said beforehand, it is refused beforehand: not a picture is asked for.
    if let Some(ParametersRef::Video(video)) = session.streams()[track].parameters() {
        limits.width(video.pixel_dimensions().0, video.coded_pixel_dimensions().0)?;
    }
    let timescale = session.streams()[track].clock_rate_hz();
    let options = SetupOptions::default()
        .transport(Transport::Tcp(TcpTransportOptions::default()))
        .frame_format(FrameFormat::MP4);
    within(SETUP_WITHIN, Step::Setup, session.setup(track, options)).await?;
    // No limit on timestamp jumps here: it would take every B-frame for one. The decode clock knows better.
    let playing = within(PLAY_WITHIN, Step::Play, session.play(PlayOptions::default())).await?;
    let frames = playing.demuxed().map_err(|error| failure(&error))?;
    Ok(Playing { frames, track, codec, timescale, described: false })
}

async fn within<T>(
    limit: Duration,
    step: Step,
    answer: impl Future<Output = Result<T, retina::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| failure(&error)),
        Err(_) => Err(Failure::NoAnswer { step, seconds: limit.as_secs() }),
    }
}

impl Playing {
    /// Waits for what the camera sends next. May be given up and called again; not after an error.
    pub(crate) async fn next(&mut self) -> Result<Item, Failure> {
        loop {
            match self.frames.next().await {
                None => return Err(Failure::Closed),
                Some(Err(error)) => return Err(failure(&error)),
                Some(Ok(CodecItem::VideoFrame(frame))) => return self.frame(frame).map(Item::Frame),
                Some(Ok(CodecItem::Rtcp(packet))) => {
                    let report = packet.pkts().find_map(|packet| packet.as_sender_report().ok().flatten());
                    if let Some(report) = report {
                        return Ok(Item::SenderReport(report.ntp_timestamp().0));
                    }
                }
                // Only video was set up.
                Some(Ok(_)) => {}
            }
        }
    }

    fn frame(&mut self, frame: VideoFrame) -> Result<Frame, Failure> {
        let parameters = if frame.has_new_parameters() || !self.described { self.parameters()? } else { None };
        let (pts, lost, key) = (frame.timestamp().elapsed(), frame.loss().into(), frame.is_random_access_point());
        let data = frame.into_data();
        // The client calls a unit without any slice a key frame; decoding cannot begin there.
        let sync = key && self.codec.is_none_or(|codec| is_sync(codec, &data).unwrap_or(false));
        Ok(Frame { pts, sync, lost, data, parameters })
    }

    /// The parameters in force, or `None` while the camera has not sent any.
    fn parameters(&mut self) -> Result<Option<Parameters>, Failure> {
        let Some(ParametersRef::Video(video)) = self.frames.streams()[self.track].parameters() else {
            return Ok(None);
        };
        let entry_box = video.mp4_sample_entry().build().map_err(|error| failure(&error))?;
        let entry = SampleEntry::parse(&entry_box, self.timescale).map_err(Failure::Entry)?;
        let (frame_ticks, coded_width) = (frame_ticks(video, self.timescale), video.coded_pixel_dimensions().0);
        self.described = true;
        Ok(Some(Parameters { entry, frame_ticks, coded_width }))
    }
}

/// The frame duration that the parameters name, rounded down.
fn frame_ticks(video: &VideoParameters, timescale: u32) -> Option<u32> {
    let (seconds, frames) = video.frame_rate()?;
    let ticks = u64::from(timescale).checked_mul(seconds.into())?.checked_div(frames.into())?;
    u32::try_from(ticks).ok().filter(|ticks| *ticks > 0)
}

/// The client's error is text and a status code. What is needed beside the code is whether the connection broke or what
/// came over it made no sense; of that the error shows the name of its kind, and tests hold that to real sockets.
fn failure(error: &retina::Error) -> Failure {
    let detail = harmless(&error.to_string());
    match (error.status_code(), kind(error).as_str()) {
        (Some(status), _) => Failure::Status { status, detail },
        (None, "RtspFramingError" | "RtspUnassignedChannelError" | "PacketError" | "RtpPacketError") => {
            Failure::Unreadable { detail }
        }
        (None, _) => Failure::Connection { detail },
    }
}

/// The first word of an error's debug text; the rest may be long and is not even written.
fn kind(error: &retina::Error) -> String {
    struct FirstWord(String);
    impl fmt::Write for FirstWord {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            self.0.push_str(word);
            if word.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
        }
    }
    let mut word = FirstWord(String::new());
    let _ = write!(word, "{error:?}"); // Stops with an error on purpose.
    word.0
}
