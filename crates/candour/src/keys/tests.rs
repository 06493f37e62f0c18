//! Promise 3 at its hardest: a copy of a deleted segment, taken before, opens with nothing that is left; and backups and
//! restores keep it so. The real archive, log, catalogue and keyring; real backups.

mod search;
mod site;

use candour_archive::DeletionOrder;
use candour_db::SegmentState;
use candour_seal::Opener;
use candour_units::{Clock, SegmentId};

use super::{backup, restore};
use crate::papers::PaperStore;
use search::Pile;
use site::{STREAM, Site};

fn order(segment: SegmentId, site: &Site) -> DeletionOrder {
    site::order(segment, site.clock.wall())
}

/// Two segments of one hour; the first is deleted, the second held.
struct Case {
    site: Site,
    gone: SegmentId,
    held: SegmentId,
    /// Bytes of both files from before the deletion.
    gone_copy: Vec<u8>,
    held_copy: Vec<u8>,
}

impl Case {
    async fn new() -> Self {
        let site = Site::new().await;
        let [gone, held] = site.record_two().await;
        let [gone_copy, held_copy] = [gone, held].map(|segment| std::fs::read(site.path(segment)).expect("its file"));
        Self { site, gone, held, gone_copy, held_copy }
    }

    async fn delete(&self) {
        let certificate = self.site.archive.delete(&order(self.gone, &self.site)).await.expect("nothing fails");
        self.site.archive.rotate_keys().await.expect("nothing fails");
        assert!(certificate.unreadable_at.is_some());
        assert!(self.site.keyring.key_of(STREAM, self.gone, site::at(0)).is_err());
    }

    fn assert_held_plays(&self) {
        let key = self.site.keyring.key_of(STREAM, self.held, site::at(60)).expect("it stays");
        assert!(Opener::new(&self.held_copy, key.bytes()).is_ok());
    }

    /// Everything the system has now: master key, keyring, catalogue with its write-ahead log, the log.
    fn pile(&self) -> Pile {
        let mut pile = Pile::new(self.site.master());
        pile.add_directory(&self.site.config.data);
        pile
    }
}

/// Seen to fail with a rotation that leaves the old epoch key in the head, and with the hour's row kept when a survivor
/// gets its own.
#[tokio::test]
async fn a_copy_of_a_deleted_segment_opens_with_nothing_that_is_left() {
    let case = Case::new().await;
    let before = case.pile();
    let found = before.search(&case.gone_copy);
    assert!(found.is_some(), "the search finds the key while it is there");
    assert!(before.search(&case.held_copy).is_some());

    case.delete().await;
    let after = case.pile();
    assert_eq!(after.search(&case.gone_copy), None);
    assert!(after.search(&case.held_copy).is_some(), "the search still works: the neighbour's key is found");
    case.assert_held_plays();

    // What old blocks of a disk may still hold of the day's file opens under no epoch key that is held now.
    let mut stale = case.pile();
    stale.add_days_of(&before);
    assert_eq!(stale.search(&case.gone_copy), None);
    assert!(stale.search(&case.held_copy).is_some());
    case.site.close().await;
}

