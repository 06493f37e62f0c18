use super::*;
use proptest::prelude::*;

fn element(document: &str) -> Element {
    Element::parse(document.as_bytes()).expect("well formed")
}

const ONE: &str = "<R><Profiles token='p'><Name>main</Name><VideoSourceConfiguration token='vs'/>\
    <VideoEncoderConfiguration token='e &amp; 1'><Name>enc</Name><UseCount>2</UseCount><Encoding>H264</Encoding>\
    <Resolution><Width>1920</Width><Height>1080</Height></Resolution><Quality>4.5</Quality>\
    <RateControl><FrameRateLimit>25</FrameRateLimit><EncodingInterval>1</EncodingInterval><BitrateLimit>4096</BitrateLimit></RateControl>\
    <H264><GovLength>50</GovLength><H264Profile>Main</H264Profile></H264>\
    <Multicast><Address><Type>IPv6</Type><IPv6Address>ff02::1</IPv6Address></Address><Port>5000</Port><TTL>3</TTL><AutoStart>false</AutoStart></Multicast>\
    <SessionTimeout>PT30S</SessionTimeout></VideoEncoderConfiguration></Profiles></R>";

const TWO: &str = "<R><Profiles token='p'><Name>main</Name><Configurations><VideoSource token='vs'/>\
    <VideoEncoder token='e' GovLength='25' Profile='High'><Name>enc</Name><UseCount>1</UseCount><Encoding>H265</Encoding>\
    <Resolution><Width>2592</Width><Height>1944</Height></Resolution>\
    <RateControl ConstantBitRate='true'><FrameRateLimit>12.5</FrameRateLimit><BitrateLimit>2048</BitrateLimit></RateControl>\
    <Quality>3</Quality></VideoEncoder></Configurations></Profiles>\
    <Profiles token='sound only'><Name>x</Name><Configurations/></Profiles></R>";

fn one() -> EncoderConfig {
    configured(&element(ONE), MediaVersion::One).remove(0).encoder
}

fn two() -> EncoderConfig {
    configured(&element(TWO), MediaVersion::Two).remove(0).encoder
}

#[test]
fn a_configuration_is_written_back_as_it_was() {
    let found = configured(&element(ONE), MediaVersion::One);
    assert_eq!((found.len(), found[0].source.as_deref(), found[0].profile.video.width), (1, Some("vs"), 1920));
    let again = element(&one().to_xml().replace("o:", "").replace("t:", ""));
    assert_eq!(EncoderConfig::read(&again, MediaVersion::One), Some(one()));
    assert_eq!(one().picture(), Picture { width: 1920, height: 1080, frame_rate: 25 });

    assert_eq!(configured(&element(TWO), MediaVersion::Two).len(), 1);
    let again = element(&two().to_xml().replace("o:", "").replace("t:", ""));
    assert_eq!(EncoderConfig::read(&again, MediaVersion::Two), Some(two()));
    assert!(two().to_xml().contains("<t:FrameRateLimit>12.5</t:FrameRateLimit>"), "{}", two().to_xml());
}

const OPTIONS_ONE: &str = "<R><Options><QualityRange><Min>0</Min><Max>9</Max></QualityRange>\
    <JPEG><ResolutionsAvailable><Width>320</Width><Height>180</Height></ResolutionsAvailable>\
    <FrameRateRange><Min>1</Min><Max>5</Max></FrameRateRange></JPEG>\
    <H264><ResolutionsAvailable><Width>1920</Width><Height>1080</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>1280</Width><Height>1024</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>1280</Width><Height>720</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>640</Width><Height>360</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>-1</Width><Height>360</Height></ResolutionsAvailable>\
    <GovLengthRange><Min>5</Min><Max>40</Max></GovLengthRange><FrameRateRange><Min>2</Min><Max>25</Max></FrameRateRange>\
    <H264ProfilesSupported>Main</H264ProfilesSupported></H264>\
    <Extension><H264><BitrateRange><Min>100</Min><Max>2000</Max></BitrateRange></H264></Extension></Options></R>";

const OPTIONS_TWO: &str = "<R><Options GovLengthRange='1 100' FrameRatesSupported='25 12.5 5' ProfilesSupported='Main High'>\
    <Encoding>H264</Encoding><ResolutionsAvailable><Width>1280</Width><Height>960</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>1280</Width><Height>720</Height></ResolutionsAvailable>\
    <BitrateRange><Min>1</Min><Max>9000</Max></BitrateRange></Options>\
    <Options FrameRatesSupported='25 12.5 5'><Encoding>H265</Encoding>\
    <ResolutionsAvailable><Width>2592</Width><Height>1944</Height></ResolutionsAvailable>\
    <ResolutionsAvailable><Width>1600</Width><Height>1200</Height></ResolutionsAvailable></Options></R>";

