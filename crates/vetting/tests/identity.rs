//! Device identities (IEEE 802.1AR): three conditions, and each of them alone is not enough.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_vetting::{Certificate, Evidence, Kind, ListFiles, Lists, Missing, Outcome, judge};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use sha2::{Digest, Sha256};
use support::{AXIS, item, items, paper, subject};

/// A maker's authority: its root, and a way to make chains.
struct Maker {
    root: CertificateParams,
    root_key: KeyPair,
    root_der: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Axis Communications AB");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Maker {
    fn new() -> Self {
        let root_key = KeyPair::generate().expect("a key");
        let root = authority("device ID Root CA");
        let root_der = root.self_signed(&root_key).expect("a root").der().to_vec();
        Self { root, root_key, root_der }
    }

    /// The device's certificate and the intermediate's, one after the other.
    fn chain(&self, serial: &str) -> Vec<u8> {
        let between_key = KeyPair::generate().expect("a key");
        let between = authority("device ID Intermediate CA");
        let above = Issuer::new(self.root.clone(), &self.root_key);
        let between_der = between.signed_by(&between_key, &above).expect("an intermediate").der().to_vec();
        let mut device = params("axis-b8a44fa04f26-eccp256-1");
        device.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), serial);
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::new(between, &between_key);
        let device = device.signed_by(&key, &issuer).expect("a device").der().to_vec();
        [device, between_der].concat()
    }

    /// The shipped lists with this maker's root.
    fn lists(&self) -> Lists {
        let digest: String = Sha256::digest(&self.root_der).iter().map(|byte| format!("{byte:02x}")).collect();
        let row = format!(
            "group,name,sha256,certificate,source\naxis,device ID Root CA,{digest},{},a test\n",
            STANDARD.encode(&self.root_der)
        );
        let files = ListFiles { device_roots: row.as_bytes(), ..ListFiles::SHIPPED };
        Lists::parse(&files).expect("lists with a root")
    }
}

/// An Axis across a router with its papers, and what its TLS showed.
fn device(kind: Kind, chain: &[u8]) -> Vec<Evidence> {
    let mut evidence = items(AXIS);
    evidence.push(paper(None));
    let subject = Certificate::read_all(chain).expect("certificates")[0].subject.clone();
    evidence.push(Evidence { raw: chain.to_vec(), ..item(kind, &subject) });
    evidence
}

#[track_caller]
fn check(lists: &Lists, evidence: &[Evidence], expected: Outcome, rule: &str) {
    let judgement = judge(&subject(evidence), lists);
    assert_eq!(judgement.outcome(), expected, "{:#?}", judgement.reasons());
    assert!(judgement.reasons().iter().any(|r| r.rule == rule), "{rule} in {:#?}", judgement.reasons());
    if expected == Outcome::Conditional {
        assert_eq!(judgement.missing(), [Missing::SecondLayer]);
    }
}

#[test]
fn all_three_conditions_are_a_second_layer() {
    let maker = Maker::new();
    let chain = maker.chain("B8A44FA04F26");
    check(&maker.lists(), &device(Kind::TlsChain, &chain), Outcome::Accepted, "identity.axis");
}

#[test]
fn a_root_that_the_maker_did_not_give_out_proves_nothing() {
    let (maker, camera) = (Maker::new(), Maker::new());
    // The camera's own root has the same name, and it shows it too.
    let chain = [camera.chain("B8A44FA04F26"), camera.root_der.clone()].concat();
    check(&maker.lists(), &device(Kind::TlsChain, &chain), Outcome::Conditional, "identity.no-root");
    check(
        &Lists::shipped(),
        &device(Kind::TlsChain, &maker.chain("B8A44FA04F26")),
        Outcome::Conditional,
        "identity.no-root",
    );
}

#[test]
fn a_copied_certificate_proves_nothing() {
    let maker = Maker::new();
    let chain = maker.chain("B8A44FA04F26");
    for kind in [Kind::OnvifCertificate, Kind::TlsSubject] {
        check(&maker.lists(), &device(kind, &chain), Outcome::Conditional, "missing.second-layer");
    }
}

#[test]
fn the_identity_of_another_device_is_a_contradiction() {
    let maker = Maker::new();
    for serial in ["B8A44FA04F27", "not an address"] {
        check(
            &maker.lists(),
            &device(Kind::TlsChain, &maker.chain(serial)),
            Outcome::Quarantined,
            "identity.contradiction",
        );
    }
    let mut silent = device(Kind::TlsChain, &maker.chain("B8A44FA04F26"));
    silent.retain(|item| item.kind != Kind::OnvifSerial);
    check(&maker.lists(), &silent, Outcome::Quarantined, "identity.contradiction");
}

#[test]
fn names_come_in_one_order_and_from_both_forms() {
    let maker = Maker::new();
    let chain = maker.chain("B8A44FA04F26");
    let read = Certificate::read_all(&chain).expect("certificates");
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].subject, "CN=axis-b8a44fa04f26-eccp256-1,O=Axis Communications AB,serialNumber=B8A44FA04F26");
    assert_eq!(read[0].issuer, "CN=device ID Intermediate CA,O=Axis Communications AB");
    let pem: String = read
        .iter()
        .map(|one| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&one.der)))
        .collect();
    assert_eq!(Certificate::read_all(pem.as_bytes()).expect("PEM"), read);
    for end in [1, chain.len() / 3, chain.len() - 1] {
        assert!(Certificate::read_all(&chain[..end]).is_err(), "cut at {end}");
    }
}
