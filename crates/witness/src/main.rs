//! The witness as a program: for an outside party, on a machine that the log's owner does not run.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use candour_durable::Disk;
use candour_ledger::VerifierKey;
use candour_witness::{Memory, router};
use lexopt::prelude::*;

const USAGE: &str = "\
Remembers the newest checkpoint of each log it knows, and cosigns only what continues it (C2SP tlog-witness).

  candour-witness --directory DIR --name NAME --log VERIFIER_KEY... [--listen ADDRESS]
      DIR holds the witness's key (made at the first start) and what it remembers. NAME names the key, for example
      witness.example.org/one. VERIFIER_KEY is a log's public key: the one line of its verifier.key; may be repeated.
      ADDRESS is 127.0.0.1:8444 if absent; put a server with a certificate in front of it.

Prints its own public key, for the recorder's configuration and for candour-verify --witness.
Whoever runs it must not be the one who runs the recorder: that is all that it is good for.
";

struct Arguments {
    directory: PathBuf,
    name: String,
    logs: Vec<VerifierKey>,
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let done = match parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => run(arguments).await,
        Ok(None) => {
            print!("{USAGE}");
            Ok(())
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("candour-witness: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Arguments>> {
    let (mut directory, mut name, mut logs) = (None, None, Vec::new());
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 8444));
    while let Some(argument) = parser.next()? {
        match argument {
            Long("directory") => directory = Some(PathBuf::from(parser.value()?)),
            Long("name") => name = Some(parser.value()?.string()?),
            Long("log") => {
                let text = parser.value()?.string()?;
                logs.push(VerifierKey::parse(&text).with_context(|| format!("--log {text} is no verifier key"))?);
            }
            Long("listen") => listen = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if logs.is_empty() {
        bail!("say whose log to witness: --log VERIFIER_KEY (--help explains)");
    }
    let directory = directory.context("say where to remember: --directory DIR")?;
    Ok(Some(Arguments { directory, name: name.context("say who witnesses: --name NAME")?, logs, listen }))
}

async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { directory, name, logs, listen } = arguments;
    let memory = Memory::open(&Disk::real(), &directory, &name, seed, logs)
        .with_context(|| format!("the memory in {} cannot be opened", directory.display()))?;
    let memory = Arc::new(memory);
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("cannot listen at {listen}"))?;
    println!("{}", memory.witness());
    println!("listens at http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    axum::serve(listener, router(memory, now)).with_graceful_shutdown(told_to_stop()).await.context("cannot serve")
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut stop) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = stop.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the kernel gives random bytes once it has booted");
    seed
}

#[allow(clippy::disallowed_methods, reason = "this program has one clock and reads it here alone")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
