//! A camera with two profiles and masks, and its habits. It reads requests by looking for words, on purpose otherwise
//! than the reader that is tested.

use std::collections::BTreeMap;

use candour_onvif::{
    CameraDemands, Credentials, HttpAnswer, HttpRequest, Input, Onboarded, OnvifError, Output, PicturePoint,
    Preparation, Preparedness, Secret,
};
use candour_units::WallTime;

const NOW: WallTime = WallTime::from_unix_seconds(1_795_461_180);
const ONE: &str = "http://www.onvif.org/ver10/media/wsdl";
const TWO: &str = "http://www.onvif.org/ver20/media/wsdl";

pub fn point(across: u16, down: u16) -> PicturePoint {
    PicturePoint::new(across, down).expect("inside the picture")
}

/// What the camera does otherwise than a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    None,
    IgnoresEncoder,
    RefusesEncoder,
    NoOptions,
    NoMaskOptions,
    RefusesMasks,
    IgnoresMasks,
    KeepsAnother,
    KeepsSwitchedOff,
    KeepsBlurred,
    OnlyBlurs,
    HidesMasks,
    HidesSource,
}

#[derive(Clone)]
pub struct Camera {
    pub habit: Habit,
    /// Width, height and rate of main and sub-stream.
    pub sizes: [(u32, u32, u32); 2],
    /// No offered picture is narrower.
    pub smallest: u32,
    pub most_masks: usize,
    pub rectangle_only: bool,
    pub shared_encoder: bool,
    pub wants_digest: bool,
    pub silent_clock: bool,
    /// Streams lead to another host.
    pub elsewhere: bool,
    pub second_service: bool,
    /// The polygon element, the kind and whether it is on, by token.
    pub masks: BTreeMap<String, (String, String, bool)>,
    pub made: usize,
    pub changes: Vec<&'static str>,
}

impl Camera {
    pub fn new() -> Self {
        Self {
            habit: Habit::None,
            sizes: [(1920, 1080, 25), (640, 360, 10)],
            smallest: 0,
            most_masks: 4,
            rectangle_only: false,
            shared_encoder: false,
            wants_digest: false,
            silent_clock: false,
            elsewhere: false,
            second_service: true,
            masks: BTreeMap::new(),
            made: 0,
            changes: Vec::new(),
        }
    }

    pub fn first_service_only() -> Self {
        Self { second_service: false, ..Self::new() }
    }

    pub fn with_foreign_mask() -> Self {
        let polygon = "<t:Point x='-1' y='-1'/><t:Point x='0' y='-1'/><t:Point x='0' y='-0.9'/>".to_owned();
        let masks = BTreeMap::from([("foreign".to_owned(), (polygon, "Color".to_owned(), true))]);
        Self { masks, ..Self::new() }
    }

