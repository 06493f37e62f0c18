//! Whole conversations about events with a camera that is a value: renewed, ended, restarted, and never led away.

use candour_onvif::{
    Claimed, Credentials, HttpAnswer, HttpRequest, Input, Listened, Listening, NotListening, Onboarded, OnvifError,
    Secret, TransportFailure,
};
use candour_units::{WallDuration, WallTime};

/// A camera with events. Every answer takes a second.
struct Camera {
    /// Where it says that the event service is, and a subscription.
    service_at: &'static str,
    subscription_at: &'static str,
    /// Messages of each fetch: topic and value.
    tells: Vec<(&'static str, &'static str)>,
    /// It has forgotten every subscription from this fetch on, up to that.
    forgets: std::ops::Range<usize>,
    no_events: bool,
    wants_login: bool,
    /// From this request on it has another password.
    other_password_from: usize,
    asked: Vec<String>,
    paths: Vec<(u16, String)>,
    fetched: usize,
    now: WallTime,
}

impl Camera {
    fn new() -> Self {
        Self {
            service_at: "http://10.20.0.7/onvif/events",
            subscription_at: "http://10.20.0.7:8080/sub?id=7",
            tells: vec![("tns1:VideoSource/MotionAlarm", "true")],
            forgets: 0..0,
            no_events: false,
            wants_login: false,
            other_password_from: usize::MAX,
            asked: Vec::new(),
            paths: Vec::new(),
            fetched: 0,
            now: WallTime::from_unix_seconds(1_800_000_000),
        }
    }

    fn answer(&mut self, request: &HttpRequest) -> Input {
        self.now = self.now + WallDuration::from_seconds(1);
        let name = request.operation.name();
        self.asked.push(name.to_owned());
        self.paths.push((request.port, request.path.clone()));
        let authorised = request.headers.iter().any(|(name, _)| *name == "Authorization");
        let takes = authorised && self.asked.len() < self.other_password_from;
        if self.wants_login && !takes && name != "GetSystemDateAndTime" {
            let challenge = "Digest realm=\"camera\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256".to_owned();
            return Input::Answer(HttpAnswer { status: 401, challenges: vec![challenge], ..HttpAnswer::default() });
        }
        let said = match name {
            "GetServices" if self.no_events => String::new(),
            "GetServices" => format!(
                "<Service><Namespace>http://www.onvif.org/ver10/events/wsdl</Namespace><XAddr>{}</XAddr></Service>",
                self.service_at
            ),
            "CreatePullPointSubscription" => {
                format!("<SubscriptionReference><Address>{}</Address></SubscriptionReference>", self.subscription_at)
            }
            "PullMessages" => {
                self.fetched += 1;
                if self.forgets.contains(&self.fetched) {
                    return soap(400, "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>");
                }
                self.tells.iter().map(|(topic, value)| message(topic, value)).collect()
            }
            _ => String::new(),
        };
        soap(200, &format!("<r:{name}Response xmlns:r='x'>{said}</r:{name}Response>"))
    }
}

fn soap(status: u16, body: &str) -> Input {
    let text =
        format!("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{body}</s:Body></s:Envelope>");
    Input::Answer(HttpAnswer { status, body: text.into_bytes(), ..HttpAnswer::default() })
}

fn message(topic: &str, value: &str) -> String {
    format!(
        "<NotificationMessage><Topic>{topic}</Topic><Message><Message PropertyOperation='Changed'><Data>\
         <SimpleItem Name='State' Value='{value}'/></Data></Message></Message></NotificationMessage>"
    )
}

fn listening(camera: &Camera) -> Listening {
    let at = Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 80, tls: false };
    let credentials = Credentials { user: "viewer".into(), password: Secret::new("secret".into()) };
    Listening::new(at, Some(credentials), [7; 32], camera.now)
}

struct Heard {
    claims: Vec<(Claimed, bool)>,
    others: usize,
    end: Option<Result<(), NotListening>>,
}

/// Lets it listen until it ended or so many answers were given; then it is told to stop, where `stops` says so.
fn listen(camera: &mut Camera, answers: usize, stops: bool) -> Heard {
    let mut machine = listening(camera);
    let mut heard = Heard { claims: Vec::new(), others: 0, end: None };
    let mut given = 0;
    while let Some(output) = machine.poll() {
        match output {
            Listened::Send(request) => {
                given += 1;
                if given > answers {
                    if !stops {
                        return heard;
                    }
                    machine.stop();
                }
                let answer = camera.answer(&request);
                machine.handle(camera.now, answer);
            }
            Listened::Heard { claims, others } => {
                heard.claims.extend(claims.iter().map(|claim| (claim.what, claim.begins)));
                heard.others += others;
            }
            Listened::Finished(end) => heard.end = Some(end),
        }
    }
    heard
}

