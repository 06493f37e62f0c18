//! Where imported lists are: bundles as signed files, the trust anchors and the version in force as settings.
//!
//! A bundle is verified again at every start. What was in force once is a floor: a file that is gone, broken or older
//! is told of, and nothing older than the lists this program was built with is ever used.

use std::path::PathBuf;

use anyhow::{Context, bail};
use candour_db::Db;
use candour_durable::Disk;
use candour_vetting::{Anchors, Bundle};

use crate::config::Config;

/// Setting: the anchors, JSON.
const ANCHORS: &str = "list_anchors";
/// Setting: the version of the bundle in force.
const FLOOR: &str = "list_bundle_version";
/// Bundles kept: the one in force and the one before, should its file be lost.
const KEPT: usize = 2;

/// The bundles of a site.
#[derive(Clone)]
pub struct ListStore {
    directory: PathBuf,
    db: Db,
}

/// What is in force, and what is wrong with it, if anything is.
pub struct Found {
    /// The bundle.
    pub bundle: Bundle,
    /// A sentence for people.
    pub trouble: Option<String>,
}

impl ListStore {
    /// The store of a configured recorder.
    #[must_use]
    pub fn new(config: &Config, db: Db) -> Self {
        Self { directory: config.data.join("lists"), db }
    }

    /// The anchors in force, if the site set any.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn anchors(&self) -> anyhow::Result<Option<Anchors>> {
        let stored = self.db.setting(ANCHORS).await?;
        stored.map(|text| Anchors::read(&text)).transpose().context("the stored trust anchors")
    }

    /// Stores anchors. The caller has two people and a log entry.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub async fn set_anchors(&self, anchors: &Anchors) -> anyhow::Result<()> {
        Ok(self.db.set_setting(ANCHORS, &anchors.to_json()).await?)
    }

    /// The newest bundle that verifies, or the lists this program was built with.
    ///
    /// # Errors
    /// When the settings cannot be read; a bundle that cannot is told of.
    pub async fn in_force(&self) -> anyhow::Result<Found> {
        let shipped = Bundle::shipped();
        let floor = self.floor().await?;
        let Some(floor) = floor.filter(|floor| *floor > shipped.info.version) else {
            return Ok(Found { bundle: shipped, trouble: None });
        };
        let anchors = match self.anchors().await {
            Ok(Some(anchors)) => anchors,
            Ok(None) => return Ok(lost(shipped, floor, "there are no trust anchors")),
            Err(error) => return Ok(lost(shipped, floor, &format!("{error:#}"))),
        };
        let mut why = "its file is gone".to_owned();
        for version in self.versions().into_iter().filter(|version| *version <= floor) {
            match self.open(version, &anchors) {
                Ok(bundle) if version == floor => return Ok(Found { bundle, trouble: None }),
                Ok(bundle) if bundle.info.version > shipped.info.version => return Ok(lost(bundle, floor, &why)),
                Ok(_) => {}
                Err(error) => why = format!("{error:#}"),
            }
        }
        Ok(lost(shipped, floor, &why))
    }

    fn open(&self, version: u64, anchors: &Anchors) -> anyhow::Result<Bundle> {
        let path = self.path(version);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bundle = Bundle::open(&bytes, anchors).with_context(|| format!("{} is not used", path.display()))?;
        if bundle.info.version != version {
            bail!("{} holds bundle {}", path.display(), bundle.info.version);
        }
        Ok(bundle)
    }

    /// Keeps a bundle that was opened and may follow: file first, then the floor. The caller has its log entry.
    ///
    /// # Errors
    /// When it cannot be kept; then nothing changed that counts.
    pub async fn keep(&self, file: &[u8], version: u64) -> anyhow::Result<()> {
        let (directory, path, bytes) = (self.directory.clone(), self.path(version), file.to_vec());
        tokio::task::spawn_blocking(move || {
            let disk = Disk::real();
            disk.create_dir_durably(&directory)?;
            disk.write_atomically(&path, &bytes, 0o600)
        })
        .await??;
        self.db.set_setting(FLOOR, &version.to_string()).await?;
        self.forget_old(version).await;
        Ok(())
    }

    /// Old files only take room; one that stays is no harm.
    async fn forget_old(&self, in_force: u64) {
        let old: Vec<PathBuf> = self
            .versions()
            .into_iter()
            .filter(|version| *version <= in_force)
            .skip(KEPT)
            .map(|version| self.path(version))
            .collect();
        let gone = tokio::task::spawn_blocking(move || Disk::real().remove_many(&old)).await;
        if let Ok(results) = gone {
            for error in results.into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "an old bundle of lists stays");
            }
        }
    }

    async fn floor(&self) -> anyhow::Result<Option<u64>> {
        let stored = self.db.setting(FLOOR).await?;
        stored.map(|text| text.parse()).transpose().context("the stored version of the lists")
    }

    fn path(&self, version: u64) -> PathBuf {
        self.directory.join(format!("bundle-{version}.json"))
    }

    /// Versions of the files that are there, newest first.
    fn versions(&self) -> Vec<u64> {
        let names = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let version = |name: std::ffi::OsString| {
            name.to_str()?.strip_prefix("bundle-")?.strip_suffix(".json")?.parse::<u64>().ok()
        };
        let mut all: Vec<u64> = names.filter_map(|entry| version(entry.file_name())).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }
}

fn lost(bundle: Bundle, floor: u64, why: &str) -> Found {
    let words = format!(
        "Bundle {floor} of the vetting lists was in force and cannot be used now ({why}); bundle {} of {} is used. \
         Import the newest bundle again.",
        bundle.info.version, bundle.info.date
    );
    Found { bundle, trouble: Some(words) }
}