/// `0` stands for no cap. The answer is width, height, thousandths of pictures a second, encoding.
#[track_caller]
fn check(
    now: &EncoderConfig,
    options: &str,
    caps: (u32, u32),
    expected: Option<(u32, u32, u32, &str)>,
) -> EncoderConfig {
    let some = |cap: u32| (cap > 0).then_some(cap);
    let caps = Caps { pixels_across: some(caps.0), frames_per_second: some(caps.1) };
    let found = smaller(now, &offers(&element(options), now.media), &caps);
    let said = found.as_ref().map(|c| (c.width, c.height, c.rate_milli, c.encoding.as_str()));
    assert_eq!(said, expected, "{caps}");
    found.unwrap_or_else(|| now.clone())
}

#[test]
fn as_little_as_the_caps_ask_for() {
    let asked = check(&one(), OPTIONS_ONE, (1280, 0), Some((1280, 720, 25_000, "H264")));
    assert_eq!((asked.gop_length, asked.bit_rate, asked.quality.as_str()), (Some(40), Some(2000), "4.5"));
    let asked = check(&one(), OPTIONS_ONE, (0, 10), Some((1920, 1080, 10_000, "H264")));
    assert_eq!(asked.gop_length, Some(20), "two seconds, as before");
    check(&one(), OPTIONS_ONE, (1279, 12), Some((640, 360, 12_000, "H264")));
    check(&one(), OPTIONS_ONE, (1279, 1), Some((320, 180, 1000, "JPEG")));
    check(&one(), OPTIONS_ONE, (319, 0), None);
    // A rate below the cap is never raised.
    check(&two(), OPTIONS_TWO, (1600, 25), Some((1600, 1200, 12_500, "H265")));
    check(&two(), OPTIONS_TWO, (0, 12), Some((2592, 1944, 5000, "H265")));
    // The encoding changes only where the present one cannot be made small enough; then the shape is kept if possible.
    let asked = check(&two(), OPTIONS_TWO, (1300, 0), Some((1280, 960, 12_500, "H264")));
    assert_eq!(asked.profile.as_deref(), Some("Main"));
    check(&two(), OPTIONS_TWO, (1300, 4), None);
    check(&two(), "<R/>", (1300, 0), None);
    // A rate of no pictures at all is not an offer.
    check(&two(), &OPTIONS_TWO.replace("25 12.5 5", "25 12.5 0"), (0, 12), None);
}

#[test]
fn what_is_offered_is_told_largest_first() {
    let all = pictures(&offers(&element(OPTIONS_ONE), MediaVersion::One));
    let words: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(words[0], "1920x1080, 25 a second");
    assert_eq!(words.last().map(String::as_str), Some("320x180, 5 a second"));
    assert_eq!(words.len(), 5, "{words:?}");
}

#[test]
fn decimals() {
    for (text, expected) in [
        ("25", Some(25_000)),
        ("12.5", Some(12_500)),
        ("29.97003", Some(29_970)),
        ("0.1", Some(100)),
        ("7.", Some(7000)),
    ] {
        assert_eq!(milli(text), expected, "{text}");
    }
    for text in ["", "-1", "1e3", "1.-5", "NaN", ".5", "4294968", "99999999999"] {
        assert_eq!(milli(text), None, "{text}");
    }
    assert_eq!(
        (decimal(25_000), decimal(12_500), decimal(29_970), decimal(100)),
        ("25".into(), "12.5".into(), "29.97".into(), "0.1".into())
    );
}

proptest! {
    /// Whatever a camera offers: what is asked for lies under the caps, and was offered.
    #[test]
    fn what_is_asked_for_lies_under_the_caps_and_was_offered(
        sizes in prop::collection::vec((0u32..40_000, 0u32..5000), 0..8),
        rates in prop::collection::vec(0u32..70, 0..5),
        across in prop::option::of(1u32..5000),
        rate in prop::option::of(1u32..60),
        media in prop::sample::select(vec![MediaVersion::One, MediaVersion::Two]),
    ) {
        let resolutions: String = sizes
            .iter()
            .map(|(w, h)| format!("<ResolutionsAvailable><Width>{w}</Width><Height>{h}</Height></ResolutionsAvailable>"))
            .collect();
        let list: Vec<_> = rates.iter().map(ToString::to_string).collect();
        let (now, document) = match media {
            MediaVersion::Two => (two(), format!(
                "<R><Options FrameRatesSupported='{}'><Encoding>H265</Encoding>{resolutions}</Options></R>", list.join(" "))),
            MediaVersion::One => (one(), format!("<R><Options><H264>{resolutions}</H264></Options></R>")),
        };
        let caps = Caps { pixels_across: across, frames_per_second: rate };
        if let Some(asked) = smaller(&now, &offers(&element(&document), media), &caps) {
            prop_assert_eq!(caps.excess(asked.picture()), None);
            let unchanged = (asked.width, asked.height) == (now.width, now.height);
            prop_assert!(unchanged || sizes.contains(&(asked.width, asked.height)));
            prop_assert!(asked.gop_length.is_none_or(|gop| gop > 0));
            // What is sent can be read again.
            let again = element(&asked.to_xml().replace("o:", "").replace("t:", ""));
            prop_assert_eq!(EncoderConfig::read(&again, media), Some(asked));
        }
    }
}
