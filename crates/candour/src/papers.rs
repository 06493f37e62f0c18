//! Suppliers' declarations and address tables as files: each lies under the SHA-256 of its bytes, and is compared with it whenever it is
//! read. Files are added and never changed or removed.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use candour_durable::Disk;
use candour_units::Hash;
use sha2::{Digest, Sha256};

/// The papers of a site.
#[derive(Debug, Clone)]
pub struct PaperStore {
    directory: PathBuf,
}

impl PaperStore {
    /// The store in a data directory.
    #[must_use]
    pub fn new(data: &std::path::Path) -> Self {
        Self { directory: data.join("papers") }
    }

    /// Keeps a file and gives its name.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn keep(&self, file: Vec<u8>) -> anyhow::Result<String> {
        let (name, store) = (digest_of(&file), self.clone());
        tokio::task::spawn_blocking(move || store.put_back(name, &file)).await??;
        Ok(name.to_string())
    }

    /// Puts a file under its name, as it was backed up or is kept for the first time.
    ///
    /// # Errors
    /// When it is not what its name says, or cannot be written.
    pub fn put_back(&self, name: Hash, file: &[u8]) -> anyhow::Result<()> {
        ensure!(digest_of(file) == name, "a paper is not what its SHA-256 {name} says");
        let disk = Disk::real();
        disk.create_dir_durably(&self.directory)?;
        disk.write_atomically(&self.directory.join(name.to_string()), file, 0o600)
            .with_context(|| format!("cannot keep {name} in {}", self.directory.display()))
    }

    /// Gives every file, with its name, to `take`. One that is no longer what its name says is told in the program's log and left out:
    /// it is of no use to anybody, and the others are.
    ///
    /// # Errors
    /// When the directory cannot be read, or the first of `take`.
    pub fn each(&self, mut take: impl FnMut(Hash, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let listing = match std::fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            listing => listing.with_context(|| format!("cannot read {}", self.directory.display()))?,
        };
        for entry in listing {
            let path = entry?.path();
            // What an interrupted write left is no paper.
            let Some(name) = path.file_name().and_then(|name| name.to_str()?.parse::<Hash>().ok()) else { continue };
            let file = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if digest_of(&file) == name {
                take(name, &file)?;
            } else {
                tracing::error!(path = %path.display(), "a paper is not the file that was filed; it is in no backup from now on");
            }
        }
        Ok(())
    }

    /// The file of that name.
    ///
    /// # Errors
    /// When it is gone, or is no longer what was filed.
    pub async fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let name: Hash = name.parse().context("it is no name of a paper")?;
        let path = self.directory.join(name.to_string());
        let file = tokio::fs::read(&path).await.with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(digest_of(&file) == name, "{} is not the file that was filed", path.display());
        Ok(file)
    }
}

fn digest_of(file: &[u8]) -> Hash {
    Hash(Sha256::digest(file).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_what_was_filed_or_none() {
        let data = tempfile::tempdir().expect("a temporary directory");
        let store = PaperStore::new(data.path());
        let name = store.keep(b"we declare".to_vec()).await.expect("kept");
        assert_eq!(store.read(&name).await.expect("read"), b"we declare");
        std::fs::write(data.path().join("papers").join(&name), b"we declare nothing").expect("changed behind its back");
        assert!(store.read(&name).await.is_err());
        for odd in ["", "../candour.db", "zz"] {
            assert!(store.read(odd).await.is_err(), "{odd}");
        }
        // It is in no backup either, and what is sound is.
        let sound = store.keep(b"10.20.0.7,b8:a4:4f:a0:4f:26".to_vec()).await.expect("kept");
        std::fs::write(data.path().join("papers/.half-written"), b"x").expect("there is room");
        let mut backed_up = Vec::new();
        let take = |name: Hash, _file: &[u8]| {
            backed_up.push(name.to_string());
            Ok(())
        };
        store.each(take).expect("it can be read");
        assert_eq!(backed_up, [sound]);
        assert!(store.put_back(Hash([7; 32]), b"anything").is_err());
    }
}
