//! Building the layer, and running a program upon it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A directory whose directories are disks that can fail.
#[derive(Debug)]
pub struct FaultyDisks {
    root: PathBuf,
    library: PathBuf,
}

impl FaultyDisks {
    /// Builds the layer (with the C compiler that builds SQLite too) for disks under `root`, which must exist.
    ///
    /// # Errors
    /// When it does not build.
    pub fn under(root: &Path) -> Result<Self> {
        let root = root.canonicalize().with_context(|| format!("finding {}", root.display()))?;
        let library = root.join("layer.so");
        let build = concat!(env!("CARGO_MANIFEST_DIR"), "/disk/build");
        let built = Command::new(build).arg(&library).status().with_context(|| format!("running {build}"))?;
        ensure!(built.success(), "{build} failed");
        Ok(Self { root, library })
    }

    /// A new disk, its journal kept.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn disk(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        std::fs::write(self.journal(name), []).context("making the journal")?;
        Ok(path)
    }

    /// Where the journal of a disk is.
    #[must_use]
    pub fn journal(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.journal"))
    }

    /// Replaces the rules of a disk (`disk/rules.c`); their counts begin anew.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn rules(&self, name: &str, rules: &str) -> Result<()> {
        set_rules(&self.root, name, rules)
    }

    /// The calls that rules acted on so far, one a line.
    #[must_use]
    pub fn hits(&self, name: &str) -> String {
        std::fs::read_to_string(self.root.join(format!("{name}.hits"))).unwrap_or_default()
    }

    /// A command that runs upon the layer.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("LD_PRELOAD", &self.library).env("CANDOUR_FAULTY_ROOT", &self.root);
        command
    }

    /// Where the disks are.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// The same from within a program that runs upon the layer.
///
/// # Errors
/// When the rules cannot be written.
pub fn set_rules(root: &Path, disk: &str, rules: &str) -> Result<()> {
    let (fresh, place) = (root.join(format!("{disk}.rules.new")), root.join(format!("{disk}.rules")));
    std::fs::write(&fresh, rules).context("writing rules")?;
    std::fs::rename(&fresh, &place).context("putting rules in place")
}
