use super::*;
use proptest::prelude::*;

fn element(document: &str) -> Element {
    Element::parse(document.as_bytes()).expect("well formed")
}

/// `name x,y x,y ...` in hundredths of the picture from the left and from the top.
fn demand(line: &str) -> DemandedMask {
    let (name, points) = line.split_once(' ').expect("a name and points");
    let point = |text: &str| {
        let (across, down) = text.split_once(',').expect("two numbers");
        let number = |text: &str| text.parse::<u16>().expect("a number") * 100;
        PicturePoint::new(number(across), number(down)).expect("inside the picture")
    };
    DemandedMask { name: name.into(), polygon: points.split(' ').map(point).collect() }
}

/// `token x,y x,y ...` in hundredths of the picture; `-` before the token: switched off, `~`: blurred.
fn mask(line: &str) -> Mask {
    let demand = demand(line);
    let corners = demand.polygon.iter().copied().map(Corner::from).collect();
    let kind = if line.starts_with('~') { "Blurred" } else { SOLID };
    Mask { token: demand.name, corners, kind: kind.into(), enabled: !line.starts_with('-') }
}

fn options(text: &str) -> MaskOptions {
    MaskOptions::read(&element(text)).expect("options")
}

const FREE: &str = "<R><Options RectangleOnly='false'><MaxMasks>4</MaxMasks><MaxPoints>8</MaxPoints><Types>Blurred</Types>\
    <Types>Color</Types><Color><ColorList X='0' Y='0.5' Z='0' Colorspace='http://a/&quot;RGB'/></Color></Options></R>";
const RECTANGLES: &str =
    "<R><Options RectangleOnly='true'><MaxMasks>2</MaxMasks><MaxPoints>4</MaxPoints><Types>Color</Types></Options></R>";

/// One word per step: `+name` made, `token>name` changed; or why not.
#[track_caller]
fn check_plan(demands: &[&str], options_text: &str, there: &[&str], expected: &str) {
    let demands: Vec<_> = demands.iter().map(|line| demand(line)).collect();
    let there: Vec<_> = there.iter().map(|line| mask(line)).collect();
    let word = |step: &MaskStep| match step {
        MaskStep::Create(new) => format!("+{}", demands[new.demand].name),
        MaskStep::Change(token, new) => format!("{token}>{}", demands[new.demand].name),
    };
    let found = match plan_masks(&demands, &options(options_text), &there, "vs") {
        Ok(steps) => steps.iter().map(word).collect::<Vec<_>>().join(" "),
        Err(not) => not.to_string(),
    };
    assert_eq!(found, expected);
}

const WINDOW: &str = "window 10,10 40,10 40,30 10,30";
const ROOF: &str = "roof 50,0 99,0 75,40";

#[test]
fn plans() {
    check_plan(&[WINDOW, ROOF], FREE, &[], "+window +roof");
    check_plan(&[], FREE, &["a 0,0 9,0 9,9 0,9"], "");
    // There already, in another order and a little off.
    check_plan(&[WINDOW], FREE, &["a 40,31 10,31 10,10 40,10"], "");
    // More hidden is kept, less is not.
    check_plan(&[WINDOW, ROOF], FREE, &["a 0,0 100,0 100,100 0,100"], "");
    check_plan(&[WINDOW], FREE, &["a 12,10 40,10 40,30 12,30"], "+window");
    // Right shape, switched off or blurred: switched on and made solid.
    check_plan(&[WINDOW], FREE, &["-a 10,10 40,10 40,30 10,30"], "-a>window");
    check_plan(&[WINDOW], FREE, &["~a 10,10 40,10 40,30 10,30"], "~a>window");
    // No room: what is switched off gives way, then what overlaps most, never what keeps another demand.
    let full = ["roof 50,0 99,0 75,40", "b 60,60 70,60 70,70", "c 15,12 38,12 38,28", "d 90,90 99,90 99,99"];
    check_plan(&[WINDOW, ROOF], FREE, &full, "c>window");
    check_plan(&[WINDOW], FREE, &[full[0], full[1], full[2], "-d 90,90 99,90 99,99"], "-d>window");
    check_plan(
        &[WINDOW, ROOF, "third 0,90 5,90 5,99"],
        RECTANGLES,
        &[],
        "the area \"third\" is not hidden: the camera holds 2 masks at most",
    );
    check_plan(
        &["line 0,0 9,9"],
        FREE,
        &[],
        "the area \"line\" is not hidden: the policy gives it fewer than three corners",
    );
    let none = FREE.replace("<MaxMasks>4", "<MaxMasks>0");
    check_plan(&[WINDOW], &none, &[], "the area \"window\" is not hidden: the camera offers no masks");
    let blurs = FREE.replace("<Types>Color</Types>", "");
    check_plan(
        &[WINDOW],
        &blurs,
        &[],
        "the area \"window\" is not hidden: the camera offers no solid mask, only Blurred, which can be undone in part",
    );
    let three = FREE.replace("<MaxPoints>8", "<MaxPoints>3");
    check_plan(&[ROOF], &three, &[], "+roof");
    check_plan(
        &[WINDOW],
        &three,
        &[],
        "the area \"window\" is not hidden: the camera takes masks of 3 corners at most",
    );
}

