//! The media service (ver10) and the media2 service (ver20): two profiles and where their streams are.
//!
//! Both describe the clip that is being played now, so after a change of clip the profiles tell the truth again.

use std::sync::Arc;

use super::answer::{Fault, tag};
use super::device::Device;
use super::encoders;
use super::soap::Element;
use crate::fault::StreamName;
use crate::footage::Clip;

/// The token by which both services know a stream's profile.
#[must_use]
pub fn token(stream: StreamName) -> &'static str {
    match stream {
        StreamName::Main => "profile_main",
        StreamName::Sub => "profile_sub",
    }
}

/// The token of the one video source configuration, to which masks belong.
pub const SOURCE_CONFIG: &str = "video_source_config";

/// Both streams with what they show now.
pub type Streams = [(StreamName, Arc<Clip>); 2];

/// Answers an operation of the media service (ver10).
///
/// # Errors
/// The fault to send instead.
pub fn answer(operation: &Element, device: &Device, streams: &Streams) -> Result<String, Fault> {
    let content = match operation.name.as_str() {
        "GetServiceCapabilities" => capabilities("trt"),
        "GetProfiles" => {
            let known = streams.iter().filter(|(_, clip)| clip.coding.is_known_to_ver10());
            known.map(|(name, clip)| profile("trt:Profiles", *name, clip)).collect()
        }
        "GetProfile" => {
            let (name, clip) = find(operation.text_of("ProfileToken"), streams)?;
            profile("trt:Profile", *name, clip)
        }
        "GetVideoSources" => format!(
            "<trt:VideoSources token=\"video_source\">{}{}</trt:VideoSources>",
            tag("tt:Framerate", streams[0].1.frame_rate()),
            resolution(&streams[0].1)
        ),
        "GetStreamUri" => {
            let (name, _) = find(operation.text_of("ProfileToken"), streams)?;
            format!(
                "<trt:MediaUri>{}<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>\
                 <tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>",
                tag("tt:Uri", device.named_stream_url(*name))
            )
        }
        _ => return Err(Fault::NOT_SUPPORTED),
    };
    Ok(format!("<trt:{0}Response>{content}</trt:{0}Response>", operation.name))
}

/// Answers an operation of the media2 service (ver20).
///
/// # Errors
/// The fault to send instead.
pub fn answer2(operation: &Element, device: &Device, streams: &Streams) -> Result<String, Fault> {
    let content = match operation.name.as_str() {
        "GetServiceCapabilities" => capabilities("tr2"),
        "GetProfiles" => profiles2(operation, streams)?,
        "GetStreamUri" => {
            let (name, _) = find(operation.text_of("ProfileToken"), streams)?;
            tag("tr2:Uri", device.named_stream_url(*name))
        }
        _ => return Err(Fault::NOT_SUPPORTED),
    };
    Ok(format!("<tr2:{0}Response>{content}</tr2:{0}Response>", operation.name))
}

/// The `Capabilities` element of either service.
#[must_use]
pub fn capabilities(prefix: &str) -> String {
    let rtp = "RTPMulticast=\"false\" RTP_TCP=\"true\" RTP_RTSP_TCP=\"true\"";
    let profiles = if prefix == "trt" {
        "MaximumNumberOfProfiles=\"2\""
    } else {
        "MaximumNumberOfProfiles=\"2\" ConfigurationsSupported=\"VideoSource VideoEncoder\""
    };
    let streaming =
        if prefix == "trt" { rtp } else { "RTSPStreaming=\"true\" RTPMulticast=\"false\" RTP_RTSP_TCP=\"true\"" };
    let masks = if prefix == "tr2" { " Mask=\"true\"" } else { "" };
    format!(
        "<{prefix}:Capabilities SnapshotUri=\"false\" Rotation=\"false\"{masks}><{prefix}:ProfileCapabilities {profiles}/>\
         <{prefix}:StreamingCapabilities {streaming}/></{prefix}:Capabilities>"
    )
}

fn find<'a>(asked: &str, streams: &'a Streams) -> Result<&'a (StreamName, Arc<Clip>), Fault> {
    streams.iter().find(|(name, _)| token(*name) == asked).ok_or(Fault::NO_PROFILE)
}

fn resolution(clip: &Clip) -> String {
    let (width, height) = clip.size;
    format!("<tt:Resolution>{}{}</tt:Resolution>", tag("tt:Width", width), tag("tt:Height", height))
}

