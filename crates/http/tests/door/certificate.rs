use candour_http::OwnCertificate;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::world::World;

#[tokio::test]
async fn one_of_the_site_takes_the_place_of_the_authority() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let own = OwnCertificate { chain: dir.path().join("chain.pem"), key: dir.path().join("key.pem") };
    std::fs::write(&own.chain, cert.pem()).expect("written");
    std::fs::write(&own.key, signing_key.serialize_pem()).expect("written");

    let mut world = World::with_certificate(dir, Some(own)).await;
    world.authority = cert.pem().into_bytes();
    let anybody = world.anybody();
    let site = anybody.get("/api/v1/site").await;
    assert!(site.json()["ca_fingerprint"].is_null());
    assert_eq!(site.headers["strict-transport-security"], "max-age=31536000");
    anybody.get("/ca.crt").await.problem(404, "not-found");
    assert!(!world.dir.path().join("tls").exists(), "no authority was made");
    let done = anybody.post("/api/v1/setup", world.set_up_request()).await;
    assert_eq!(done.status.as_u16(), 204, "{}", done.text());
    anybody.get("/api/v1/site").await;
}

#[tokio::test]
async fn the_authority_lies_beside_for_people_to_copy() {
    let world = World::fresh().await;
    let file = std::fs::read(world.dir.path().join("tls/ca.crt")).expect("the certificate");
    assert_eq!(file, world.authority);
}
