//! A program in the decoder's place: it speaks the channel's framing, and a test says what it answers.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Until the first message: `take` reads so many bytes, `say` sends a message, `home` is the program's directory.
const FRAMING: &str = r"#!/usr/bin/python3
import os, socket, struct, sys, time
home = os.path.dirname(os.path.abspath(sys.argv[0]))
s = socket.socket(fileno=0)
def take(n):
    got = b''
    while len(got) < n:
        more = s.recv(n - len(got))
        if not more: os._exit(0)
        got += more
    return got
def say(m): s.sendall(struct.pack('>I', len(m)) + m)
";

/// Puts a program that goes on like this into the directory.
pub fn put(home: &Path, goes_on: &str) {
    let program = home.join("candour-decoder");
    std::fs::write(&program, format!("{FRAMING}{goes_on}")).expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
}
