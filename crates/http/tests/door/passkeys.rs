//! Passkeys, with an authenticator in software that the door knows nothing of: its own key, counter and flags (WebAuthn level 3, 6.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use candour_units::Clock as _;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{Answer, Caller, PASSWORD, World};

/// User present and verified.
const CHECKED: u8 = 0x01 | 0x04;
/// User present, and nothing more.
const TOUCHED: u8 = 0x01;
/// A new credential follows.
const WITH_KEY: u8 = 0x40;

struct Authenticator {
    key: KeyPair,
    id: Vec<u8>,
    counter: u32,
    flags: u8,
    /// What the browser says of where it is.
    origin: String,
    host: String,
}

impl Authenticator {
    fn new(world: &World, number: u8) -> Self {
        Self {
            key: KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key"),
            id: vec![number; 32],
            counter: 0,
            flags: CHECKED,
            origin: world.base(),
            host: "localhost".to_owned(),
        }
    }

    fn head(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, act: &str, options: &Value) -> Vec<u8> {
        let said = json!({
            "type": format!("webauthn.{act}"), "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    /// What a browser sends for a new passkey, without attestation.
    fn make(&mut self, options: &Value) -> Value {
        let mut data = self.head(self.flags | WITH_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("it is short").to_be_bytes());
        data.extend(&self.id);
        // COSE (RFC 9053): EC2, ES256, P-256, x, y.
        let point = &self.key.public_key_raw()[1..];
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[..32]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[32..]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("it is short"));
        object.extend(&data);
        json!({
            "id": URL_SAFE_NO_PAD.encode(&self.id), "rawId": URL_SAFE_NO_PAD.encode(&self.id), "type": "public-key",
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("create", options)),
                "transports": ["internal"],
            },
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        })
    }

    /// What a browser sends for a challenge.
    fn answer(&mut self, options: &Value) -> Value {
        let data = self.head(self.flags);
        let client = self.client_data("get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let signature = self.key.sign(&signed).expect("a signature");
        json!({
            "id": URL_SAFE_NO_PAD.encode(&self.id), "rawId": URL_SAFE_NO_PAD.encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": null,
            },
            "clientExtensionResults": {},
        })
    }
}

async fn begun(world: &World, name: &str) -> Caller {
    let mut caller = world.anybody();
    caller.try_sign_in(name, PASSWORD).await;
    caller
}

async fn add(caller: &mut Caller, key: &mut Authenticator, name: &str) -> Answer {
    let new = caller.post("/api/v1/session/passkeys", json!({})).await;
    assert_eq!(new.status, StatusCode::OK, "{}", new.text());
    let credential = key.make(&new.json()["options"]);
    let body = json!({ "name": name, "credential": credential });
    let answer = caller.post("/api/v1/session/passkeys/confirm", body).await;
    caller.keep_cookie(&answer);
    answer
}

