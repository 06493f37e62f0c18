//! Measures the store. `benches/archive` makes the clips and starts this, `benches/policy` its last section; see there for
//! what they print.
//!
//! Every section is a module with one `run`: it gets the clips and says how large to be, makes its own store in a
//! directory that goes with it, and gives back the keys it measured. A new section is one line in [`SECTIONS`].

mod check;
mod clip;
mod export;
mod first_byte;
mod percentile;
mod policy;
mod store;
mod timeline;

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use clip::Clip;

/// What a section may use.
pub(crate) struct Bench {
    /// 1080p25 at 4 Mbit/s.
    main: Clip,
    /// Small pictures, 25 a second: a day of them fits on a disk.
    small: Clip,
    /// Where stores are made.
    scratch: PathBuf,
    /// A tenth of everything.
    quick: bool,
}

type Section = (&'static str, fn(&Bench) -> Result<Map<String, Value>>);

/// In this order.
const SECTIONS: &[Section] = &[
    ("export", export::run),
    ("check", check::run),
    ("first_byte", first_byte::run),
    ("timeline", timeline::run),
    ("policy", policy::run),
];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut quick, mut only, mut paths) = (false, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--only" => only = arguments.next(),
            path => paths.push(PathBuf::from(path)),
        }
    }
    let [main, small, scratch] =
        paths.try_into().ok().context("usage: main.mp4 small.mp4 SCRATCH [--quick] [--only SECTION]")?;
    let bench = Bench { main: Clip::read(&main)?, small: Clip::read(&small)?, scratch, quick };
    let mut found = Map::new();
    for (name, run) in SECTIONS {
        // The last one has a script of its own.
        if only.as_ref().map_or(*name != "policy", |only| only == name) {
            eprintln!("{name} ...");
            found.extend(run(&bench).with_context(|| format!("measuring {name}"))?);
        }
    }
    println!("{}", Value::Object(found));
    Ok(())
}
