//! Whole changes of a password against a camera that is a value: at whatever request something breaks, the recorder is left with a
//! password that the camera takes, and knows which.

use candour_onvif::{
    HttpAnswer, HttpRequest, Input, Onboarded, OnvifError, Output, PasswordChange, Secret, Settled, TransportFailure,
    TwoPasswords, Why,
};
use candour_units::WallTime;
use md5::{Digest as _, Md5};

const NOW: WallTime = WallTime::from_unix_seconds(1_795_461_180);
const OLD: &str = "typed-in-once";
const NEW: &str = "Kq7-vWm.2xRb_9Ta";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Honest,
    Refuses,
    /// Says yes and keeps what it has.
    SaysYes,
    /// Says no and takes it.
    SaysNo,
    /// Takes something else.
    Garbles,
    /// Says yes, and takes it so many requests later.
    Late(usize),
    /// Takes it, or not, and answers with a page that is no SOAP.
    Mumbles(bool),
    /// Does not tell who its users are.
    Closed,
    /// Tells them to anybody.
    Open,
}

struct Camera {
    password: String,
    habit: Habit,
    wrong: usize,
    asked: Vec<String>,
    /// What it takes from some request on.
    later: Option<(usize, String)>,
    /// At which request the connection breaks, and whether the camera had heard it.
    breaks: Option<(usize, bool)>,
}

fn md5(text: String) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn soap(body: &str) -> HttpAnswer {
    let body =
        format!("<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>{body}</e:Body></e:Envelope>");
    HttpAnswer { status: 200, body: body.into_bytes(), ..HttpAnswer::default() }
}

fn fault(code: &str) -> HttpAnswer {
    let code =
        format!("<e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:{code}</e:Value></e:Subcode></e:Code>");
    HttpAnswer { status: 400, ..soap(&format!("<e:Fault>{code}</e:Fault>")) }
}

impl Camera {
    fn new(habit: Habit) -> Self {
        Self { password: OLD.into(), habit, wrong: 0, asked: Vec::new(), later: None, breaks: None }
    }

    fn is_logged_in(&mut self, request: &HttpRequest) -> bool {
        let Some((_, header)) = request.headers.iter().find(|(name, _)| *name == "Authorization") else { return false };
        let field = |name: &str| {
            let after = header.split_once(&format!("{name}=")).map_or("", |(_, rest)| rest);
            after.trim_start_matches('"').split(['"', ',']).next().unwrap_or_default().to_owned()
        };
        let secret = md5(format!("recorder:lab:{}", self.password));
        let asked = md5(format!("POST:{}", request.path));
        let expected = md5(format!("{secret}:n1:{}:{}:auth:{asked}", field("nc"), field("cnonce")));
        let right = field("response") == expected;
        self.wrong += usize::from(!right);
        right
    }

    fn answer(&mut self, request: &HttpRequest) -> HttpAnswer {
        let operation = request.operation.name();
        self.asked.push(operation.to_owned());
        if let Some((_, password)) = self.later.take_if(|(from, _)| *from <= self.asked.len()) {
            self.password = password;
        }
        if operation == "GetSystemDateAndTime" {
            return soap("<R/>");
        }
        let open = self.habit == Habit::Open && operation == "GetUsers";
        if !open && !self.is_logged_in(request) {
            let challenge = "Digest realm=\"lab\", nonce=\"n1\", qop=\"auth\"";
            return HttpAnswer { status: 401, challenges: vec![challenge.into()], ..HttpAnswer::default() };
        }
        if operation == "GetUsers" {
            return match self.habit {
                Habit::Closed => fault("ActionNotSupported"),
                _ => soap("<R><User><Username>recorder</Username><UserLevel>Operator</UserLevel></User></R>"),
            };
        }
        assert!(request.body.contains("<t:UserLevel>Operator</t:UserLevel>"), "{}", request.body);
        let told = request.body.split_once("<t:Password>").and_then(|(_, rest)| rest.split_once('<')).expect("one").0;
        match self.habit {
            Habit::Refuses => return fault("Password"),
            Habit::SaysYes => {}
            Habit::SaysNo => {
                told.clone_into(&mut self.password);
                return fault("Action");
            }
            Habit::Garbles => self.password = told[1..].to_owned(),
            Habit::Late(requests) => self.later = Some((self.asked.len() + requests, told.to_owned())),
            Habit::Mumbles(takes) => {
                if takes {
                    told.clone_into(&mut self.password);
                }
                return HttpAnswer { status: 200, body: b"<html>OK</html>".to_vec(), ..HttpAnswer::default() };
            }
            _ => told.clone_into(&mut self.password),
        }
        soap("<SetUserResponse/>")
    }

