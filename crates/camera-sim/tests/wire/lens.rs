//! What a camera can be set to: encoders and masks, and the habits of cameras that are not honest.

use camera_sim::fault::Fault;
use camera_sim::onvif::answer::{MEDIA, MEDIA2};
use camera_sim::onvif::soap::Element;

use crate::onvif::{ask, ask_for_fault, text, texts};
use crate::rig::{Rig, ffprobe, with_credentials};

const SCHEMA: &str = "http://www.onvif.org/ver10/schema";

fn media2(rig: &Rig, name: &str, inner: &str) -> Element {
    ask(rig, "/onvif/media2_service", MEDIA2, name, inner)
}

/// Width and rate that the main profile claims.
fn claimed(rig: &Rig) -> (String, String) {
    let profiles = media2(rig, "GetProfiles", "<Type>All</Type>");
    let encoder = |path: &str| text(&profiles.children[0], &format!("Configurations/VideoEncoder/{path}"));
    (encoder("Resolution/Width"), encoder("RateControl/FrameRateLimit"))
}

fn set_encoder(token: &str, width: u32, rate: u32) -> String {
    format!(
        "<Configuration token=\"{token}\"><s:Resolution xmlns:s=\"{SCHEMA}\"><s:Width>{width}</s:Width><s:Height>1</s:Height>\
         </s:Resolution><s:RateControl xmlns:s=\"{SCHEMA}\"><s:FrameRateLimit>{rate}</s:FrameRateLimit></s:RateControl></Configuration>"
    )
}

/// The width that really arrives on the main stream.
fn received_width(rig: &Rig) -> String {
    let url = with_credentials(&rig.camera().main_url, "viewer:secret");
    let out = ffprobe(&url, &["-show_entries", "stream=width", "-of", "csv=p=0"]);
    out.unwrap_or_else(|error| panic!("{error}")).trim().to_owned()
}

#[test]
fn a_smaller_encoder_is_offered_set_told_and_sent() {
    for (path, namespace) in [("/onvif/media2_service", MEDIA2), ("/onvif/media_service", MEDIA)] {
        let rig = Rig::start("");
        let question = "<ConfigurationToken>encoder_main</ConfigurationToken>";
        let options = ask(&rig, path, namespace, "GetVideoEncoderConfigurationOptions", question);
        let offer = if namespace == MEDIA { &options.children[0].children[1] } else { &options.children[0] };
        let sizes: Vec<_> =
            offer.children.iter().filter(|c| c.name == "ResolutionsAvailable").map(|c| text(c, "Width")).collect();
        assert_eq!(sizes, ["1920", "640"]);
        assert_eq!(received_width(&rig), "1920");
        ask(&rig, path, namespace, "SetVideoEncoderConfiguration", &set_encoder("encoder_main", 1280, 25));
        assert_eq!(claimed(&rig), ("640".into(), "10".into()), "the largest clip that is neither wider nor faster");
        assert_eq!(received_width(&rig), "640");
        let none = set_encoder("encoder_main", 100, 25);
        ask_for_fault(&rig, path, namespace, "SetVideoEncoderConfiguration", &none, "ConfigModify");
        let other = set_encoder("encoder_third", 640, 25);
        ask_for_fault(&rig, path, namespace, "SetVideoEncoderConfiguration", &other, "NoConfig");
    }
}

#[test]
fn cameras_that_lie_about_their_pictures() {
    let rig = Rig::start("lens = { encoder = 'ignores' }");
    media2(&rig, "SetVideoEncoderConfiguration", &set_encoder("encoder_main", 640, 10));
    assert_eq!(claimed(&rig), ("1920".into(), "25".into()));
    let rig = Rig::start("lens = { encoder = 'refuses' }");
    let smaller = set_encoder("encoder_main", 640, 10);
    ask_for_fault(&rig, "/onvif/media2_service", MEDIA2, "SetVideoEncoderConfiguration", &smaller, "ConfigModify");
    let rig = Rig::start("lens = { claims = 'sub' }");
    assert_eq!(claimed(&rig), ("640".into(), "10".into()));
    assert_eq!(received_width(&rig), "1920");
    let rig = Rig::start("lens = { plays = ['main', 'main'], media2 = false }");
    let profiles = ask(&rig, "/onvif/media_service", MEDIA, "GetProfiles", "");
    let widths = texts(&profiles, "VideoEncoderConfiguration/Resolution/Width");
    assert_eq!(widths, ["1920", "1920"]);
    ask_for_fault(&rig, "/onvif/media2_service", MEDIA2, "GetProfiles", "", "ActionNotSupported");
}

fn mask(corners: &[(f32, f32)]) -> String {
    let points: String =
        corners.iter().map(|(x, y)| format!("<s:Point xmlns:s=\"{SCHEMA}\" x=\"{x}\" y=\"{y}\"/>")).collect();
    format!(
        "<ConfigurationToken>video_source_config</ConfigurationToken><Polygon>{points}</Polygon><Type>Color</Type><Enabled>true</Enabled>"
    )
}

#[test]
fn masks_are_kept_changed_removed_and_lost_at_a_reboot() {
    let rig = Rig::start("lens = { forgets_at_reboot = true, masks = { most = 2 } }");
    let source = "<ConfigurationToken>video_source_config</ConfigurationToken>";
    let options = media2(&rig, "GetMaskOptions", source);
    assert_eq!((text(&options, "Options/MaxMasks"), text(&options, "Options/MaxPoints")), ("2".into(), "8".into()));
    let triangle = mask(&[(-1.0, 1.0), (0.0, 1.0), (-0.5, 0.25)]);
    let made = text(&media2(&rig, "CreateMask", &format!("<Mask>{triangle}</Mask>")), "Token");
    media2(&rig, "CreateMask", &format!("<Mask>{triangle}</Mask>"));
    ask_for_fault(&rig, "/onvif/media2_service", MEDIA2, "CreateMask", &format!("<Mask>{triangle}</Mask>"), "MaxMasks");
    let square = mask(&[(0.0, 0.0), (0.5, 0.0), (0.5, -0.5), (0.0, -0.5)]);
    media2(&rig, "SetMask", &format!("<Mask token=\"{made}\">{square}</Mask>"));
    let one = media2(&rig, "GetMasks", &format!("<Token>{made}</Token>"));
    let corner = &one.children[0].children[1].children[2];
    assert_eq!((corner.attribute("x"), corner.attribute("y")), ("0.5", "-0.5"));
    media2(&rig, "DeleteMask", &format!("<Token>{made}</Token>"));
    assert_eq!(media2(&rig, "GetMasks", source).children.len(), 1);
    ask_for_fault(&rig, "/onvif/media2_service", MEDIA2, "DeleteMask", &format!("<Token>{made}</Token>"), "NoConfig");
    rig.simulator.strike("Camera", &Fault::Reboot { seconds: 0.0 }).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rig.simulator.state("Camera").expect("the simulator answers").masks, 0);
    assert!(media2(&rig, "GetMasks", source).children.is_empty());
}

#[test]
fn a_reboot_brings_back_the_first_picture_where_it_is_forgotten() {
    let rig = Rig::start("lens = { forgets_at_reboot = true }");
    media2(&rig, "SetVideoEncoderConfiguration", &set_encoder("encoder_main", 640, 10));
    assert_eq!(claimed(&rig).0, "640");
    rig.simulator.strike("Camera", &Fault::Reboot { seconds: 0.0 }).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(claimed(&rig).0, "1920");
}