#[test]
fn it_subscribes_fetches_and_leaves() {
    let mut camera = Camera::new();
    let heard = listen(&mut camera, 5, true);
    let expected =
        ["GetSystemDateAndTime", "GetServices", "CreatePullPointSubscription", "PullMessages", "PullMessages"];
    assert_eq!(camera.asked[..5], expected);
    assert_eq!(camera.asked.last().map(String::as_str), Some("Unsubscribe"));
    assert_eq!(camera.paths[2], (80, "/onvif/events".to_owned()));
    assert_eq!(camera.paths[3], (8080, "/sub?id=7".to_owned()));
    assert!(heard.claims.len() >= 2 && heard.claims.iter().all(|claim| *claim == (Claimed::Motion, true)));
    assert_eq!(heard.end, Some(Ok(())));
}

#[test]
fn it_is_renewed_at_half_its_life() {
    let mut camera = Camera::new();
    listen(&mut camera, 200, false);
    let renewals = camera.asked.iter().filter(|name| *name == "Renew").count();
    assert!((2..=4).contains(&renewals), "{renewals} in 200 seconds");
    assert_eq!(camera.asked.iter().filter(|name| *name == "CreatePullPointSubscription").count(), 1);
}

#[test]
fn after_a_restart_of_the_camera_there_is_another_subscription() {
    let mut camera = Camera { forgets: 3..4, ..Camera::new() };
    let heard = listen(&mut camera, 12, false);
    assert_eq!(camera.asked.iter().filter(|name| *name == "CreatePullPointSubscription").count(), 2);
    assert_eq!(heard.end, None);
    let mut playing = Camera { forgets: 0..usize::MAX, ..Camera::new() };
    assert_eq!(listen(&mut playing, 1_000, false).end, Some(Err(NotListening::Broken)));
    assert!(playing.asked.len() < 20, "{:?}", playing.asked);
}

#[test]
fn it_is_never_led_to_another_host() {
    for elsewhere in ["http://10.20.0.8/sub", "http://127.0.0.1:9000/", "https://10.20.0.7/sub", "file:///etc/passwd"] {
        let mut camera = Camera { subscription_at: elsewhere, ..Camera::new() };
        let heard = listen(&mut camera, 50, false);
        assert_eq!(heard.end, Some(Err(NotListening::Foreign { named: elsewhere.into() })), "{elsewhere}");
        assert!(!camera.asked.iter().any(|name| name == "PullMessages"));
    }
    // A service elsewhere is asked here, as every service is.
    let mut camera = Camera { service_at: "http://192.0.2.1:7/events", ..Camera::new() };
    listen(&mut camera, 5, false);
    assert_eq!(camera.paths[2], (80, "/events".to_owned()));
}

#[test]
fn floods_and_unknown_topics_are_counted_and_not_kept() {
    let mut camera = Camera { tells: vec![("tns1:VideoSource/MotionAlarm", "true"); 500], ..Camera::new() };
    let heard = listen(&mut camera, 4, false);
    assert_eq!((heard.claims.len(), heard.others), (32, 468));
    let mut camera = Camera { tells: vec![("tns1:Vendor/Weather", "true"); 40], ..Camera::new() };
    let heard = listen(&mut camera, 4, false);
    assert_eq!((heard.claims.len(), heard.others), (0, 40));
}

#[test]
fn what_a_camera_does_not_have_is_said() {
    let mut camera = Camera { no_events: true, ..Camera::new() };
    assert_eq!(listen(&mut camera, 50, false).end, Some(Err(NotListening::NotOffered(String::new()))));
    assert_eq!(camera.asked, ["GetSystemDateAndTime", "GetServices", "GetCapabilities"]);
    let camera = Camera::new();
    let mut machine = listening(&camera);
    assert!(matches!(machine.poll(), Some(Listened::Send(_))));
    machine.handle(camera.now, Input::Failed(TransportFailure::Unreachable));
    let end = machine.poll();
    assert!(matches!(end, Some(Listened::Finished(Err(NotListening::Onvif(OnvifError::Unreachable))))));
}

#[test]
fn it_proves_who_asks_by_digest_only() {
    let mut camera = Camera { wants_login: true, ..Camera::new() };
    let heard = listen(&mut camera, 9, true);
    assert_eq!(heard.end, Some(Ok(())));
    assert!(!heard.claims.is_empty());
}

/// The camera got another password: the one we have is not proved again and again until the account is locked.
#[test]
fn a_password_that_is_void_ends_it_at_once() {
    let mut camera = Camera { wants_login: true, other_password_from: 9, ..Camera::new() };
    let heard = listen(&mut camera, 1_000, false);
    let refused = NotListening::Onvif(OnvifError::NotAuthorised { clock_suspect: false });
    assert_eq!(heard.end, Some(Err(refused)));
    assert!(!heard.claims.is_empty() && camera.asked.len() <= 10, "two proofs at most: {:?}", camera.asked);
    assert_eq!(camera.asked.iter().filter(|name| *name == "CreatePullPointSubscription").count(), 1);
}