#[test]
fn what_is_sent() {
    let made = |options_text: &str, line: &str| {
        let steps = plan_masks(&[demand(line)], &options(options_text), &[], "v<s").expect("a plan");
        let [MaskStep::Create(new)] = &steps[..] else { panic!("one new mask: {steps:?}") };
        new.to_xml(None)
    };
    assert_eq!(
        made(FREE, ROOF),
        "<o:Mask><o:ConfigurationToken>v&lt;s</o:ConfigurationToken><o:Polygon><t:Point x=\"0.0000\" y=\"1.0000\"/>\
         <t:Point x=\"0.9800\" y=\"1.0000\"/><t:Point x=\"0.5000\" y=\"0.2000\"/></o:Polygon><o:Type>Color</o:Type>\
         <o:Color X=\"0\" Y=\"0.5\" Z=\"0\" Colorspace=\"http://a/&quot;RGB\"/><o:Enabled>true</o:Enabled></o:Mask>"
    );
    // A camera that holds rectangles only gets the one around the shape.
    let rectangle = made(RECTANGLES, ROOF);
    let corners = [
        "x=\"0.0000\" y=\"1.0000\"",
        "x=\"0.9800\" y=\"1.0000\"",
        "x=\"0.9800\" y=\"0.2000\"",
        "x=\"0.0000\" y=\"0.2000\"",
    ];
    assert!(corners.iter().all(|corner| rectangle.contains(corner)), "{rectangle}");
}

/// What is thinner than a camera's grid is asked for wide enough to be found again.
#[test]
fn thin_areas_are_hidden_by_rectangles_that_can_be_seen() {
    for line in
        ["pole 50,0 50,100 51,50", "sill 0,100 100,100 50,99", "corner 100,0 99,0 100,1", "line 10,10 20,20 30,30"]
    {
        let demands = [demand(line)];
        let steps = plan_masks(&demands, &options(RECTANGLES), &[], "vs").expect("a plan");
        let (mut after, asked) = obey(&[], &steps);
        assert!(kept_masks(&demands, &after, &asked).is_ok(), "{line}: {after:?}");
        // Rounded inwards by as much as is allowed.
        let around = Frame::around(&after[0].corners).expect("corners");
        for corner in &mut after[0].corners {
            corner.x += if corner.x == around.left { TOLERANCE } else { -TOLERANCE };
            corner.y += if corner.y == around.bottom { TOLERANCE } else { -TOLERANCE };
        }
        assert!(Frame::inside(&after[0].corners).is_some(), "{line}: {after:?}");
        assert!(around.left >= -EDGE && around.right <= EDGE && around.bottom >= -EDGE && around.top <= EDGE);
    }
}

/// How a mask that is there fits, or why the demand is not kept.
#[track_caller]
fn check_kept(line: &str, there: &[&str], expected: Result<Fit, MaskReason>) {
    let there: Vec<_> = there.iter().map(|line| mask(line)).collect();
    let found = kept_masks(&[demand(line)], &there, &[(0, there.first().map_or("none", |m| &m.token).to_owned())]);
    assert_eq!(found.map(|kept| kept[0].fit).map_err(|not| not.why), expected, "{line}");
}

#[test]
fn what_is_believed() {
    check_kept(WINDOW, &["a 10,10 40,10 40,30 10,30"], Ok(Fit::Exact));
    check_kept(WINDOW, &["a 10,30 40,30 40,10 10,10"], Ok(Fit::Exact));
    check_kept(ROOF, &["a 50,0 99,0 99,40 50,40"], Ok(Fit::Rectangle));
    check_kept(ROOF, &["a 52,0 99,0 99,40 52,40"], Err(MaskReason::OtherShape));
    check_kept(ROOF, &["a 75,40 50,0 99,1"], Ok(Fit::Exact));
    // Corners in an order that crosses hide two triangles, not the rectangle.
    check_kept(WINDOW, &["a 10,10 40,30 40,10 10,30"], Err(MaskReason::OtherShape));
    check_kept(WINDOW, &["-a 10,10 40,10 40,30 10,30"], Err(MaskReason::SwitchedOff));
    check_kept(WINDOW, &["~a 10,10 40,10 40,30 10,30"], Err(MaskReason::OtherKind("Blurred".into())));
    check_kept(WINDOW, &[], Err(MaskReason::NotThere));
    // The same numbers taken for another system of coordinates.
    check_kept(WINDOW, &["a 10,70 40,70 40,90 10,90"], Err(MaskReason::OtherShape));
}

