//! Whole preparations against a camera that is a value: what it is asked, what it does, and what is believed.

mod camera;

use camera::{Camera, Habit, point};
use candour_onvif::{
    CameraDemands, CapNotKept, CapReason, Caps, Change, DemandedMask, Fit, HttpAnswer, HttpRequest, Input, MaskNotKept,
    MaskReason, NotKept, OnvifError, Picture, Prepared, Preparedness, TransportFailure,
};

fn caps(across: u32, rate: u32) -> CameraDemands {
    let some = |cap: u32| (cap > 0).then_some(cap);
    CameraDemands {
        caps: Caps { pixels_across: some(across), frames_per_second: some(rate) },
        ..CameraDemands::default()
    }
}

fn hiding(names: &[&str]) -> CameraDemands {
    let mask = |(n, name): (usize, &&str)| {
        let left = n as u16 * 2000;
        let polygon = vec![point(left, 0), point(left + 1500, 0), point(left + 700, 3000)];
        DemandedMask { name: (*name).into(), polygon }
    };
    CameraDemands { masks: names.iter().enumerate().map(mask).collect(), ..CameraDemands::default() }
}

/// Sizes of main and sub-stream, or the sentence of the refusal.
#[track_caller]
fn check(camera: Camera, demands: CameraDemands, expected: &str) -> (Camera, Preparedness) {
    let mut camera = camera;
    let outcome = camera.prepare(demands).expect("a camera that answers");
    let size =
        |p: &candour_onvif::Profile| format!("{} {}x{}@{}", p.token, p.video.width, p.video.height, p.video.frame_rate);
    let said = match &outcome.kept {
        Ok(Prepared { main, sub, .. }) => {
            std::iter::once(size(main)).chain(sub.as_ref().map(size)).collect::<Vec<_>>().join(", ")
        }
        Err(not) => not.to_string(),
    };
    assert_eq!(said, expected);
    (camera, outcome)
}

const BOTH: &str = "main 1920x1080@25, sub 640x360@10";

#[test]
fn a_camera_that_fits_is_changed_in_nothing() {
    for demands in [CameraDemands::default(), caps(1920, 25)] {
        let (camera, outcome) = check(Camera::new(), demands, BOTH);
        assert!(outcome.changes.is_empty());
        assert_eq!(camera.asked_to_change(), [""; 0]);
    }
}

#[test]
fn the_largest_profile_under_the_caps_is_taken() {
    let (camera, outcome) = check(Camera::new(), caps(1280, 0), "sub 640x360@10");
    assert!(outcome.changes.is_empty());
    assert_eq!(camera.asked_to_change(), [""; 0]);
}

#[test]
fn where_no_profile_lies_under_the_camera_is_asked_for_less() {
    for one in [false, true] {
        let camera = || if one { Camera::first_service_only() } else { Camera::new() };
        let (camera_after, outcome) = check(camera(), caps(0, 8), "main 1920x1080@8, sub 640x360@8");
        assert_eq!(camera_after.asked_to_change(), ["SetVideoEncoderConfiguration", "SetVideoEncoderConfiguration"]);
        let Change::Encoder { configuration, from, to } = &outcome.changes[0] else { panic!("{:?}", outcome.changes) };
        assert_eq!((configuration.as_str(), from.frame_rate, to.frame_rate, to.width), ("enc main", 25, 8, 1920));
        check(camera(), caps(600, 0), "main 320x180@25");
    }
    // A camera whose small profile is as large as the other.
    let camera = Camera { sizes: [(1920, 1080, 25), (1920, 1080, 25)], ..Camera::new() };
    check(camera, caps(1280, 0), "main 1280x720@25");
}

