//! Suppliers' declarations as files: each lies under the SHA-256 of its bytes, and is compared with it whenever it is read.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use candour_durable::Disk;
use sha2::{Digest, Sha256};

/// The declarations of a site.
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
        let name = name_of(&file);
        let (directory, path) = (self.directory.clone(), self.directory.join(&name));
        tokio::task::spawn_blocking(move || {
            let disk = Disk::real();
            disk.create_dir_durably(&directory)?;
            disk.write_atomically(&path, &file, 0o600)
        })
        .await??;
        Ok(name)
    }

    /// The file of that name.
    ///
    /// # Errors
    /// When it is gone, or is no longer what was filed.
    pub async fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        ensure!(name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()), "it is no name of a declaration");
        let path = self.directory.join(name);
        let file = tokio::fs::read(&path).await.with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(name_of(&file) == name, "{} is not the file that was filed", path.display());
        Ok(file)
    }
}

fn name_of(file: &[u8]) -> String {
    Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect()
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
    }
}
