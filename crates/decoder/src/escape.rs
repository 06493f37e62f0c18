//! Trying to get out: what the cage is asked by its own tests, and by an administrator who wants to see it.

use std::fs::File;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode};

use candour_decode::Mechanisms;

/// The option by which this program is told that it is the one inside.
pub const INSIDE: &str = "--check-inside";
/// Memory that is asked for: more than the cage has.
const TOO_MUCH: usize = 8 << 30;

/// What is tried, found out while the cage is open so that nothing fails for another reason.
pub struct Attempts {
    myself: std::path::PathBuf,
    port: Option<u16>,
}

/// Has another process of this program try, and hands on what it says: a process in the cage cannot even write to the file that its own
/// output may be sent to.
pub fn watch(strict: bool) -> ExitCode {
    let tried = std::env::current_exe().and_then(|myself| {
        let mut command = Command::new(myself);
        command.arg(INSIDE).args(strict.then_some("--strict")).output()
    });
    match tried {
        Ok(tried) => {
            print!("{}", String::from_utf8_lossy(&tried.stdout));
            eprint!("{}", String::from_utf8_lossy(&tried.stderr));
            if tried.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("candour-decoder: cannot start this program once more: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Looks around before the cage is shut. The port stays open in this process for the attempt to reach it.
pub fn prepare() -> Attempts {
    let listener = TcpListener::bind("127.0.0.1:0").ok();
    let port = listener.as_ref().and_then(|listener| listener.local_addr().ok()).map(|address| address.port());
    // Kept until the process ends: a connection that is refused because nobody listens would prove nothing.
    std::mem::forget(listener);
    Attempts { myself: std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into()), port }
}

/// Tries everything and says what came of it, one line each. The exit code is 0 where everything was refused.
pub fn attempt(attempts: &Attempts, missing: Mechanisms) -> ExitCode {
    let port = attempts.port.unwrap_or(9);
    let tried: [(&str, io::Result<()>); 11] = [
        ("read a file", File::open(&attempts.myself).map(drop)),
        ("read /etc/passwd", File::open("/etc/passwd").map(drop)),
        ("write a file", File::create("/tmp/candour-decoder-check").map(drop)),
        ("list a directory", std::fs::read_dir("/").map(drop)),
        ("connect over TCP", TcpStream::connect(("127.0.0.1", port)).map(drop)),
        ("listen on TCP", TcpListener::bind("127.0.0.1:0").map(drop)),
        ("open a UDP socket", UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("connect to a local socket", UnixStream::connect("/run/systemd/journal/stdout").map(drop)),
        ("start a process", Command::new(&attempts.myself).spawn().map(drop)),
        ("start a thread", std::thread::Builder::new().spawn(|| ()).map(drop)),
        ("take 8 GiB of memory", too_much_memory()),
    ];
    let mut out = 0;
    for (what, result) in &tried {
        match result {
            Ok(()) => {
                out += 1;
                println!("{what}: NOT REFUSED");
            }
            Err(error) => println!("{what}: refused ({error})"),
        }
    }
    println!("missing in this kernel: {}", if missing.is_empty() { "nothing".to_owned() } else { missing.to_string() });
    if out == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn too_much_memory() -> io::Result<()> {
    let mut taken: Vec<u8> = Vec::new();
    taken.try_reserve_exact(TOO_MUCH).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))
}