#[test]
fn what_a_camera_cannot_do_is_told_with_what_it_offers() {
    check(
        Camera { smallest: 640, ..Camera::new() },
        caps(600, 8),
        "the policy allows at most 600 pixels across and 8 pictures a second; the camera cannot be set so small; it offers \
         1920x1080, 25 a second; 1280x720, 25 a second; 640x360, 25 a second; 640x360, 10 a second",
    );
    let (_, outcome) = check(
        Camera { habit: Habit::IgnoresEncoder, ..Camera::new() },
        caps(600, 0),
        "the policy allows at most 600 pixels across; the camera said yes to 320x180, 25 a second, and still says that it \
         sends 1920x1080, 25 a second; it offers 1920x1080, 25 a second; 1280x720, 25 a second; 640x360, 25 a second; \
         640x360, 10 a second; 320x180, 25 a second",
    );
    assert!(matches!(outcome.kept, Err(NotKept::Cap(CapNotKept { why: CapReason::SaidYes { .. }, .. }))));
    assert_eq!(outcome.changes.len(), 2, "what was asked for is told although it came to nothing");
    let (_, outcome) = check(
        Camera { habit: Habit::RefusesEncoder, ..Camera::new() },
        caps(600, 0),
        "the policy allows at most 600 pixels across; the camera refused to be set to 320x180, 25 a second (it said \"no\"); \
         it offers 1920x1080, 25 a second; 1280x720, 25 a second; 640x360, 25 a second; 640x360, 10 a second; \
         320x180, 25 a second",
    );
    assert!(outcome.changes.is_empty());
    check(
        Camera { habit: Habit::NoOptions, ..Camera::new() },
        caps(600, 0),
        "the policy allows at most 600 pixels across; the camera does not say what it could be set to (it said \"no\"); it \
         offers 1920x1080, 25 a second; 640x360, 10 a second",
    );
    check(
        Camera { elsewhere: true, ..Camera::new() },
        CameraDemands::default(),
        "the policy allows any picture; the camera has no stream that can be recorded; it offers 1920x1080, 25 a second; \
         640x360, 10 a second",
    );
}

#[test]
fn areas_are_hidden_once_and_found_the_next_time() {
    let (mut camera, outcome) = check(Camera::new(), hiding(&["window", "yard"]), BOTH);
    assert_eq!(camera.asked_to_change(), ["CreateMask", "CreateMask"]);
    let kept = outcome.kept.expect("kept").masks;
    let found: Vec<_> = kept.iter().map(|mask| (mask.name.as_str(), mask.fit)).collect();
    assert_eq!(found, [("window", Fit::Exact), ("yard", Fit::Exact)]);
    let again = camera.prepare(hiding(&["window", "yard"])).expect("answers");
    assert!(again.changes.is_empty() && again.kept.is_ok());
    assert_eq!(camera.asked_to_change().len(), 2);
    // A reboot that loses them is noticed, and mended.
    camera.masks.clear();
    let mended = camera.prepare(hiding(&["window", "yard"])).expect("answers");
    assert_eq!((mended.changes.len(), mended.kept.is_ok()), (2, true));
}

#[test]
fn a_camera_that_holds_rectangles_hides_more_and_that_is_told() {
    let (_, outcome) = check(Camera { rectangle_only: true, ..Camera::new() }, hiding(&["window"]), BOTH);
    assert_eq!(outcome.kept.expect("kept").masks[0].fit, Fit::Rectangle);
}

#[test]
fn masks_that_nobody_demands_are_left_alone() {
    let (camera, _) = check(Camera::with_foreign_mask(), hiding(&["window"]), BOTH);
    assert_eq!((camera.masks.len(), camera.asked_to_change()), (2, vec!["CreateMask"]));
    let full = Camera { most_masks: 1, ..Camera::with_foreign_mask() };
    let (camera, outcome) = check(full, hiding(&["window"]), BOTH);
    assert_eq!((camera.masks.len(), camera.asked_to_change()), (1, vec!["SetMask"]));
    assert_eq!(outcome.changes, [Change::MaskChanged { mask: "window".into(), token: "foreign".into() }]);
}

/// Why an area is not hidden; what was made in vain is gone again.
#[track_caller]
fn check_hidden(camera: Camera, why: MaskReason) {
    let mut camera = camera;
    let outcome = camera.prepare(hiding(&["window", "yard"])).expect("answers");
    let expected = MaskNotKept { mask: "window".into(), why };
    assert_eq!(outcome.kept, Err(NotKept::Mask(expected)));
    assert!(camera.masks.is_empty(), "{:?}", camera.masks);
}

