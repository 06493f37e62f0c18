//! Signs a lab list with a fresh key and throws the private key away.
//!
//! `cargo run -p candour-vetting --example sign-lab-list -- DIRECTORY` reads `lab-list.json` there and writes
//! `lab-list.sig` and `lab-key.pub` beside it (default: the list this crate ships). Change the list, run it again.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_vetting::LabList;
use ed25519_dalek::{Signer as _, SigningKey};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shipped = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lists/lab");
    let directory = std::env::args_os().nth(1).map_or_else(shipped, PathBuf::from);
    let list = std::fs::read(directory.join("lab-list.json"))?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let key = SigningKey::from_bytes(&seed);
    let signature = STANDARD.encode(key.sign(&LabList::signed_bytes(&list)).to_bytes());
    let public = STANDARD.encode(key.verifying_key().to_bytes());
    LabList::verify(&list, &signature, &public)?;
    std::fs::write(directory.join("lab-list.sig"), signature + "\n")?;
    std::fs::write(directory.join("lab-key.pub"), public + "\n")?;
    println!("signed {} and wrote its public key; the private key is gone", directory.display());
    Ok(())
}
