//! The commands of docs/keys.md on the real program: backup while it runs and while it does not, a lost machine, two
//! shares, a restore, a rotation.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(directory.path().join("backups")).expect("there is room");
        Self { directory }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn backups(&self) -> PathBuf {
        self.directory.path().join("backups")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candour"));
        command.args(words).arg("--data").arg(self.data()).env("CANDOUR_LOG", "warn").stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("it can be started")
    }

    #[track_caller]
    fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it is text")
    }

    #[track_caller]
    fn refused(&self, words: &[&str], expected: &str) {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{words:?}: {said}");
    }

    /// Starts the recorder and waits for its status file.
    fn serve(&self) -> Recorder {
        let status = self.directory.path().join("status");
        let _left_by_the_recorder_before = std::fs::remove_file(&status);
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let log = std::fs::File::create(self.directory.path().join("stderr")).expect("there is room");
        let child = command
            .arg("--status-file")
            .arg(&status)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it can be started");
        let mut recorder = Recorder(child);
        let began = Instant::now();
        while !status.exists() {
            let ended = recorder.0.try_wait().expect("it is ours");
            let said = || std::fs::read_to_string(self.directory.path().join("stderr")).unwrap_or_default();
            assert!(ended.is_none() && began.elapsed() < Duration::from_secs(120), "it did not start: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
        recorder
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let listing = std::fs::read_dir(self.backups()).expect("it is there");
        let paths = listing.map(|entry| entry.expect("it can be read").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect()
    }
}

/// Ended when the test ends, however it ends.
struct Recorder(Child);

impl Recorder {
    fn stop(mut self) {
        let pid = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
        assert!(told.success());
        assert!(self.0.wait().expect("it is ours").success(), "it stops in order");
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // After a stop in order there is nothing to end.
        let _already_ended = self.0.kill();
        let _already_waited_for = self.0.wait();
    }
}

fn text(path: PathBuf) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn a_recorder_is_backed_up_lost_and_restored_on_another_machine() {
    let old = Machine::new();
    let backups = text(old.backups());
    old.refused(&["backup", "--to", &backups], "there is no recorder");
    let recorder = old.serve();
    let said = old.done(&["backup", "--to", &backups]);
    assert!(said.starts_with("made ") && old.files("key").len() == 1, "{said}");
    old.refused(&["backup", "--to", &text(old.backups().join("absent"))], "is not a directory");
    old.refused(&["keys", "rotate"], "stop it first");
    old.refused(&["restore", "--from", &backups], "stop it first");
    recorder.stop();
    old.done(&["keys", "rotate"]);
    old.done(&["backup", "--to", &backups]);
    assert_eq!((old.files("key").len(), old.files("backup").len()), (2, 2));
    assert!(!old.data().join("backup-request").exists() && !old.data().join("backup-answer").exists());
    let shares = old.done(&["keys", "recovery"]);
    let pages: Vec<&str> = shares.split_terminator("\x0c\n").collect();

    // The machine is lost; the log was copied, the backup disk and two pages are there.
    let new = Machine::new();
    copy_directory(&old.data().join("log"), &new.data().join("log"));
    std::fs::create_dir(new.data().join("footage")).expect("a mounted storage");
    new.refused(&["restore", "--from", &backups], "master key");
    let typed = new.command(&["keys", "recover"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut typed = typed.expect("it can be started");
    let input = format!("{}\n{}", pages[2], pages[0]);
    typed.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    assert!(typed.wait().expect("it is ours").success());
    let keys = [&old, &new].map(|machine| std::fs::read(machine.data().join("keys/master.key")).expect("it is there"));
    assert!(keys[0] == keys[1]);
    let said = new.done(&["restore", "--from", &backups]);
    assert!(said.contains("0 deletions") && said.contains("two people"), "{said}");
    let ids =
        [&old, &new].map(|machine| std::fs::read_to_string(machine.data().join("recorder-id")).expect("it is there"));
    assert_eq!(ids[0], ids[1]);
    new.refused(&["restore", "--from", &backups], "new or emptied");
    new.serve().stop();

    // Half a restore is not served.
    std::fs::write(new.data().join("restore-unfinished"), "").expect("there is room");
    new.refused(&["serve", "--listen", "127.0.0.1:0"], "not finished");
}

#[test]
fn a_copy_of_the_keyring_is_renewed_only_where_it_is_missing() {
    let machine = Machine::new();
    machine.serve().stop();
    let copy = machine.data().join("keys/ring-2");
    machine.refused(&["keys", "renew", "--copy", &text(copy.clone())], "in use");
    std::fs::remove_dir_all(&copy).expect("it was there");
    machine.refused(&["keys", "rotate"], "candour keys renew");
    assert!(!copy.exists(), "it is not made by itself");
    machine.done(&["keys", "renew", "--copy", &text(copy.clone())]);
    machine.done(&["keys", "rotate"]);
    assert!(copy.join("keyring").exists());
    assert!(Path::new(&copy).join("days").is_dir());
}

fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("there is room");
    for entry in std::fs::read_dir(from).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let place = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy_directory(&path, &place);
        } else {
            std::fs::copy(&path, &place).expect("there is room");
        }
    }
}