#[test]
fn what_cannot_be_read_whole_hides_nothing() {
    let corners = |inside: &str| {
        let xml = format!("<R><Masks token='m'><ConfigurationToken>vs</ConfigurationToken>{inside}</Masks></R>");
        masks(&element(&xml), "vs")[0].corners.len()
    };
    let points = |text: &str| format!("<Polygon>{text}</Polygon><Enabled>1</Enabled>");
    let good = "<Point x='-1' y='1'/><Point x='1e-1' y='1'/><Point x='0' y='.5'/>";
    assert_eq!(corners(&points(good)), 3);
    for bad in [
        "<Point x='NaN' y='1'/>",
        "<Point x='inf' y='1'/>",
        "<Point x='1e300' y='1'/>",
        "<Point x='one' y='1'/>",
        "<Point x='1'/>",
        &"<Point x='0' y='0'/>".repeat(65),
    ] {
        assert_eq!(corners(&points(&format!("{good}{bad}"))), 0, "{bad}");
    }
    assert_eq!(corners(""), 0);
    // Another picture's masks are no concern of ours.
    let other = "<R><Masks token='m'><ConfigurationToken>other</ConfigurationToken></Masks></R>";
    assert_eq!(masks(&element(other), "vs"), []);
}

#[test]
fn options_as_cameras_write_them() {
    assert!(options("<R><Options><RectangleOnly>1</RectangleOnly></Options></R>").rectangle_only);
    let bare = options("<R><Options/></R>");
    assert_eq!((bare.most_masks, bare.most_corners, bare.rectangle_only), (None, None, false));
    let hostile =
        options("<R><Options><MaxMasks>99999999999999999999</MaxMasks><MaxPoints>-4</MaxPoints></Options></R>");
    assert_eq!((hostile.most_masks, hostile.most_corners), (None, None));
    assert_eq!(MaskOptions::read(&element("<R/>")), None);
}

/// A camera that does as it is told, within its limits.
fn obey(there: &[Mask], steps: &[MaskStep]) -> (Vec<Mask>, Vec<(usize, String)>) {
    let (mut there, mut asked) = (there.to_vec(), Vec::new());
    for (n, step) in steps.iter().enumerate() {
        let (token, new) = match step {
            MaskStep::Create(new) => (format!("new {n}"), new),
            MaskStep::Change(token, new) => (token.clone(), new),
        };
        there.retain(|mask| mask.token != token);
        asked.push((new.demand, token.clone()));
        there.push(Mask { token, corners: new.corners.clone(), kind: SOLID.into(), enabled: true });
    }
    (there, asked)
}

fn any_polygon() -> impl Strategy<Value = Vec<PicturePoint>> {
    let point = (0..=PicturePoint::MOST, 0..=PicturePoint::MOST);
    prop::collection::vec(point.prop_map(|(x, y)| PicturePoint::new(x, y).expect("inside")), 3..8)
}

proptest! {
    #[test]
    fn an_obedient_camera_keeps_every_plan(
        polygons in prop::collection::vec(any_polygon(), 0..5),
        old in prop::collection::vec((any_polygon(), any::<bool>(), any::<bool>()), 0..5),
        most in 1usize..8, most_corners in 3usize..9, rectangle_only: bool,
    ) {
        let named = |(n, polygon): (usize, Vec<PicturePoint>)| DemandedMask { name: format!("area {n}"), polygon };
        let demands: Vec<_> = polygons.into_iter().enumerate().map(named).collect();
        let there: Vec<_> = old.into_iter().take(most).enumerate().map(|(n, (polygon, enabled, solid))| Mask {
            token: format!("old {n}"),
            corners: polygon.into_iter().map(Corner::from).collect(),
            kind: if solid { SOLID.into() } else { "Pixelated".into() },
            enabled,
        }).collect();
        let options = MaskOptions {
            most_masks: Some(most), most_corners: Some(most_corners), kinds: vec![], rectangle_only, colour: None,
        };
        match plan_masks(&demands, &options, &there, "vs") {
            Ok(steps) => {
                let (after, asked) = obey(&there, &steps);
                prop_assert!(after.len() <= most);
                let kept = kept_masks(&demands, &after, &asked);
                prop_assert!(kept.is_ok(), "{:?}", kept);
                // Done twice it is done.
                prop_assert_eq!(plan_masks(&demands, &options, &after, "vs"), Ok(vec![]));
            }
            Err(not) => {
                let no_room = matches!(not.why, MaskReason::NoRoom { .. }) && demands.len() > most;
                let corners = matches!(not.why, MaskReason::TooManyCorners { .. }) && most_corners < 4;
                prop_assert!(no_room || corners, "{}", not);
            }
        }
    }

    /// What is believed hides each corner of what was demanded, give or take the tolerance.
    #[test]
    fn no_mask_is_believed_that_leaves_a_corner_open(kept in any_polygon(), demanded in any_polygon()) {
        let corners = |polygon: Vec<PicturePoint>| polygon.into_iter().map(Corner::from).collect::<Vec<_>>();
        let (kept, demanded) = (corners(kept), corners(demanded));
        if fit(&kept, &demanded).is_some() {
            let around = Frame::around(&kept).expect("corners");
            prop_assert!(around.hides(&Frame::around(&demanded).expect("corners")));
        }
        prop_assert_eq!(fit(&demanded, &demanded), Some(Fit::Exact));
    }
}
