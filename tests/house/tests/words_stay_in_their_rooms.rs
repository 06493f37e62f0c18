//! Rules about source text that `cargo metadata` cannot see: files are written in `durable` alone, no `unsafe`, and no
//! path of somebody's machine.

use std::fs;
use std::path::{Path, PathBuf};

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of the workspace can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What ships: a file's text before its tests. Files and directories named for tests are left out.
fn shipped(room: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(&Path::new(TOP).join("crates").join(room).join("src"), &mut files);
    let is_test = |path: &Path| path.iter().any(|part| part == "tests" || part == "tests.rs" || part == "doubles.rs");
    let text = |path: &PathBuf| fs::read_to_string(path).expect("a source file is text");
    let before_tests = |text: String| text.split("#[cfg(test)]\nmod").next().unwrap_or_default().to_owned();
    files.into_iter().filter(|path| !is_test(path)).map(|path| (path.clone(), before_tests(text(&path)))).collect()
}

fn rooms() -> Vec<String> {
    let rooms: Vec<String> = fs::read_dir(Path::new(TOP).join("crates"))
        .expect("crates/ is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(rooms.len() > 15, "crates/ was not read");
    rooms
}

fn lines_with<'a>(files: &'a [(PathBuf, String)], words: &'a [&str]) -> Vec<String> {
    let code = |line: &str| !line.trim_start().starts_with("//");
    files
        .iter()
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(move |(_, line)| code(line) && words.iter().any(|word| line.contains(word)))
                .map(move |(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim()))
        })
        .collect()
}

#[test]
fn only_durable_writes_files() {
    let writes = [
        "fs::write",
        "File::create",
        "remove_file",
        "remove_dir",
        "create_dir",
        "fs::rename",
        "OpenOptions",
        "fs::copy",
        "set_permissions",
    ];
    // The simulator writes its journals; it never runs on a site. The decoder tries to write, to show that it cannot.
    for room in rooms().iter().filter(|room| !["durable", "camera-sim"].contains(&room.as_str())) {
        let mut files = shipped(room);
        files.retain(|(path, _)| !path.ends_with("decoder/src/escape.rs"));
        let found = lines_with(&files, &writes);
        assert!(found.is_empty(), "{room} writes files; durable does that, with its syncs:\n  {}", found.join("\n  "));
    }
}

#[test]
fn nothing_prints_but_programs() {
    for room in rooms()
        .iter()
        .filter(|room| !["candour", "decoder", "verify", "witness", "camera-sim"].contains(&room.as_str()))
    {
        let found = lines_with(&shipped(room), &["println!", "eprintln!", "dbg!(", "print!("]);
        assert!(found.is_empty(), "{room} prints; libraries use tracing:\n  {}", found.join("\n  "));
    }
}

#[test]
fn nothing_is_left_undone() {
    for room in rooms() {
        let found = lines_with(&shipped(&room), &["todo!(", "unimplemented!(", "FIXME"]);
        assert!(found.is_empty(), "{room}:\n  {}", found.join("\n  "));
    }
}
