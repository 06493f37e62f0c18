//! The log as everybody may read it, and a stranger who checks it with nothing else.

use candour_ledger::{
    Checkpoint, CosigningKey, SignedNote, Tile, TileKind, VerifierKey, decode_bundle, leaf_hash, root_over,
};
use candour_units::Hash;

use crate::world::World;

#[tokio::test]
async fn a_stranger_rebuilds_the_root_from_what_is_served() {
    let world = World::set_up().await;
    let nobody = world.anybody();
    let key = nobody.get("/log/v1/key").await.text();
    let key = VerifierKey::parse(key.trim_end()).expect("a verifier key");
    let answer = nobody.get("/log/v1/checkpoint").await;
    assert_eq!(answer.headers["cache-control"], "no-cache");
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    let checkpoint = Checkpoint::open(&answer.body, &key).expect("signed by the log");
    assert!((1..256).contains(&checkpoint.size), "{}", checkpoint.size);

    let part = |kind| Tile::new(kind, 0, checkpoint.size as u16).expect("a tile");
    let hashes = nobody.get(&format!("/log/v1/tile/{}", part(TileKind::Hashes(0)))).await;
    assert_eq!(hashes.headers["content-type"], "application/octet-stream");
    assert_eq!(hashes.headers["cache-control"], "public, max-age=3600, immutable");
    let hashes: Vec<Hash> = hashes.body.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect();
    assert_eq!(root_over(&hashes), checkpoint.root);
    let bundle = nobody.get(&format!("/log/v1/tile/{}", part(TileKind::Entries))).await;
    let leaves: Vec<Hash> = decode_bundle(&bundle.body).expect("whole").into_iter().map(leaf_hash).collect();
    assert_eq!(leaves, hashes);
    // Of who did it there is not a word.
    for secret in ["Olga", "olga", "127.0.0.1", "Town hall"] {
        assert!(!bundle.body.windows(secret.len()).any(|found| found == secret.as_bytes()), "{secret}");
    }
    // Reading it is no entry: it is of nobody.
    assert_eq!(world.log.status().size, checkpoint.size);
}

#[tokio::test]
async fn what_is_whole_may_be_kept_for_ever() {
    let world = World::set_up().await;
    let more = (0..256).map(|_| async {
        let event = candour_audit::Event {
            kind: candour_audit::EventKind::ConfigurationChanged,
            actor: candour_audit::Actor::Recorder,
            subject: candour_audit::Subject::default(),
            outcome: "{}".to_owned(),
        };
        world.log.append(event).await.expect("written");
    });
    futures::future::join_all(more).await;
    for address in ["0/000", "entries/000"] {
        let answer = world.anybody().get(&format!("/log/v1/tile/{address}")).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    }
}

#[tokio::test]
async fn hostile_addresses_are_answered_in_words() {
    let world = World::set_up().await;
    let nobody = world.anybody();
    for (address, expected) in [
        ("tile/0/001", 404),
        ("tile/7/000.p/1", 404),
        ("tile/entries/x018/x446/x744/x073/x709/551/", 400),
        ("tile/entries/x999/x999/x999/x999/x999/x999/999", 400),
        ("tile/0/000.p/256", 400),
        ("tile/0/000.p/0", 400),
        ("tile/8/000", 400),
        ("tile/0/..%2f..%2fjournal", 400),
        ("tile/%2e%2e/journal", 404),
        ("tile/0/%00", 400),
        ("tile/0/%ff", 400),
        ("tile/journal", 400),
        ("tile/", 404),
        ("tile", 404),
        ("journal", 404),
        ("signing.key", 404),
        ("cosigned", 404),
        ("", 404),
    ] {
        let answer = nobody.get(&format!("/log/v1/{address}")).await;
        assert_eq!(answer.status.as_u16(), expected, "{address}: {}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{address}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{address}: an error is not kept");
    }
    for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
        let answer = nobody.send(method, "/log/v1/checkpoint", None).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
}

#[tokio::test]
async fn what_a_witness_cosigned_is_served_with_it() {
    let world = World::set_up().await;
    let witness = CosigningKey::from_seed("witness.example/w", &[4; 32]).expect("a name");
    let mut note = SignedNote::decode(world.log.status().checkpoint.as_bytes()).expect("a note");
    note.signatures.push(witness.cosign(&note.text, 1_795_461_180));
    world.log.keep_cosigned(witness.witness().clone(), note).await.expect("kept");
    for name in ["checkpoint", "cosigned"] {
        let served = world.anybody().get(&format!("/log/v1/{name}")).await;
        let served = SignedNote::decode(&served.body).expect("a note");
        assert_eq!(witness.witness().cosigned_at(&served), Ok(1_795_461_180), "{name}");
    }
}
