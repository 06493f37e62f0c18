//! The Digest answers that the RTSP client is built with: the examples of the RFCs, and that Basic is never answered.

use http_auth::{PasswordClient, PasswordParams};

const RFC_7616: &str = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
const MD5: &str = "response=\"8ca523f5e9506fed4657c9700eebdbec\"";
const SHA_256: &str = "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"";

fn answer(header: &str) -> Result<String, String> {
    let params = PasswordParams {
        username: "Mufasa",
        password: "Circle of Life",
        uri: "/dir/index.html",
        method: "GET",
        body: Some(&[]),
    };
    PasswordClient::try_from(header)?.respond_with(&params, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
}

/// `expected` stands in the answer or in the error; the password never does.
#[track_caller]
fn check(header: &str, expected: Result<&str, &str>) {
    let found = answer(header);
    let text = match (&found, expected) {
        (Ok(text), Ok(_)) | (Err(text), Err(_)) => text.clone(),
        _ => panic!("{header}: {found:?}"),
    };
    let words = expected.unwrap_or_else(|words| words);
    assert!(text.contains(words), "{header}: {text} lacks {words}");
    assert!(!text.contains("Circle") && !text.contains("TXVmYXNh"), "{header}: {text} shows the password");
}

#[test]
fn the_examples_of_rfc_7616() {
    check(&format!("Digest {RFC_7616}, algorithm=MD5"), Ok(MD5));
    check(&format!("Digest {RFC_7616}"), Ok(MD5));
    check(&format!("digest {RFC_7616}, algorithm=\"MD5\""), Ok(MD5));
    check(&format!("Digest {RFC_7616}, algorithm=SHA-256"), Ok(SHA_256));
}

#[test]
fn the_strongest_digest_is_chosen_wherever_it_stands() {
    let (weak, strong) = (format!("Digest {RFC_7616}, algorithm=MD5"), format!("Digest {RFC_7616}, algorithm=SHA-256"));
    check(&format!("{weak}, {strong}"), Ok(SHA_256));
    check(&format!("{strong}, {weak}"), Ok(SHA_256));
    check(&format!("Basic realm=\"a, b\", {weak}"), Ok(MD5));
    check(&format!("{weak}, Basic realm=\"x\""), Ok(MD5));
    check(&format!("Digest {RFC_7616}, algorithm=SHA-512-256, {weak}"), Ok(MD5));
}

/// RFC 2069 2.4 with the digest that its errata give; the camera offers no qop, so no client nonce is sent.
#[test]
fn the_example_of_rfc_2069() {
    let params = PasswordParams {
        username: "Mufasa",
        password: "CircleOfLife",
        uri: "/dir/index.html",
        method: "GET",
        body: None,
    };
    let challenge = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
    let mut client = PasswordClient::try_from(challenge).expect("a challenge");
    let answer = client.respond_with(&params, "unused").expect("an answer");
    assert!(answer.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{answer}");
    assert!(!answer.contains("cnonce") && !answer.contains("nc=") && !answer.contains("qop"), "{answer}");
}

#[test]
fn what_is_never_answered() {
    check("Basic realm=\"camera\"", Err("offers only Basic"));
    check("basic realm=\"Digest nonce=1\"", Err("offers only basic"));
    check("Bearer, Basic realm=\"x\"", Err("offers only Bearer, Basic"));
    check("", Err("offers only nothing"));
    check("Digest realm=\"x\"", Err("no nonce"));
    check("Digest nonce=\"x\"", Err("no realm"));
    check("Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"", Err("qop"));
    check("Digest realm=\"x\", nonce=\"y\", algorithm=MD4", Err("algorithm"));
    check("realm=\"x\"", Err("no scheme"));
    check("Digest realm=\"x", Err("quoted string"));
    check("Digest realm=\"x\", \u{7f}", Err("byte 18"));
    check(&format!("Digest realm=\"{}\"", "x".repeat(5000)), Err("longer than 4096"));
}

#[test]
fn what_the_camera_says_cannot_break_out_of_the_header() {
    let found = answer(r#"Digest realm="a\"b\\c", nonce="n""#).expect("an answer");
    assert!(found.contains(r#"realm="a\"b\\c""#), "{found}");
    check("Digest realm=\"a\r\nX: y\", nonce=\"n\"", Err("realm has characters"));
    check("Digest realm=\"ü\", nonce=\"n\"", Err("realm has characters"));
}

#[test]
fn a_nonce_is_counted_and_every_client_nonce_is_new() {
    let params = PasswordParams { username: "u", password: "p", uri: "rtsp://h/", method: "PLAY", body: None };
    let mut client = PasswordClient::try_from("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"").expect("a challenge");
    let (first, second) = (client.respond(&params).expect("1"), client.respond(&params).expect("2"));
    assert!(first.ends_with("nc=00000001") && second.ends_with("nc=00000002"), "{first} {second}");
    let nonce_of = |text: &str| text.split("cnonce=").nth(1).map(|rest| rest[..34].to_owned()).expect("a client nonce");
    assert_ne!(nonce_of(&first), nonce_of(&second));
}
