//! The one still of a camera that is kept for drawing masks: sealed under a key of its own, shown under a receipt, gone by its day. The
//! order of steps and its reasons are in `docs/design/commissioning.md`.

use std::path::PathBuf;
use std::sync::Arc;

use candour_audit::{Actor, Event, EventKind, Log, Receipt, Subject};
use candour_db::{Db, MaskStillRow, StillOver};
use candour_files::Disk;
use candour_keyring::{KeyError, Keyring};
use candour_policy::MASK_STILL_LIVES;
use candour_seal::still::{self, StillOf};
use candour_units::{CameraId, Clock, Entropy, SegmentId, StillId, StreamId, WallTime};
use serde_json::json;
use tokio::sync::Mutex;

use crate::ArchiveError;
use crate::recover::blocking;

/// A picture that somebody wants kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMaskStill {
    /// When it was received.
    pub taken: WallTime,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The JPEG.
    pub jpeg: Vec<u8>,
}

/// What [`MaskStills`] stands on.
#[derive(Clone)]
pub struct MaskStillParts {
    /// Where the sealed files lie.
    pub directory: PathBuf,
    /// How they are written.
    pub disk: Disk,
    /// Rows.
    pub db: Db,
    /// Keys.
    pub keyring: Keyring,
    /// What becomes of them is written down.
    pub log: Log,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids.
    pub entropy: Arc<dyn Entropy>,
}

/// The stills for masks of a recorder.
pub struct MaskStills {
    parts: MaskStillParts,
    /// One act at a time: whoever keeps one must not meet whoever clears up.
    acting: Mutex<()>,
}

impl MaskStills {
    /// The stills in a directory; it is made when the first one is kept.
    #[must_use]
    pub fn new(parts: MaskStillParts) -> Self {
        Self { parts, acting: Mutex::default() }
    }

    /// Keeps a picture of a camera in place of the one before, if there is one, which is destroyed.
    ///
    /// # Errors
    /// [`ArchiveError`]; then the one before is still there, unless it was what is left of that which could not be destroyed: the next
    /// [`Self::sweep`] does.
    pub async fn keep(
        &self,
        receipt: &Receipt,
        camera: CameraId,
        picture: NewMaskStill,
        actor: Actor,
    ) -> Result<MaskStillRow, ArchiveError> {
        let parts = &self.parts;
        receipt.covers_commissioning(camera, parts.clock.mono())?;
        let _acting = self.acting.lock().await;
        let row = MaskStillRow {
            id: StillId::from_bytes(parts.entropy.id()),
            camera,
            taken: picture.taken,
            taken_by: receipt.look().name.clone(),
            ends: parts.clock.wall() + MASK_STILL_LIVES,
            width: picture.width,
            height: picture.height,
        };
        // What is begun and not kept has to go: a crash anywhere below leaves nothing that nobody knows of.
        parts.db.begin_mask_still(&row).await?;
        match self.make(&row, picture.jpeg, actor.clone()).await {
            Ok(before) => {
                self.clear_up(before.map(|before| (before, actor, "a newer one was kept"))).await?;
                Ok(row)
            }
            Err(error) => {
                if let Err(later) = self.clear_up(None).await {
                    tracing::warn!(
                        error = candour_units::chain(&later),
                        "a still for masks that was not kept goes later"
                    );
                }
                Err(error)
            }
        }
    }

    /// File, log, row, in that order; gives the still whose place it takes.
    async fn make(&self, row: &MaskStillRow, jpeg: Vec<u8>, actor: Actor) -> Result<Option<StillId>, ArchiveError> {
        self.write(row, jpeg).await?;
        let before = self.parts.db.mask_still(row.camera, self.parts.clock.wall()).await?.map(|before| before.id);
        let said = json!({
            "act": "still_kept", "still": row.id.to_string(), "taken_90k": row.taken.ticks(), "ends_90k": row.ends.ticks(),
            "width": row.width, "height": row.height, "in_place_of": before.map(|before| before.to_string()),
        });
        self.parts.log.append(event(row.camera, actor, &said)).await?;
        self.parts.db.keep_mask_still(row).await?;
        Ok(before)
    }

    /// The picture that is kept of a camera; `None` where none is, or its time is over.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`], [`ArchiveError::Storage`] when it cannot be read or is not what was sealed, [`ArchiveError::Key`].
    pub async fn open(
        &self,
        receipt: &Receipt,
        camera: CameraId,
    ) -> Result<Option<(MaskStillRow, Vec<u8>)>, ArchiveError> {
        receipt.covers_commissioning(camera, self.parts.clock.mono())?;
        let Some(row) = self.parts.db.mask_still(camera, self.parts.clock.wall()).await? else { return Ok(None) };
        let (keyring, path, of) = (self.parts.keyring.clone(), self.path(row.id), of(&row));
        let jpeg = blocking(move || {
            let record =
                std::fs::read(&path).map_err(|error| ArchiveError::storage("read a still for masks", &error))?;
            let (stream, segment) = names(of.still);
            let key = keyring.key_of(stream, segment, of.taken)?;
            still::open(of, &record, key.bytes()).ok_or_else(|| ArchiveError::Storage {
                doing: "open a still for masks",
                cause: "it is not what was sealed; delete it and keep another".to_owned(),
            })
        });
        Ok(Some((row, jpeg.await?)))
    }