fn bounds(clip: &Clip) -> String {
    format!("<tt:Bounds x=\"0\" y=\"0\" width=\"{}\" height=\"{}\"/>", clip.size.0, clip.size.1)
}

fn multicast() -> &'static str {
    "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>\
     <tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
}

fn profile(element: &str, name: StreamName, clip: &Clip) -> String {
    let rate = tag("tt:FrameRateLimit", clip.frame_rate())
        + &tag("tt:EncodingInterval", 1)
        + &tag("tt:BitrateLimit", clip.kilobits_per_second());
    // The service has an element for H.264 and none for Motion JPEG; H.265 it does not know.
    let codec = match clip.coding.profile() {
        Some(profile) => {
            let inner = tag("tt:GovLength", clip.gop_length()) + &tag("tt:H264Profile", profile);
            format!("<tt:H264>{inner}</tt:H264>")
        }
        None => String::new(),
    };
    format!(
        "<{element} token=\"{token}\" fixed=\"true\">{label}<tt:VideoSourceConfiguration token=\"{SOURCE_CONFIG}\">\
         <tt:Name>{SOURCE_CONFIG}</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>video_source</tt:SourceToken>{bounds}\
         </tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token=\"{encoder}\"><tt:Name>{encoder}</tt:Name>\
         <tt:UseCount>1</tt:UseCount><tt:Encoding>{coding}</tt:Encoding>{resolution}<tt:Quality>5</tt:Quality>\
         <tt:RateControl>{rate}</tt:RateControl>{codec}{multicast}<tt:SessionTimeout>PT60S</tt:SessionTimeout>\
         </tt:VideoEncoderConfiguration></{element}>",
        coding = clip.coding.onvif_name(),
        token = token(name),
        label = tag("tt:Name", name.as_str()),
        encoder = encoders::token(name),
        bounds = bounds(clip),
        resolution = resolution(clip),
        multicast = multicast(),
    )
}

/// ver20: nothing but names unless configurations are asked for by `Type`; one profile if a token is given.
fn profiles2(operation: &Element, streams: &Streams) -> Result<String, Fault> {
    let asked = operation.text_of("Token");
    let wanted = |kind: &str| {
        operation.children.iter().any(|child| child.name == "Type" && (child.text == kind || child.text == "All"))
    };
    let chosen = if asked.is_empty() { &streams[..] } else { std::slice::from_ref(find(asked, streams)?) };
    let profile = |(name, clip): &(StreamName, Arc<Clip>)| {
        let source = if wanted("VideoSource") { source2(clip) } else { String::new() };
        let encoder = if wanted("VideoEncoder") { encoder2(*name, clip) } else { String::new() };
        let inner =
            tag("tr2:Name", name.as_str()) + &format!("<tr2:Configurations>{source}{encoder}</tr2:Configurations>");
        format!("<tr2:Profiles token=\"{}\" fixed=\"true\">{inner}</tr2:Profiles>", token(*name))
    };
    Ok(chosen.iter().map(profile).collect())
}

fn source2(clip: &Clip) -> String {
    format!(
        "<tr2:VideoSource token=\"{SOURCE_CONFIG}\"><tt:Name>{SOURCE_CONFIG}</tt:Name><tt:UseCount>2</tt:UseCount>\
         <tt:SourceToken>video_source</tt:SourceToken>{}</tr2:VideoSource>",
        bounds(clip)
    )
}

fn encoder2(name: StreamName, clip: &Clip) -> String {
    let rate = tag("tt:FrameRateLimit", clip.frame_rate()) + &tag("tt:BitrateLimit", clip.kilobits_per_second());
    format!(
        "<tr2:VideoEncoder token=\"{encoder}\" GovLength=\"{gop}\"{profile}><tt:Name>{encoder}</tt:Name>\
         <tt:UseCount>1</tt:UseCount><tt:Encoding>{coding}</tt:Encoding>{resolution}<tt:RateControl ConstantBitRate=\"false\">{rate}\
         </tt:RateControl>{multicast}<tt:Quality>5</tt:Quality></tr2:VideoEncoder>",
        encoder = encoders::token(name),
        gop = clip.gop_length(),
        profile = clip.coding.profile().map_or(String::new(), |profile| format!(" Profile=\"{profile}\"")),
        coding = clip.coding.onvif_name(),
        resolution = resolution(clip),
        multicast = multicast(),
    )
}