    fn run(&mut self, machine: &mut PasswordChange) -> Result<Settled, OnvifError> {
        for _ in 0..100 {
            match machine.poll() {
                Some(Output::Finished(outcome)) => return *outcome,
                Some(Output::Send(request)) => {
                    let number = self.asked.len();
                    let broken = self.breaks.filter(|(at, _)| *at == number);
                    let input = match broken {
                        Some((_, false)) => {
                            self.asked.push("nothing".into());
                            Input::Failed(TransportFailure::TimedOut)
                        }
                        Some((_, true)) => {
                            self.answer(&request);
                            Input::Failed(TransportFailure::TimedOut)
                        }
                        None => Input::Answer(self.answer(&request)),
                    };
                    machine.handle(NOW, input);
                }
                None => panic!("it waits for an answer that was given"),
            }
        }
        panic!("it asks for ever")
    }

    fn set(&mut self) -> Result<Settled, OnvifError> {
        self.run(&mut PasswordChange::set(at(true), passwords(), [7; 32], NOW))
    }

    fn find_out(&mut self) -> Result<Settled, OnvifError> {
        self.run(&mut PasswordChange::find_out(at(true), passwords(), [8; 32], NOW))
    }

    fn look_again(&mut self) -> Result<Settled, OnvifError> {
        self.run(&mut PasswordChange::look_again(at(true), passwords(), [9; 32], NOW))
    }
}

fn at(tls: bool) -> Onboarded {
    Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 443, tls }
}

fn passwords() -> TwoPasswords {
    TwoPasswords { user: "recorder".into(), old: Secret::new(OLD.into()), new: Secret::new(NEW.into()) }
}

#[test]
fn a_camera_that_takes_it_is_proved_to() {
    let mut camera = Camera::new(Habit::Honest);
    assert_eq!(camera.set(), Ok(Settled::New));
    assert_eq!((camera.password.as_str(), camera.wrong), (NEW, 0));
    assert_eq!(camera.asked.iter().filter(|asked| *asked == "SetUser").count(), 1);
}

#[test]
fn what_a_camera_says_is_not_believed() {
    let check = |habit: Habit, expected: Result<Settled, OnvifError>, password: &str, wrong: usize| {
        let mut camera = Camera::new(habit);
        assert_eq!(camera.set(), expected);
        assert_eq!((camera.password.as_str(), camera.wrong), (password, wrong));
    };
    check(Habit::Refuses, Ok(Settled::Old(Why::Refused("Password".into()))), OLD, 0);
    check(Habit::SaysYes, Ok(Settled::StillOld), OLD, 1);
    check(Habit::Mumbles(false), Ok(Settled::StillOld), OLD, 0);
    check(Habit::Mumbles(true), Ok(Settled::New), NEW, 1);
    check(Habit::SaysNo, Ok(Settled::New), NEW, 1);
    check(Habit::Closed, Ok(Settled::Old(Why::MayNot("ActionNotSupported".into()))), OLD, 0);
    check(Habit::Open, Ok(Settled::Old(Why::MayNot(String::new()))), OLD, 0);
    check(Habit::Garbles, Err(OnvifError::NotAuthorised { clock_suspect: false }), &NEW[1..], 2);
}