    /// Every request that was meant to change something.
    pub fn asked_to_change(&self) -> Vec<&'static str> {
        self.changes.clone()
    }

    pub fn prepare(&mut self, demands: CameraDemands) -> Result<Preparedness, OnvifError> {
        self.prepare_with(demands, Self::answer)
    }

    pub fn prepare_with(
        &mut self,
        demands: CameraDemands,
        mut answer: impl FnMut(&mut Self, &HttpRequest) -> Input,
    ) -> Result<Preparedness, OnvifError> {
        let at = Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 80, tls: false };
        let credentials = Credentials { user: "recorder".into(), password: Secret::new("correct horse".into()) };
        let mut machine = Preparation::new(at, Some(credentials), demands, [7; 32], NOW);
        loop {
            match machine.poll().expect("either a request or the end") {
                Output::Send(request) => {
                    assert!(!request.body.contains("correct horse"));
                    let input = answer(self, &request);
                    machine.handle(NOW, input);
                }
                Output::Finished(outcome) => {
                    assert!(machine.poll().is_none());
                    return *outcome;
                }
            }
        }
    }

    pub fn answer(&mut self, request: &HttpRequest) -> Input {
        let name = request.operation.name();
        let logged_in = request.headers.iter().any(|(key, _)| *key == "Authorization");
        if self.wants_digest && !logged_in && name != "GetSystemDateAndTime" {
            let challenge = "Digest realm=\"cam\", nonce=\"abc\", qop=\"auth\", algorithm=MD5".to_owned();
            return Input::Answer(HttpAnswer { status: 401, challenges: vec![challenge], ..HttpAnswer::default() });
        }
        let said = self.say(name, &request.body);
        let body = match &said {
            Some(body) => format!("<R>{body}</R>"),
            None => "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text>no</e:Text></e:Reason></e:Fault>".into(),
        };
        let envelope = format!("<e:Envelope xmlns:e='x'><e:Body>{body}</e:Body></e:Envelope>");
        let status = if said.is_some() { 200 } else { 400 };
        Input::Answer(HttpAnswer { status, body: envelope.into_bytes(), ..HttpAnswer::default() })
    }

    /// The content of the answer, or a fault.
    fn say(&mut self, name: &'static str, asked: &str) -> Option<String> {
        if name.starts_with("Set") || name.starts_with("Create") {
            self.changes.push(name);
        }
        match name {
            "GetSystemDateAndTime" => (!self.silent_clock).then(|| {
                "<SystemDateAndTime><UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute><Second>3</Second></Time>\
                 <Date><Year>2026</Year><Month>11</Month><Day>23</Day></Date></UTCDateTime></SystemDateAndTime>"
                    .to_owned()
            }),
            "GetServices" => {
                let service = |namespace: &str, path: &str| {
                    format!(
                        "<Service><Namespace>{namespace}</Namespace><XAddr>http://10.20.0.7/{path}</XAddr></Service>"
                    )
                };
                Some(service(ONE, "one") + &if self.second_service { service(TWO, "two") } else { String::new() })
            }
            "GetProfiles" => Some(self.profile(0) + &self.profile(1)),
            "GetStreamUri" => {
                let host = if self.elsewhere { "10.20.0.9" } else { "10.20.0.7" };
                let token = if asked.contains(">main<") { "main" } else { "sub" };
                Some(format!("<Uri>rtsp://{host}/{token}</Uri>"))
            }
            "GetVideoEncoderConfigurationOptions" if self.habit != Habit::NoOptions => Some(self.encoder_options()),
            "SetVideoEncoderConfiguration" => self.set_encoder(asked),
            _ => self.say_of_masks(name, asked),
        }
    }

    fn encoder_token(&self, at: usize) -> &'static str {
        if at == 0 || self.shared_encoder { "enc main" } else { "enc sub" }
    }

    fn profile(&self, at: usize) -> String {
        let ((width, height, rate), token) = (self.sizes[at], ["main", "sub"][at]);
        let source = if self.habit == Habit::HidesSource { "" } else { " token='vs'" };
        let encoder = format!(
            "token='{}' GovLength='50'><Name>e</Name><UseCount>1</UseCount><Encoding>H264</Encoding><Resolution><Width>{width}</Width>\
             <Height>{height}</Height></Resolution><Quality>3</Quality><RateControl><FrameRateLimit>{rate}</FrameRateLimit>\
             <EncodingInterval>1</EncodingInterval><BitrateLimit>4000</BitrateLimit></RateControl>",
            self.encoder_token(at)
        );
        let inside = if self.second_service {
            format!("<Configurations><VideoSource{source}/><VideoEncoder {encoder}</VideoEncoder></Configurations>")
        } else {
            format!(
                "<VideoSourceConfiguration{source}/><VideoEncoderConfiguration {encoder}</VideoEncoderConfiguration>"
            )
        };
        format!("<Profiles token='{token}'><Name>{token}</Name>{inside}</Profiles>")
    }

    fn encoder_options(&self) -> String {
        let sizes: String = [(1920, 1080), (1280, 720), (640, 360), (320, 180)]
            .into_iter()
            .filter(|(width, _)| *width >= self.smallest)
            .map(|(w, h)| {
                format!("<ResolutionsAvailable><Width>{w}</Width><Height>{h}</Height></ResolutionsAvailable>")
            })
            .collect();
        if self.second_service {
            format!("<Options FrameRatesSupported='25 10 8'><Encoding>H264</Encoding>{sizes}</Options>")
        } else {
            format!("<Options><H264>{sizes}<FrameRateRange><Min>1</Min><Max>25</Max></FrameRateRange></H264></Options>")
        }
    }

    fn set_encoder(&mut self, asked: &str) -> Option<String> {
        let number = |name: &str| between(asked, &format!("{name}>"), "<").and_then(|text| text.parse().ok());
        let size = (number("Width")?, number("Height")?, number("FrameRateLimit")?);
        match self.habit {
            Habit::RefusesEncoder => return None,
            Habit::IgnoresEncoder => return Some(String::new()),
            _ => {}
        }
        for at in 0..2 {
            if asked.contains(&format!("token=\"{}\"", self.encoder_token(at))) {
                self.sizes[at] = size;
            }
        }
        Some(String::new())
    }

    fn say_of_masks(&mut self, name: &str, asked: &str) -> Option<String> {
        match name {
            "GetMaskOptions" if self.habit != Habit::NoMaskOptions => {
                let kinds = if self.habit == Habit::OnlyBlurs { "" } else { "<Types>Color</Types>" };
                Some(format!(
                    "<Options RectangleOnly='{}'><MaxMasks>{}</MaxMasks><MaxPoints>8</MaxPoints>{kinds}<Types>Blurred</Types></Options>",
                    self.rectangle_only, self.most_masks
                ))
            }
            "GetMasks" if self.habit == Habit::HidesMasks => None,
            "GetMasks" => Some(
                self.masks
                    .iter()
                    .map(|(token, (points, kind, on))| {
                        format!(
                            "<Masks token='{token}'><ConfigurationToken>vs</ConfigurationToken><Polygon>{}</Polygon>\
                             <Type>{kind}</Type><Enabled>{on}</Enabled></Masks>",
                            points.replace("t:", "")
                        )
                    })
                    .collect(),
            ),
            "CreateMask" | "SetMask" => {
                if self.habit == Habit::RefusesMasks {
                    return None;
                }
                let token = between(asked, "<o:Mask token=\"", "\"").unwrap_or_else(|| {
                    self.made += 1;
                    format!("mask {}", self.made)
                });
                if self.habit != Habit::IgnoresMasks {
                    let points = between(asked, "<o:Polygon>", "</o:Polygon>")?;
                    let points =
                        if self.habit == Habit::KeepsAnother { points.replace("1.0000", "0.5000") } else { points };
                    let kind = if self.habit == Habit::KeepsBlurred { "Blurred" } else { "Color" };
                    self.masks.insert(token.clone(), (points, kind.into(), self.habit != Habit::KeepsSwitchedOff));
                }
                Some(format!("<Token>{token}</Token>"))
            }
            "DeleteMask" => {
                let token = between(asked, "<o:Token>", "<")?;
                self.masks.remove(&token).map(|_| String::new())
            }
            _ => None,
        }
    }
}

/// What stands between two pieces of text.
fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let from = text.find(start)? + start.len();
    Some(text[from..from + text[from..].find(end)?].to_owned())
}
