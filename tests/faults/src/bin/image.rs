//! Makes what a power cut could leave of a disk: `image JOURNAL POINT SEED TARGET`. A point is a number of records; `end`
//! is all there are. TARGET must be there, and empty.

use std::path::Path;

use anyhow::{Context as _, Result};
use candour_faults::image::write_image;
use candour_faults::journal::Journal;
use candour_faults::record::Walk;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [journal, point, seed, target] = words.as_slice() else {
        anyhow::bail!("usage: image JOURNAL POINT SEED TARGET")
    };
    let journal = Journal::read(Path::new(journal))?;
    let point = if point == "end" { journal.records().len() } else { point.parse().context("POINT")? };
    let mut walk = Walk::along(&journal)?;
    let (model, _) = walk.to(point);
    let mood = write_image(model, seed.parse().context("SEED")?, Path::new(target))?;
    println!("{point} {mood}");
    Ok(())
}