/// However late it takes the new one: it is never said that the new one may be forgotten, and looking again counts one wrong password at
/// most. Where it changes in the middle of a run both may be refused; then both stay, as everywhere.
#[test]
fn a_camera_that_takes_it_late_is_not_given_up() {
    let neither = Err(OnvifError::NotAuthorised { clock_suspect: false });
    for late in 0..40 {
        let mut camera = Camera::new(Habit::Late(late));
        let mut settled = camera.set();
        assert!(camera.wrong <= 2);
        for _ in 0..20 {
            if settled == Ok(Settled::New) {
                break;
            }
            assert!(settled == Ok(Settled::StillOld) || settled == neither, "{late}: {settled:?}");
            camera.wrong = 0;
            settled = camera.look_again();
            assert!(camera.wrong <= usize::from(camera.password == NEW), "{late}: {} wrong", camera.wrong);
        }
        assert_eq!((settled, camera.password.as_str()), (Ok(Settled::New), NEW), "{late}");
    }
}

/// A request that broke off may have been heard, so that the old one is proved says nothing of the next minute.
#[test]
fn after_something_broke_off_nothing_is_forgotten() {
    let mut camera = Camera::new(Habit::Late(9));
    camera.breaks = Some((3, true));
    assert_eq!(camera.set(), Err(OnvifError::TimedOut { operation: "SetUser" }));
    assert_eq!(camera.find_out(), Ok(Settled::StillOld));
    assert_eq!(camera.look_again(), Ok(Settled::StillOld));
    assert_eq!(camera.look_again(), Ok(Settled::New));
}

#[test]
fn a_stored_password_that_is_wrong_is_said_to_be() {
    let mut camera = Camera { password: "another".into(), ..Camera::new(Habit::Honest) };
    assert_eq!(camera.set(), Ok(Settled::Old(Why::NotLoggedIn(String::new()))));
    assert_eq!((camera.password.as_str(), camera.wrong), ("another", 1), "nothing is set, and it is proved once");
    assert!(!Why::NotLoggedIn(String::new()).is_proved() && !Why::MayNot(String::new()).is_proved());
}

#[test]
fn in_clear_nothing_is_sent() {
    for mut machine in [
        PasswordChange::set(at(false), passwords(), [7; 32], NOW),
        PasswordChange::find_out(at(false), passwords(), [7; 32], NOW),
        PasswordChange::look_again(at(false), passwords(), [7; 32], NOW),
    ] {
        let Some(Output::Finished(outcome)) = machine.poll() else { panic!("nothing is sent") };
        assert_eq!(*outcome, Err(OnvifError::InClear));
        assert!(machine.poll().is_none());
    }
}

/// At whichever request the connection breaks, heard or not, and once more while it is found out: in the end it is known which
/// password the camera takes, and a run proves two wrong ones at most.
#[test]
fn there_always_is_a_way_in() {
    for habit in [Habit::Honest, Habit::Refuses, Habit::SaysYes, Habit::SaysNo] {
        for heard in [false, true] {
            for first in 0..8 {
                for second in 0..5 {
                    let mut camera = Camera::new(habit);
                    camera.breaks = Some((first, heard));
                    let mut settled = camera.set();
                    assert!(camera.wrong <= 2);
                    for (run, breaks) in [Some((second, heard)), None].into_iter().enumerate() {
                        let Err(error) = &settled else { break };
                        assert!(matches!(error, OnvifError::TimedOut { .. }), "run {run}: {error}");
                        camera.breaks = breaks.map(|(at, heard)| (camera.asked.len() + at, heard));
                        camera.wrong = 0;
                        settled = camera.find_out();
                        assert!(camera.wrong <= 2);
                    }
                    let takes = if camera.password == NEW { "new" } else { "old" };
                    let said = match settled.expect("it is known in the end") {
                        Settled::New => "new",
                        Settled::Old(_) | Settled::StillOld => "old",
                    };
                    assert_eq!(said, takes, "broken at {first} ({heard}) and {second}");
                }
            }
        }
    }
}