    /// Destroys the still of a camera; gives whether there was one.
    ///
    /// # Errors
    /// [`ArchiveError`]; what is not done is done by the next [`Self::sweep`].
    pub async fn delete(&self, camera: CameraId, actor: Actor) -> Result<bool, ArchiveError> {
        let _acting = self.acting.lock().await;
        let found = self.parts.db.mask_still(camera, self.parts.clock.wall()).await?;
        if !self.parts.db.leave_mask_still(camera).await? {
            return Ok(false);
        }
        self.clear_up(found.map(|row| (row.id, actor, "somebody deleted it"))).await?;
        Ok(true)
    }

    /// Destroys what has to go; gives how many went.
    ///
    /// # Errors
    /// As [`Self::delete`].
    pub async fn sweep(&self) -> Result<usize, ArchiveError> {
        let _acting = self.acting.lock().await;
        self.clear_up(None).await
    }

    /// Destroys files that no row knows: what a restored or rebuilt catalogue has forgotten. For the start.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub async fn clear_unknown(&self) -> Result<usize, ArchiveError> {
        let _acting = self.acting.lock().await;
        let known = self.parts.db.mask_still_ids().await?;
        let (keyring, disk, directory) =
            (self.parts.keyring.clone(), self.parts.disk.clone(), self.parts.directory.clone());
        blocking(move || {
            let mut gone = 0;
            let listing = match std::fs::read_dir(&directory) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
                listing => listing.map_err(|error| ArchiveError::storage("list stills for masks", &error))?,
            };
            for entry in listing {
                let path = entry.map_err(|error| ArchiveError::storage("list stills for masks", &error))?.path();
                let named = path.file_name().and_then(|name| name.to_str()?.parse::<StillId>().ok());
                if named.is_some_and(|still| known.contains(&still)) {
                    continue;
                }
                let record = std::fs::read(&path).unwrap_or_default();
                if let Some(of) = still::of(&record) {
                    destroy_key(&keyring, of.still, of.taken)?;
                }
                disk.remove(&path).map_err(|error| ArchiveError::storage("remove a still for masks", &error))?;
                gone += 1;
            }
            Ok(gone)
        })
        .await
    }

    /// Seals and writes the picture: its key is durable before its first byte.
    async fn write(&self, row: &MaskStillRow, jpeg: Vec<u8>) -> Result<(), ArchiveError> {
        let (keyring, disk) = (self.parts.keyring.clone(), self.parts.disk.clone());
        let (directory, path, of) = (self.parts.directory.clone(), self.path(row.id), of(row));
        blocking(move || {
            let (stream, segment) = names(of.still);
            let key = keyring.key_for_new(stream, segment, of.taken)?;
            let record = still::seal(of, &jpeg, key.bytes()).ok_or_else(|| ArchiveError::Storage {
                doing: "keep a still for masks",
                cause: format!("a picture of {} bytes is larger than {}", jpeg.len(), still::MOST_STILL),
            })?;
            let failed = |error| ArchiveError::storage("keep a still for masks", &error);
            disk.create_dir_durably(&directory).map_err(failed)?;
            disk.write_atomically(&path, &record, 0o600).map_err(failed)
        })
        .await
    }

    /// Key, file, log, row, in that order: what a crash interrupts is done again, and no entry claims what is not so.
    async fn clear_up(&self, asked: Option<(StillId, Actor, &str)>) -> Result<usize, ArchiveError> {
        let over = self.parts.db.mask_stills_over(self.parts.clock.wall()).await?;
        let count = over.len();
        for (row, why) in over {
            let (keyring, disk, path) = (self.parts.keyring.clone(), self.parts.disk.clone(), self.path(row.id));
            let (id, taken) = (row.id, row.taken);
            blocking(move || {
                destroy_key(&keyring, id, taken)?;
                disk.remove(&path).map_err(|error| ArchiveError::storage("remove a still for masks", &error))
            })
            .await?;
            let (actor, words) = match &asked {
                Some((still, actor, words)) if *still == row.id => (actor.clone(), *words),
                _ => (Actor::Recorder, words(why)),
            };
            let said = json!({ "act": "still_gone", "still": row.id.to_string(), "why": words });
            self.parts.log.append(event(row.camera, actor, &said)).await?;
            self.parts.db.forget_mask_still(row.id).await?;
        }
        Ok(count)
    }

    fn path(&self, still: StillId) -> PathBuf {
        self.parts.directory.join(still.to_string())
    }
}

const fn words(why: StillOver) -> &'static str {
    match why {
        StillOver::Ended => "its days are over",
        StillOver::CameraRemoved => "the camera was removed",
        StillOver::InForce => "the camera came into force",
        StillOver::Left => "it was given up",
    }
}

fn of(row: &MaskStillRow) -> StillOf {
    StillOf { still: row.id, camera: row.camera, taken: row.taken }
}

/// A still has a stream and a segment of its own in the keyring, so that its key can go without touching any other.
fn names(still: StillId) -> (StreamId, SegmentId) {
    (StreamId::from_bytes(*still.as_bytes()), SegmentId::from_bytes(*still.as_bytes()))
}

fn destroy_key(keyring: &Keyring, still: StillId, taken: WallTime) -> Result<(), KeyError> {
    let (stream, segment) = names(still);
    keyring.destroy(stream, segment, taken, &[])
}

fn event(camera: CameraId, actor: Actor, said: &serde_json::Value) -> Event {
    let subject = Subject { cameras: vec![camera], ..Subject::default() };
    Event { kind: EventKind::CameraCommissioned, actor, subject, outcome: said.to_string() }
}
