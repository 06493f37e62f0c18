//! The caged program that decodes camera bytes; the only one that links libav.
//!
//! `candour-decoder [--strict]` is started by the service with one socket as its standard input, shuts its cage, says so, and answers
//! requests (`candour_decode::Request`) until the socket ends. `candour-decoder --check` starts itself once more, shuts the same cage there and
//! tries to get out of it: it prints what was tried and what came of it, and its exit code is 0 where everything was refused.
//!
//! In here: the cage, libav, reducing pictures, coding them anew. Not in here: files, sockets, threads, a clock. Everything that comes from a
//! camera is read after the cage is shut.

mod cage;
mod colour;
mod escape;
mod recode;
mod reduce;
mod scale;
mod session;
mod size;
mod small;
mod still;
mod stream;

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use candour_decode::{Answer, MOST_REQUEST, Mechanisms, Request, read_frame, write_frame};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let options = ["--strict", "--check", escape::INSIDE];
    if let Some(unknown) = arguments.iter().find(|argument| !options.contains(&argument.as_str())) {
        eprintln!("candour-decoder: {unknown} is no option; there are --strict and --check");
        return ExitCode::from(2);
    }
    if has("--check") {
        return escape::watch(has("--strict"));
    }
    stream::load_libraries();
    still::load_libraries();
    let attempts = has(escape::INSIDE).then(escape::prepare);
    let socket = std::io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
    let missing = match cage::shut() {
        Ok(missing) => missing,
        Err(error) => {
            eprintln!("candour-decoder: cannot shut the cage: {error}");
            return ExitCode::FAILURE;
        }
    };
    if has("--strict") && !missing.is_empty() {
        eprintln!("candour-decoder: this kernel lacks {missing}, and the strict setting refuses to decode without");
        return ExitCode::FAILURE;
    }
    match (attempts, socket) {
        (Some(attempts), _) => escape::attempt(&attempts, missing),
        (None, Ok(socket)) => serve(socket, missing),
        (None, Err(error)) => {
            eprintln!("candour-decoder: there is no socket on standard input: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers requests until the socket ends. Whatever is no request ends the program: only the service speaks to it.
fn serve(mut socket: UnixStream, missing: Mechanisms) -> ExitCode {
    let (mut request, mut answer, mut session) = (Vec::new(), Vec::new(), session::Session::default());
    Answer::Ready { missing }.encode(&mut answer);
    if write_frame(&mut socket, &answer).is_err() {
        return ExitCode::FAILURE;
    }
    loop {
        match read_frame(&mut socket, MOST_REQUEST, &mut request) {
            Ok(true) => {}
            Ok(false) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        }
        let Ok(asked) = Request::decode(&request) else { return ExitCode::from(3) };
        let mut written = Ok(());
        session.answer(&asked, |said| {
            if written.is_ok() {
                said.encode(&mut answer);
                written = write_frame(&mut socket, &answer);
            }
        });
        if written.is_err() {
            return ExitCode::FAILURE;
        }
    }
}
