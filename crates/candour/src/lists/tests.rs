//! Imports on a stopped recorder: what is refused by name, what two people and urgent signatures do, what a restart finds.

use candour_db::PersonRow;
use candour_units::{PersonId, RecorderId, WallTime};
use candour_vetting::{ListFiles, compose, public_key_of, sign};

use super::store::Found;
use super::*;

const SEEDS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

struct World {
    directory: tempfile::TempDir,
    config: Config,
    place: Where,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let data = Some(directory.path().to_owned());
        let config = Config::read(None, Overrides { data: data.clone(), ..Overrides::default() }).expect("defaults");
        let db = Db::open(&config.data.join("candour.db")).await.expect("a database");
        let person = |number: u8, name: &str| PersonRow {
            id: PersonId::from_bytes([number; 16]),
            sign_in_name: name.to_lowercase(),
            full_name: name.into(),
            roles: "administrator".into(),
            password_hash: String::new(),
            created: WallTime::EPOCH,
            disabled: None,
            ends: None,
            factor: None,
        };
        db.add_people(&[person(1, "Ann"), person(2, "Bob")]).await.expect("accounts");
        db.close().await;
        let id = RecorderId::from_bytes([7; 16]);
        candour_durable::Disk::real()
            .write_atomically(&config.data.join("recorder-id"), format!("{id}\n").as_bytes(), 0o600)
            .expect("a write");
        Self { directory, config, place: Where { config: None, data } }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).expect("a write");
        path
    }

    async fn set_anchors(&self, by: &str, and: &str) -> anyhow::Result<()> {
        let keys = SEEDS.map(|seed| format!(r#"{{"name":"k{}","key":"{}"}}"#, seed[0], public_key_of(&seed)));
        let text = format!(r#"{{"threshold":2,"keys":[{}]}}"#, keys.join(","));
        let file = Some(self.write("anchors.json", text.as_bytes()));
        let place = Where { config: None, data: self.place.data.clone() };
        anchors(&AnchorsArguments { place, file, by: Some(by.into()), and: Some(and.into()) }).await
    }

    async fn import(&self, bytes: &[u8], people: Option<(&str, &str)>) -> anyhow::Result<()> {
        let file = self.write("import.json", bytes);
        let place = Where { config: None, data: self.place.data.clone() };
        let (by, and) = people.map(|(by, and)| (by.to_owned(), and.to_owned())).unzip();
        import(&ImportArguments { file, place, by, and }).await
    }

    async fn in_force(&self) -> Found {
        let (_, db, store) = self.place.open().await.expect("it opens");
        let found = store.in_force().await.expect("it reads");
        db.close().await;
        found
    }

    /// What the log says was done with lists, oldest first.
    async fn log(&self) -> Vec<serde_json::Value> {
        let log = crate::holds::open_log(&self.config).await.expect("the log");
        let entries = log.entries(0, 50).await.expect("entries");
        log.close().await;
        let sent =
            |entry: candour_audit::EntryView| serde_json::from_str(&entry.sent.unwrap_or_default()).expect("JSON");
        entries.into_iter().map(sent).collect()
    }
}

fn bundle(version: u64, urgent: bool, signatures: usize) -> Vec<u8> {
    let day = Day::parse("2026-11-26").expect("a day");
    let unsigned = compose(&ListFiles::SHIPPED, version, day, "test", urgent).expect("the shipped lists");
    SEEDS[..signatures].iter().fold(unsigned, |file, seed| sign(&file, seed).expect("a bundle"))
}

fn said(refused: anyhow::Result<()>) -> String {
    format!("{:#}", refused.expect_err("it is refused"))
}

#[tokio::test]
async fn nothing_is_imported_without_anchors_that_two_people_set() {
    let world = World::new().await;
    assert!(said(world.import(&bundle(2, false, 2), Some(("ann", "bob"))).await).contains("trusts no keys"));
    assert!(said(world.set_anchors("ann", "Ann").await).contains("two are needed"));
    world.set_anchors("ann", "bob").await.expect("two people");
    let log = world.log().await;
    assert_eq!((log.len(), &log[0]["act"], &log[0]["by"]), (1, &"list_anchors".into(), &"Ann".into()));
}

#[tokio::test]
async fn what_is_refused_is_refused_by_name_and_the_lists_in_force_stay() {
    let world = World::new().await;
    world.set_anchors("ann", "bob").await.expect("two people");
    let both = Some(("ann", "bob"));
    let mut corrupt = bundle(2, false, 2);
    let middle = corrupt.len() / 2;
    corrupt[middle] = if corrupt[middle] == b'A' { b'B' } else { b'A' };
    for (bytes, words) in [
        (bundle(2, false, 0), "signed by 0 of the 2"),
        (bundle(2, false, 1), "signed by 1 of the 2"),
        (bundle(1, false, 2), "nothing goes back"),
        (corrupt, "is not imported"),
        (b"not a bundle".to_vec(), "no bundle of lists"),
    ] {
        let refused = said(world.import(&bytes, both).await);
        assert!(refused.contains(words), "{refused}");
        assert_eq!(world.in_force().await.bundle.info.version, 1);
    }
    // Without two people only the plan is shown.
    world.import(&bundle(2, false, 2), None).await.expect("a plan");
    assert!(said(world.import(&bundle(2, false, 2), Some(("ann", "ann"))).await).contains("two are needed"));
    assert_eq!(world.in_force().await.bundle.info.version, 1);
    assert_eq!(world.log().await.len(), 1, "nothing but the anchors was written down");
}

#[tokio::test]
async fn two_people_or_urgent_signatures_put_it_in_force_and_a_lost_file_is_told_of() {
    let world = World::new().await;
    world.set_anchors("ann", "bob").await.expect("two people");
    world.import(&bundle(2, false, 2), Some(("ann", "bob"))).await.expect("two people");
    world.import(&bundle(3, true, 2), None).await.expect("its signers say that it cannot wait");
    let found = world.in_force().await;
    assert_eq!((found.bundle.info.version, found.trouble), (3, None));
    assert!(said(world.import(&bundle(2, false, 2), Some(("ann", "bob"))).await).contains("nothing goes back"));
    let log = world.log().await;
    let told: Vec<_> = log.iter().map(|entry| (&entry["act"], &entry["version"], &entry["and"])).collect();
    assert_eq!(told[1], (&"lists_in_force".into(), &2.into(), &"Bob".into()));
    assert_eq!(told[2], (&"lists_in_force".into(), &3.into(), &serde_json::Value::Null));
    // The file of the newest is changed behind our back: the one before is used, and people are told.
    std::fs::write(world.config.data.join("lists/bundle-3.json"), bundle(3, true, 1)).expect("a write");
    let found = world.in_force().await;
    assert_eq!(found.bundle.info.version, 2);
    let words = found.trouble.expect("it is told");
    assert!(words.contains("Bundle 3") && words.contains("signed by 1 of the 2"), "{words}");
}
