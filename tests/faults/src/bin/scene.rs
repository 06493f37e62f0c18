//! Plays the scene on a disk: the program that runs upon the faulty layer.

use std::path::PathBuf;

use anyhow::Context as _;
use candour_faults::scene::Scene;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let disk: PathBuf = std::env::args_os().nth(1).context("usage: scene DISK")?.into();
    Scene::begin(&disk).await?.play().await
}
