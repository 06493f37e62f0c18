//! The policy in words: the sample of the manual as people read it, kept beside this test and compared whole.

mod made;

use candour_policy::{Section, prose, sign};
use made::{policy, sample};

fn told(out: &mut String, section: &Section) {
    out.push_str(&format!("## {}\n\n", section.heading));
    section.paragraphs.iter().for_each(|paragraph| out.push_str(&format!("{paragraph}\n\n")));
}

/// `CANDOUR_WRITE_PROSE=1` writes it anew; read it before you commit it.
#[test]
fn the_sample_reads_like_this() {
    let policy = policy(&sample());
    let prose = prose(&policy);
    let mut text = format!("# {}\n\n", prose.title);
    let general = prose.general.iter().chain(&prose.purposes).chain(&prose.classes);
    general.for_each(|section| told(&mut text, section));
    for camera in &prose.cameras {
        told(&mut text, &camera.section);
        let sign = sign(&policy, &camera.camera).expect("it is in the policy");
        assert_eq!(sign, camera.sign);
        text.push_str(&format!("Its sign:\n\n```text\n{}\n```\n\n", sign.lines().join("\n")));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sample-in-words.md");
    if std::env::var_os("CANDOUR_WRITE_PROSE").is_some() {
        std::fs::write(path, &text).expect("the file is written");
    }
    let known = std::fs::read_to_string(path).expect("it is in the tree");
    assert!(
        text == known,
        "the sample reads differently now; with CANDOUR_WRITE_PROSE=1 this test writes it anew:\n{text}"
    );
    assert!(prose.cameras.iter().all(|camera| policy.place(&camera.section.rule).is_some()));
    assert_eq!(sign(&policy, "Back door"), None);
}
