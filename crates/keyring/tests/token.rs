//! A keyring under a real PKCS#11 token (SoftHSM). Without the library there is nothing to test, and the test says so; where
//! the project's own preparation ran (`deploy/prepare test`), it is there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use candour_durable::Disk;
use candour_keyring::{KeyError, Keyring, MasterSource, TokenSource};
use candour_units::{RecorderId, SeededEntropy, SegmentId, StreamId, WallTime};

const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
const STREAM: StreamId = StreamId::from_bytes([1; 16]);
const PIN: &str = "4711-4711";

fn segment(byte: u8) -> SegmentId {
    SegmentId::from_bytes([byte; 16])
}

fn hour(number: i64) -> WallTime {
    WallTime::from_unix_seconds(number * 3600 + 17)
}

struct Place {
    directory: tempfile::TempDir,
    library: PathBuf,
}

impl Place {
    fn source(&self, token: &str, forgets: bool) -> MasterSource {
        let pin = self.directory.path().join("pin");
        let (library, label) = (self.library.clone(), "candour".to_owned());
        MasterSource::Token(TokenSource { library, token: token.to_owned(), label, pin, forgets })
    }

    fn open(&self, token: &str, forgets: bool, first_start: bool, seed: u64) -> Result<Keyring, KeyError> {
        let copies = ["a", "b"].map(|which| self.directory.path().join(token).join(which));
        let entropy = Arc::new(SeededEntropy::new(seed));
        Keyring::open_under(Disk::real(), &self.source(token, forgets), &copies, first_start, entropy)
    }
}

/// The library keeps one state for a process, so this is one test: a process of its own with a token directory of its own.
#[test]
fn a_token_wraps_and_forgets() {
    let Some(library) = LIBRARIES.iter().map(PathBuf::from).find(|path| path.exists()) else {
        eprintln!("SoftHSM is not installed (deploy/prepare test); nothing was tested");
        return;
    };
    if std::env::var_os("SOFTHSM2_CONF").is_some() && std::env::var_os("CANDOUR_TOKEN_TEST").is_some() {
        return inside(library);
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let configuration = directory.path().join("softhsm2.conf");
    let tokens = directory.path().join("tokens");
    std::fs::create_dir(&tokens).expect("there is room");
    std::fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))
        .expect("there is room");
    let with_token = |command: &mut Command| {
        let output = command.env("SOFTHSM2_CONF", &configuration).output().expect("it can be started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    };
    for token in ["one", "forgetful"] {
        with_token(
            Command::new("softhsm2-util")
                .args(["--init-token", "--free", "--label", token])
                .args(["--so-pin", "12345678", "--pin", PIN]),
        );
    }
    let itself = std::env::current_exe().expect("this program");
    with_token(
        Command::new(itself)
            .args(["a_token_wraps_and_forgets", "--exact", "--nocapture", "--test-threads=1"])
            .env("CANDOUR_TOKEN_TEST", directory.path()),
    );
}

fn inside(library: PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let place = Place { directory, library };
    let pin = place.directory.path().join("pin");
    std::fs::write(&pin, format!("{PIN}\n")).expect("there is room");
    set_mode(&pin, 0o644);
    let refused = place.open("one", false, true, 1).err().expect("everybody may read the PIN");
    assert!(refused.to_string().contains("chmod 600"), "{refused}");
    set_mode(&pin, 0o600);
    let refused = place.open("nowhere", false, true, 1).err().expect("there is no such token");
    assert!(refused.to_string().contains("no token is labelled"), "{refused}");

    for (token, forgets) in [("one", false), ("forgetful", true)] {
        assert!(place.open(token, forgets, false, 2).is_err(), "lost key files are no first start");
        let keyring = place.open(token, forgets, true, 3).expect("a first start");
        let made = *keyring.key_for_new(STREAM, segment(1), hour(5)).expect("the disk is good").bytes();
        let gone = *keyring.key_for_new(STREAM, segment(2), hour(5)).expect("the disk is good").bytes();
        assert_eq!(keyring.master_fingerprint(), None, "it never leaves the token");
        let head = place.directory.path().join(token).join("a/keyring");
        let old_head = std::fs::read(&head).expect("it is there");
        let old_day = std::fs::read(place.directory.path().join(token).join("a/days/0")).expect("it is there");
        let backup =
            keyring.begin_backup(RecorderId::from_bytes([9; 16]), hour(5), hour(200)).expect("the token answers");
        assert_eq!(keyring.backup_key(&backup.head, &backup.wrapped).ok().as_deref(), Some(&*backup.key));
        keyring.destroy(STREAM, segment(2), hour(5), &[segment(1)]).expect("the disk is good");
        keyring.rotate_epoch().expect("the token answers");
        assert!(!keyring.status().rotating);
        keyring.end_backup(backup.head.id).expect("the token answers");
        assert_eq!(keyring.backup_key(&backup.head, &backup.wrapped).is_err(), forgets, "{token}: an expired backup");
        drop(keyring);

        let keyring = place.open(token, forgets, false, 4).expect("the same token");
        assert_eq!(keyring.key_of(STREAM, segment(1), hour(5)).map(|key| *key.bytes()).ok(), Some(made));
        assert!(keyring.key_of(STREAM, segment(2), hour(5)).is_err());
        drop(keyring);

        // Old blocks of both copies, put back as files: only a token that forgets makes nothing of them.
        for which in ["a", "b"] {
            let copy = place.directory.path().join(token).join(which);
            std::fs::write(copy.join("keyring"), &old_head).expect("there is room");
            std::fs::write(copy.join("days/0"), &old_day).expect("there is room");
        }
        let put_back = place.open(token, forgets, false, 5);
        let opened = put_back.ok().and_then(|keyring| keyring.key_of(STREAM, segment(2), hour(5)).ok());
        assert_eq!(opened.map(|key| *key.bytes()), (!forgets).then_some(gone), "{token}");
    }

    // Another token has other keys.
    let (one, other) = (place.directory.path().join("one"), place.directory.path().join("forgetful"));
    std::fs::remove_dir_all(&other).expect("it is ours");
    std::fs::rename(&one, &other).expect("it is ours");
    assert!(place.open("forgetful", false, false, 6).is_err());
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}