async fn challenge(caller: &Caller) -> Value {
    let answer = caller.post("/api/v1/session/passkey", json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["options"].clone()
}

async fn show(caller: &mut Caller, key: &mut Authenticator) -> Answer {
    let options = challenge(caller).await;
    let body = json!({ "credential": key.answer(&options) });
    let answer = caller.post("/api/v1/session/passkey/show", body).await;
    caller.keep_cookie(&answer);
    answer
}

async fn why(world: &World) -> String {
    let [_, _, _, sent] = world.newest("sign_in_refused").await.expect("it was written down");
    sent["why"].as_str().expect("a reason").to_owned()
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_from_the_first_sign_in_on() {
    let world = World::set_up_with_second_factors().await;
    let mut key = Authenticator::new(&world, 1);
    let mut olga = begun(&world, "olga").await;
    let factors = olga.get("/api/v1/session/factors").await.json();
    assert_eq!(
        factors,
        json!({ "authenticator": false, "passkeys": [], "passkeys_here": 0, "passkeys_missing": null })
    );
    let answer = add(&mut olga, &mut key, "Desk").await;
    assert_eq!(answer.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", answer.text());
    assert_eq!(olga.get("/api/v1/cameras").await.status, StatusCode::OK);
    let factors = olga.get("/api/v1/session/factors").await.json();
    assert_eq!(
        (&factors["passkeys"][0]["name"], &factors["passkeys"][0]["host"]),
        (&json!("Desk"), &json!("localhost"))
    );
    let code = answer.json()["recovery_codes"][0].clone();

    let mut again = begun(&world, "olga").await;
    assert_eq!(again.get("/api/v1/session").await.json()["lacks"], "code");
    let factors = again.get("/api/v1/session/factors").await.json();
    assert_eq!((&factors["passkeys"], &factors["passkeys_here"]), (&json!([]), &json!(1)), "a password tells no names");
    let answer = show(&mut again, &mut key).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(again.get("/api/v1/cameras").await.status, StatusCode::OK);
    let [who, _, _, sent] = world.newest("signed_in").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["with"]), (&json!("Olga Operator"), &json!("passkey")));
    let [_, _, _, sent] = world.newest("second_factor_changed").await.expect("it was written down");
    assert_eq!(sent["change"], "passkey_added");
    // Six digits are nothing for somebody without an authenticator; recovery codes stay.
    let lost = begun(&world, "olga").await;
    lost.post("/api/v1/session/code", json!({ "code": "123456" })).await.problem(403, "wrong-code");
    let answer = lost.post("/api/v1/session/code", json!({ "code": code })).await;
    assert_eq!(answer.json()["recovery_codes_left"], 9, "{}", answer.text());
}

#[tokio::test]
async fn whoever_knows_the_password_alone_adds_nothing_beside_a_passkey() {
    let world = World::set_up_with_second_factors().await;
    let mut key = Authenticator::new(&world, 1);
    let overtaken = begun(&world, "olga").await;
    let early = overtaken.post("/api/v1/session/passkeys", json!({})).await.json();
    add(&mut begun(&world, "olga").await, &mut key, "Desk").await;
    let mut thief = begun(&world, "olga").await;
    thief.post("/api/v1/session/passkeys", json!({})).await.problem(409, "conflict");
    thief.post("/api/v1/session/factor", json!({})).await.problem(409, "conflict");
    thief.post("/api/v1/session/factor/confirm", json!({ "code": "123456" })).await.problem(409, "conflict");
    let mut other = Authenticator::new(&world, 2);
    let body = json!({ "name": "Mine", "credential": other.make(&early["options"]) });
    overtaken.post("/api/v1/session/passkeys/confirm", body).await.problem(409, "conflict");
    let id = format!("/api/v1/session/passkeys/{}", "0".repeat(64));
    thief.delete(&id).await.problem(403, "second-factor-needed");
    assert_eq!(show(&mut thief, &mut other).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_written_down() {
    let world = World::set_up_with_second_factors().await;
    let mut key = Authenticator::new(&world, 1);
    add(&mut begun(&world, "olga").await, &mut key, "Desk").await;
    let mut olga = begun(&world, "olga").await;

    key.flags = TOUCHED;
    show(&mut olga, &mut key).await.problem(403, "wrong-passkey");
    assert_eq!(why(&world).await, "a passkey without a check of its owner");
    key.flags = CHECKED;
    // A fake page: the browser says where it is, whatever the page wants.
    key.origin = "https://evil.example".to_owned();
    show(&mut olga, &mut key).await.problem(403, "wrong-passkey");
    assert_eq!(why(&world).await, "a passkey that does not fit");
    key.origin = world.base();
    key.host = "evil.example".to_owned();
    show(&mut olga, &mut key).await.problem(403, "wrong-passkey");
    key.host = "localhost".to_owned();

    let options = challenge(&olga).await;
    let shown = json!({ "credential": key.answer(&options) });
    // Somebody else's sign-in has another challenge, or none.
    let ines = begun(&world, "ines").await;
    ines.post("/api/v1/session/passkey", json!({})).await.problem(409, "conflict");
    ines.post("/api/v1/session/passkey/show", shown.clone()).await.problem(409, "conflict");
    let late = begun(&world, "olga").await;
    challenge(&late).await;
    late.post("/api/v1/session/passkey/show", shown.clone()).await.problem(403, "wrong-passkey");
    let answer = olga.post("/api/v1/session/passkey/show", shown.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let again = begun(&world, "olga").await;
    again.post("/api/v1/session/passkey/show", shown).await.problem(409, "conflict");

    // A copy whose counter is behind: told by name, since it means that somebody has the key.
    world.clock.advance_s(600);
    key.counter = 1;
    show(&mut begun(&world, "olga").await, &mut key).await.problem(403, "wrong-passkey");
    assert_eq!(why(&world).await, "a passkey whose counter went back, as that of a copy does");
    let late = begun(&world, "olga").await;
    for body in [json!({ "credential": {} }), json!({ "credential": [] }), json!({ "credential": null })] {
        late.post("/api/v1/session/passkey/show", body).await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn a_challenge_has_five_minutes_and_guesses_have_a_pace() {
    let world = World::set_up_with_second_factors().await;
    let mut key = Authenticator::new(&world, 1);
    add(&mut begun(&world, "olga").await, &mut key, "Desk").await;
    let late = begun(&world, "olga").await;
    let shown = json!({ "credential": key.answer(&challenge(&late).await) });
    world.clock.advance_s(300);
    late.post("/api/v1/session/passkey/show", shown).await.problem(409, "conflict");
    world.clock.advance_s(600);
    let mut thief = begun(&world, "olga").await;
    let mut other = Authenticator::new(&world, 1);
    for _ in 0..5 {
        show(&mut thief, &mut other).await.problem(403, "wrong-passkey");
    }
    show(&mut thief, &mut key).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn passkeys_are_listed_and_removed_and_the_last_one_stays() {
    let world = World::set_up_with_second_factors().await;
    let (mut desk, mut phone) = (Authenticator::new(&world, 1), Authenticator::new(&world, 2));
    let mut olga = begun(&world, "olga").await;
    add(&mut olga, &mut desk, "Desk").await;
    let answer = add(&mut olga, &mut phone, " Phone ").await;
    assert_eq!(answer.json()["recovery_codes"], json!([]), "those of the first stay");
    let listed = olga.get("/api/v1/session/factors").await.json()["passkeys"].clone();
    let path = |at: usize| format!("/api/v1/session/passkeys/{}", listed[at]["id"].as_str().expect("an id"));
    assert_eq!(listed.as_array().map(Vec::len), Some(2));

    let mut ines = begun(&world, "ines").await;
    add(&mut ines, &mut Authenticator::new(&world, 3), "Hers").await;
    ines.delete(&path(0)).await.problem(404, "not-found");
    world.clock.advance_s(300);
    olga.once(Method::DELETE, &path(0), None).await.problem(403, "confirm-sign-in");
    olga.once(Method::POST, "/api/v1/session/passkeys", None).await.problem(403, "confirm-sign-in");
    // Password and passkey again, in one act; the password alone is not enough.
    let confirm = "/api/v1/session/confirm";
    olga.once(Method::POST, confirm, Some(json!({ "password": PASSWORD }))).await.problem(422, "invalid");
    let shown = phone.answer(&challenge(&olga).await);
    let body = json!({ "password": PASSWORD, "passkey": shown });
    let answer = olga.once(Method::POST, confirm, Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    world.break_log();
    assert_eq!(olga.delete(&path(0)).await.status.as_u16(), 503, "not written down, not done");
    world.mend_log();
    crate::live::until("the log takes entries again", async || {
        olga.delete(&path(0)).await.status == StatusCode::NO_CONTENT
    })
    .await;
    olga.delete(&path(1)).await.problem(409, "conflict");
    let [_, _, _, sent] = world.newest("second_factor_changed").await.expect("it was written down");
    assert_eq!(sent["change"], "passkey_removed");
    let mut again = begun(&world, "olga").await;
    show(&mut again, &mut desk).await.problem(403, "wrong-passkey");
    assert_eq!(show(&mut again, &mut phone).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_of_numbers_has_no_passkeys_and_the_page_can_say_so() {
    let world = World::set_up_with_second_factors().await;
    let mut key = Authenticator::new(&world, 1);
    add(&mut begun(&world, "olga").await, &mut key, "Desk").await;
    let mut olga = world.anybody();
    olga.base = format!("https://127.0.0.1:{}", world.port);
    olga.headers.insert("origin", olga.base.parse().expect("a header value"));
    olga.try_sign_in("olga", PASSWORD).await;
    let factors = olga.get("/api/v1/session/factors").await.json();
    assert_eq!(factors["passkeys_here"], 0);
    let words = factors["passkeys_missing"].as_str().expect("a sentence");
    assert!(words.contains("127.0.0.1") && words.contains("address of numbers"), "{words}");
    olga.post("/api/v1/session/passkey", json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_reset_takes_passkeys_too() {
    let world = World::set_up_with_second_factors().await;
    let (mut key, mut other) = (Authenticator::new(&world, 1), Authenticator::new(&world, 2));
    add(&mut begun(&world, "olga").await, &mut key, "Desk").await;
    let mut adam = begun(&world, "adam").await;
    add(&mut adam, &mut other, "Office").await;
    let people = adam.get("/api/v1/people").await.json();
    let olga = people.as_array().expect("people").iter().find(|one| one["sign_in_name"] == "olga").expect("olga");
    assert_eq!(olga["second_factor_90k"], world.clock.wall().ticks());
    let path = format!("/api/v1/people/{}/reset-factor", olga["id"].as_str().expect("an id"));
    assert_eq!(adam.post(&path, json!({})).await.status, StatusCode::OK);
    let mut olga = begun(&world, "olga").await;
    assert_eq!(olga.get("/api/v1/session").await.json()["lacks"], "second_factor");
    assert_eq!(olga.post("/api/v1/session/factor", json!({})).await.json()["reset"]["by"], "Adam Admin");
    let answer = add(&mut olga, &mut key, "Desk again").await;
    assert_eq!(answer.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", answer.text());
}