/// Seen to fail with the key file left where it is when a backup ends.
#[tokio::test]
async fn a_backup_opens_what_it_held_until_the_certificate_says_and_nothing_after() {
    let case = Case::new().await;
    let site = &case.site;
    let made = backup::make(&site.parts(), &site.backups()).await.expect("there is room");
    let body = std::fs::read(&made.body).expect("it was made");
    case.delete().await;
    let certificate = site.db.certificate(case.gone).await.expect("a read").expect("there is one");
    assert_eq!(certificate.backups_until, Some(made.expires), "the certificate names the backup");

    // A later backup holds the neighbour's key only.
    site.clock.advance_s(10);
    let later = backup::make(&site.parts(), &site.backups()).await.expect("there is room");
    let mut without = case.pile();
    without.add_backup(&later.body, &later.key);
    assert_eq!(without.search(&case.gone_copy), None, "only the backup that the certificate names may open it");
    assert!(without.search(&case.held_copy).is_some());
    let mut with = case.pile();
    with.add_backup(&made.body, &made.key);
    assert!(with.search(&case.gone_copy).is_some(), "the search opens backups");

    // The backup expires. Whoever copied its body away before has nothing.
    site.clock.advance_s(7 * 86_400 - 20);
    assert_eq!(backup::end_expired(&site.parts(), None, site.clock.wall()).await.expect("nothing fails"), 0);
    site.clock.advance_s(11);
    assert_eq!(backup::end_expired(&site.parts(), None, site.clock.wall()).await.expect("nothing fails"), 1);
    assert!(!made.body.exists() && !made.key.exists() && later.key.exists());
    let mut after = case.pile();
    after.add_bytes(body);
    after.add_backup(&later.body, &later.key);
    assert_eq!(after.search(&case.gone_copy), None);
    case.assert_held_plays();
    case.site.close().await;
}

#[tokio::test]
async fn a_backup_that_fails_is_no_backup_and_names_itself_in_no_certificate() {
    let case = Case::new().await;
    let site = &case.site;
    // There is a directory where the body should be written to, and nothing can be written in it.
    let nowhere = site.backups().join("absent");
    assert!(backup::make(&site.parts(), &nowhere).await.is_err());
    std::fs::write(site.config.data.join("catalogue-for-backup.db"), b"left by a crash").expect("there is room");
    backup::make(&site.parts(), &site.backups()).await.expect("what a crash left is in nobody's way");
    assert!(!site.config.data.join("catalogue-for-backup.db").exists());
    assert_eq!(site.keyring.backups().len(), 1);
    case.site.close().await;
}

/// Seen to fail with the replay left out.
#[tokio::test]
async fn a_restore_deletes_again_what_was_deleted_since_the_backup() {
    let case = Case::new().await;
    let made = backup::make(&case.site.parts(), &case.site.backups()).await.expect("there is room");
    // Recorded after the backup in the same hour: it has a file and a key, and the backup knows nothing of it.
    let younger = case.site.record_one().await;
    let younger_copy = std::fs::read(case.site.path(younger)).expect("its file");
    let younger_start = case.site.db.segment(younger).await.expect("a read").expect("a row").start;
    case.delete().await;
    let Case { site, gone, held, gone_copy, held_copy } = case;
    site.close().await;

    // Catalogue and keyring are lost; the master key, the log and the footage are there. The file is put back as well.
    for name in ["candour.db", "candour.db-wal", "candour.db-shm"] {
        let _absent_after_a_close_in_order = std::fs::remove_file(site.config.data.join(name));
    }
    for copy in &site.config.keyring_copies {
        std::fs::remove_dir_all(copy).expect("it was there");
    }
    std::fs::write(site.path(gone), &gone_copy).expect("there is room");

    let restored = restore::restore(&site.config, &site.backups(), false, &site.clock(), &site.entropy()).await;
    let restored = restored.expect("it fits");
    assert_eq!((restored.made, restored.replayed), (made.expires - site::days(7), 1));
    assert!(!site.path(gone).exists(), "the file that came back is gone");
    let site = site.opened_again().await;
    assert!(site.keyring.key_of(STREAM, gone, site::at(0)).is_err());
    for (segment, copy, start) in [(held, &held_copy, site::at(60)), (younger, &younger_copy, younger_start)] {
        let key = site.keyring.key_of(STREAM, segment, start).expect("it stays");
        assert!(Opener::new(copy, key.bytes()).is_ok(), "{segment} is readable");
    }
    let row = site.db.segment(gone).await.expect("a read").expect("the backup knew it");
    assert_eq!(row.state, SegmentState::Deleted);
    let off = site.db.setting("deletion_off_until_holds_confirmed").await.expect("a read");
    assert_eq!(off.as_deref(), Some("restored"));
    assert_eq!(site.keyring.backups().len(), 1, "the backup that was restored is still one");

    let mut pile = Pile::new(site.master());
    pile.add_directory(&site.config.data);
    assert_eq!(pile.search(&gone_copy), None);
    assert!(pile.search(&held_copy).is_some());
    site.close().await;
}