#[test]
fn an_area_that_is_not_hidden_is_refused() {
    let of = |habit: Habit| Camera { habit, ..Camera::new() };
    check_hidden(Camera::first_service_only(), MaskReason::NoMedia2);
    check_hidden(Camera { most_masks: 0, ..Camera::new() }, MaskReason::NotOffered(String::new()));
    check_hidden(of(Habit::NoMaskOptions), MaskReason::NotOffered("no".into()));
    check_hidden(of(Habit::RefusesMasks), MaskReason::Refused("no".into()));
    check_hidden(of(Habit::IgnoresMasks), MaskReason::NotThere);
    check_hidden(of(Habit::KeepsAnother), MaskReason::OtherShape);
    check_hidden(of(Habit::KeepsSwitchedOff), MaskReason::SwitchedOff);
    check_hidden(of(Habit::KeepsBlurred), MaskReason::OtherKind("Blurred".into()));
    check_hidden(of(Habit::OnlyBlurs), MaskReason::OnlyReversible(vec!["Blurred".into()]));
    check_hidden(of(Habit::HidesMasks), MaskReason::Unreadable);
    check_hidden(of(Habit::HidesSource), MaskReason::NoSource);
    // The second of two that is refused takes the first away with it: the camera is not recorded anyway.
    let mut small = Camera { most_masks: 1, ..Camera::new() };
    let outcome = small.prepare(hiding(&["window", "yard"])).expect("answers");
    let expected = MaskNotKept { mask: "yard".into(), why: MaskReason::NoRoom { most: 1 } };
    assert_eq!(outcome.kept, Err(NotKept::Mask(expected)));
}

#[test]
fn log_in_and_failures_are_those_of_an_interrogation() {
    let mut digest = Camera { wants_digest: true, ..Camera::new() };
    let outcome = digest.prepare(hiding(&["window"])).expect("answers");
    assert!(outcome.kept.is_ok());
    let mut told = Camera::new();
    let end = |input: Input| Camera::new().prepare_with(CameraDemands::default(), |_, _| input.clone());
    assert_eq!(end(Input::Failed(TransportFailure::Unreachable)), Err(OnvifError::Unreachable));
    let page = HttpAnswer { status: 404, body: b"<html>no</html>".to_vec(), ..HttpAnswer::default() };
    assert_eq!(end(Input::Answer(page)), Err(OnvifError::NotOnvif { status: 404 }));
    let busy = HttpAnswer { status: 503, ..HttpAnswer::default() };
    assert_eq!(end(Input::Answer(busy)), Err(OnvifError::Busy { status: 503 }));
    let basic = HttpAnswer { status: 401, challenges: vec!["Basic realm=\"x\"".into()], ..HttpAnswer::default() };
    assert_eq!(end(Input::Answer(basic)), Err(OnvifError::BasicOnly));
    // No clock at all, and one that is far off: neither ends it.
    told.silent_clock = true;
    assert!(told.prepare(CameraDemands::default()).expect("answers").kept.is_ok());
}

#[test]
fn a_picture_is_not_asked_for_twice_where_both_profiles_share_an_encoder() {
    let camera = Camera { shared_encoder: true, sizes: [(1920, 1080, 25), (1920, 1080, 25)], ..Camera::new() };
    let (camera, _) = check(camera, caps(1280, 0), "main 1280x720@25");
    assert_eq!(camera.asked_to_change(), ["SetVideoEncoderConfiguration"]);
}

#[test]
fn pictures_in_words() {
    let picture = |width, frame_rate| Picture { width, height: 9, frame_rate }.to_string();
    assert_eq!(picture(16, 25), "16x9, 25 a second");
    assert_eq!(picture(0, 0), "a picture of unknown size and rate");
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn never_panic_and_always_end(
            bodies in prop::collection::vec(prop_oneof![any::<Vec<u8>>(), "(<[a-zRS]{1,9}>|</[a-zRS]{1,9}>|[a-z&;: ]{0,9}){0,20}".prop_map(String::into_bytes)], 1..6),
            status in prop::sample::select(vec![200u16, 400, 401, 404, 500]),
        ) {
            let mut turn = 0;
            let mut camera = Camera::new();
            let _ = camera.prepare_with(hiding(&["window"]), |_, _| {
                turn += 1;
                Input::Answer(HttpAnswer { status, body: bodies[turn % bodies.len()].clone(), ..HttpAnswer::default() })
            });
            prop_assert!(turn <= 161);
        }

        /// One byte of each answer is another: nothing is believed that the camera does not hold.
        #[test]
        fn mutated_answers_end_too(at in any::<prop::sample::Index>(), byte in any::<u8>(), which in 0usize..16) {
            let mut turn = 0;
            let mut camera = Camera::new();
            let mut demands = hiding(&["window", "yard"]);
            demands.caps = caps(1280, 8).caps;
            let mutate = |camera: &mut Camera, request: &HttpRequest| {
                turn += 1;
                match camera.answer(request) {
                    Input::Answer(mut answer) if turn == which && !answer.body.is_empty() => {
                        let at = at.index(answer.body.len());
                        answer.body[at] = byte;
                        Input::Answer(answer)
                    }
                    other => other,
                }
            };
            let _ = camera.prepare_with(demands, mutate);
        }
    }
}
