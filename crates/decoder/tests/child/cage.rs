//! The cage, tried from inside.

use std::process::Command;

use crate::rig;

/// The program shuts the cage it decodes in and then tries to get out of it. The limit of processes does not bind root, so a process must be
/// refused by the list of system calls; run as anybody the answers are the same.
#[test]
fn nothing_gets_out() {
    let out = Command::new(env!("CARGO_BIN_EXE_candour-decoder")).arg("--check").output().expect("it starts");
    let said = String::from_utf8(out.stdout).expect("text");
    let tried = [
        "read a file",
        "read /etc/passwd",
        "write a file",
        "list a directory",
        "connect over TCP",
        "listen on TCP",
        "open a UDP socket",
        "connect to a local socket",
        "start a process",
        "start a thread",
        "take 8 GiB of memory",
    ];
    for what in tried {
        assert!(said.lines().any(|line| line.starts_with(&format!("{what}: refused"))), "{what}:\n{said}");
    }
    assert_eq!(said.lines().filter(|line| line.contains("refused")).count(), tried.len());
    assert!(out.status.success());
    let missing = said.lines().find_map(|line| line.strip_prefix("missing in this kernel: ")).expect("it says so");
    let strict =
        Command::new(env!("CARGO_BIN_EXE_candour-decoder")).args(["--strict", "--check"]).output().expect("it starts");
    assert_eq!(
        strict.status.success(),
        missing == "nothing",
        "strict refuses exactly where something is missing: {missing}"
    );
}

/// What the kernel itself says about the process that decodes.
#[test]
fn the_kernel_knows_of_the_cage() {
    let (mut decoder, _) = rig::decoder(rig::program());
    decoder.start().expect("it starts");
    let process = decoder.process().expect("it runs");
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).expect("it lives");
    let status = read("status");
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
    assert_eq!(field("NoNewPrivs:").as_deref(), Some("1"));
    assert_eq!(field("Seccomp:").as_deref(), Some("2"), "filter mode");
    assert_eq!(field("Threads:").as_deref(), Some("1"));
    let limits = read("limits");
    for limit in ["Max open files", "Max processes", "Max file size", "Max core file size"] {
        let line = limits.lines().find(|line| line.starts_with(limit)).expect("a line of the kernel");
        let numbers: Vec<&str> = line[limit.len()..].split_whitespace().take(2).collect();
        assert_eq!(numbers, ["0", "0"], "{limit}");
    }
    assert!(read("environ").is_empty(), "nothing of our environment goes in");
}

#[test]
fn options_that_are_none_are_refused() {
    let out = Command::new(env!("CARGO_BIN_EXE_candour-decoder")).arg("--open-everything").output().expect("it starts");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--open-everything is no option"));
}