#[tokio::test]
async fn a_restore_refuses_what_does_not_fit_and_can_be_begun_again() {
    let case = Case::new().await;
    let made = backup::make(&case.site.parts(), &case.site.backups()).await.expect("there is room");
    let site = case.site;
    site.close().await;
    let (clock, entropy) = (site.clock(), site.entropy());
    let refused = async |from: &std::path::Path, expected: &str| {
        let error = restore::restore(&site.config, from, false, &clock, &entropy).await.expect_err("it is refused");
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    };
    refused(&site.backups(), "new or emptied").await;
    std::fs::remove_file(site.config.data.join("candour.db")).expect("it was there");
    refused(&site.backups(), "move it aside").await;
    for copy in &site.config.keyring_copies {
        std::fs::remove_dir_all(copy).expect("it was there");
    }
    let log = site.config.log.clone();
    let aside = log.with_extension("aside");
    std::fs::rename(&log, &aside).expect("it is ours");
    refused(&site.backups(), "--without-log").await;
    std::fs::rename(&aside, &log).expect("it is ours");
    let master = site.master_path();
    let key = std::fs::read(&master).expect("it is there");
    std::fs::write(&master, [3; 32]).expect("there is room");
    refused(&site.backups(), "another master key").await;
    std::fs::write(&master, &key).expect("there is room");

    // A body that was changed: found before anything is served, and the next restore begins again.
    let whole = std::fs::read(&made.body).expect("it is there");
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&made.body, &changed).expect("there is room");
    refused(&made.key, "damaged").await;
    assert!(super::refuse_unfinished(&site.config).is_err(), "nothing is served in between");
    std::fs::write(&made.body, &whole).expect("there is room");
    restore::restore(&site.config, &made.body, false, &clock, &entropy).await.expect("it fits now");
    assert!(super::refuse_unfinished(&site.config).is_ok());

    site.clock.advance_s(8 * 86_400);
    std::fs::remove_file(site.config.data.join("candour.db")).expect("it was there");
    for copy in &site.config.keyring_copies {
        std::fs::remove_dir_all(copy).expect("it was there");
    }
    refused(&site.backups(), "has expired").await;
}

#[tokio::test]
async fn papers_come_back_with_a_restore_each_as_it_was_filed() {
    let site = Site::new().await;
    let papers = PaperStore::new(&site.config.data);
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
    let declaration = papers.keep(b"we declare that it holds no part".to_vec()).await.expect("there is room");
    let table = papers.keep(large.clone()).await.expect("there is room");
    let changed = papers.keep(b"as it was filed".to_vec()).await.expect("there is room");
    let directory = site.config.data.join("papers");
    std::fs::write(directory.join(&changed), b"as somebody would like it").expect("there is room");
    let made =
        backup::make(&site.parts(), &site.backups()).await.expect("a paper that was changed is in no backup's way");
    let body = std::fs::read(&made.body).expect("it was made");
    assert!(!body.windows(10).any(|window| window == b"we declare"), "what lies elsewhere tells nothing");
    site.close().await;

    std::fs::remove_dir_all(&directory).expect("it was there");
    std::fs::remove_file(site.config.data.join("candour.db")).expect("it was there");
    for copy in &site.config.keyring_copies {
        std::fs::remove_dir_all(copy).expect("it was there");
    }
    let restored = restore::restore(&site.config, &site.backups(), false, &site.clock(), &site.entropy()).await;
    restored.expect("it fits");
    assert_eq!(papers.read(&declaration).await.expect("it came back"), b"we declare that it holds no part");
    assert_eq!(papers.read(&table).await.expect("it came back"), large);
    assert!(papers.read(&changed).await.is_err(), "what was changed is not given out as what was filed");
}
