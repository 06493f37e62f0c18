//! Cameras, their streams, and the purposes they record for.

use candour_units::{CameraId, Hash, PolicyId, PurposeId, StreamId, StreamKind, WallDuration, WallTime};

use sha2::{Digest, Sha256};

use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// A camera as the site knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraRow {
    /// Its id.
    pub id: CameraId,
    /// Its name on the wall; unique.
    pub name: String,
    /// IP address it was onboarded at; pinned.
    pub address: String,
    /// Port of its ONVIF service.
    pub onvif_port: u16,
    /// SHA-256 over the public key of the certificate by which that service was onboarded, where it speaks TLS; `None` for one that is
    /// asked in clear.
    pub tls_key: Option<Hash>,
    /// Sealed user and password (`Keyring::seal_secret`), never plain.
    pub credentials: Vec<u8>,
    /// Outcome word of the gate: `accepted`, `conditional`, `quarantined`, `refused`.
    pub outcome: String,
    /// The judgement with its reasons and evidence, as the vetting room's JSON.
    pub judgement: String,
    /// When it was judged.
    pub judged: WallTime,
    /// Manufacturer as it says of itself.
    pub manufacturer: String,
    /// Model as it says of itself.
    pub model: String,
    /// Firmware as it says of itself.
    pub firmware: String,
    /// Camera's clock minus ours when it was judged, in ticks.
    pub clock_offset: WallDuration,
    /// The purpose in force, if one is.
    pub purpose: Option<PurposeId>,
    /// When it was added.
    pub added: WallTime,
    /// When it was removed; its footage lives on to its end.
    pub removed: Option<WallTime>,
}

/// One encoded feed of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// Its id.
    pub id: StreamId,
    /// Whose it is.
    pub camera: CameraId,
    /// Main or sub.
    pub kind: StreamKind,
    /// RTSP address without credentials, host pinned.
    pub uri: String,
    /// Coding as the profile says: `H264`, `H265`, ...
    pub encoding: String,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Pictures a second as the profile says; 0 when it does not.
    pub rate: u16,
}

/// One version of a written purpose. A changed text is a new row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurposeRow {
    /// Its id; stands in every segment header.
    pub id: PurposeId,
    /// One sentence: why this camera records.
    pub sentence: String,
    /// Who answers for it.
    pub owner: String,
    /// How long footage lives.
    pub keep: WallDuration,
    /// How long its footage is needed at least: past that it may make room for newer footage; `None`: as long as it is kept.
    pub minimum: Option<WallDuration>,
    /// How much it matters when not everything fits: 1 low, 2 middle (what it is unless somebody wrote another), 3 high.
    pub importance: i64,
    /// The policy version it belongs to.
    pub policy: PolicyId,
    /// When it was written.
    pub written: WallTime,
    /// Who wrote it.
    pub written_by: String,
    /// Where it stands in a version of the policy; `None` for one written before there were versions.
    pub version: Option<OfVersion>,
}

/// A purpose in the version of the policy that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfVersion {
    /// What the file calls it.
    pub word: String,
    /// SHA-256 of the version's text.
    pub hash: Hash,
}

impl PurposeRow {
    /// The digest that stands in every segment header and certificate: of the version of the policy it came from; for a
    /// purpose of before, SHA-256 of what it states, field by field, each behind its length (8 bytes, big endian): sentence,
    /// owner, ticks of `keep` (8 bytes, big endian).
    #[must_use]
    pub fn policy_hash(&self) -> Hash {
        if let Some(version) = &self.version {
            return version.hash;
        }
        let mut hash = Sha256::new();
        for part in [self.sentence.as_bytes(), self.owner.as_bytes(), &self.keep.ticks().to_be_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Hash(hash.finalize().into())
    }
}

impl Db {
    /// Cameras that were not removed, by name.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn cameras(&self) -> Result<Vec<CameraRow>, DbError> {
        all(
            &self
                .rows("read the cameras", statement("SELECT * FROM cameras WHERE removed_90k IS NULL ORDER BY name"))
                .await?,
            camera,
        )
    }
    /// One camera, removed or not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn camera(&self, id: CameraId) -> Result<Option<CameraRow>, DbError> {
        let found = self.row("read a camera", statement("SELECT * FROM cameras WHERE id = $1").bind(id)).await?;
        found.as_ref().map(camera).transpose()
    }
    /// Adds a camera with its streams, all or nothing.
    ///
    /// # Errors
    /// [`DbError::Exists`] when the name, or address and port, are taken by a camera not removed.
    pub async fn add_camera(&self, camera: &CameraRow, streams: &[StreamRow]) -> Result<(), DbError> {
        let mut tx = self.write("add a camera").await?;
        refuse_taken(&mut tx, camera).await?;
        let sql = "INSERT INTO cameras (id, name, address, onvif_port, credentials, outcome, judgement, judged_90k, \
                   manufacturer, model, firmware, clock_offset_90k, purpose, tls_key, added_90k, removed_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        tx.run(changeable(statement(sql), camera).bind(camera.added).bind(camera.removed)).await?;
        put_streams(&mut tx, camera.id, streams).await?;
        tx.commit().await
    }
    /// Replaces name, address, credentials, judgement, identity, purpose and removal of a camera.
    ///
    /// # Errors
    /// [`DbError::NotFound`], [`DbError::Exists`].
    pub async fn change_camera(&self, camera: &CameraRow) -> Result<(), DbError> {
        let mut tx = self.write("change a camera").await?;
        if camera.removed.is_none() {
            refuse_taken(&mut tx, camera).await?;
        }
        let sql = "UPDATE cameras SET name = $2, address = $3, onvif_port = $4, credentials = $5, outcome = $6, \
                   judgement = $7, judged_90k = $8, manufacturer = $9, model = $10, firmware = $11, \
                   clock_offset_90k = $12, purpose = $13, tls_key = $14, removed_90k = $15 WHERE id = $1";
        let changed = tx.run(changeable(statement(sql), camera).bind(camera.removed)).await?;
        if changed == 0 {
            return Err(DbError::not_found("such camera"));
        }
        tx.commit().await
    }
    /// Replaces what is written of judgements whose outcome stands, in one durable transaction. A camera that is not there
    /// is passed over.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn refresh_judgements(&self, judged: &[(CameraId, String)]) -> Result<(), DbError> {
        let mut tx = self.write("refresh judgements").await?;
        for (camera, judgement) in judged {
            let sql = "UPDATE cameras SET judgement = $2 WHERE id = $1";
            tx.run(statement(sql).bind(*camera).bind(judgement.clone())).await?;
        }
        tx.commit().await
    }
    /// Replaces the streams of a camera; a stream keeps its id when its kind stays, or comes back.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn set_streams(&self, camera: CameraId, streams: &[StreamRow]) -> Result<(), DbError> {
        let mut tx = self.write("replace the streams of a camera").await?;
        let sql = "UPDATE streams SET offered = 0 WHERE camera = $1";
        tx.run(statement(sql).bind(camera)).await?;
        put_streams(&mut tx, camera, streams).await?;
        tx.commit().await
    }
    /// The streams of a camera, main first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn streams(&self, camera: CameraId) -> Result<Vec<StreamRow>, DbError> {
        all(
            &self
                .rows(
                    "read the streams of a camera",
                    statement("SELECT * FROM streams WHERE camera = $1 AND offered = 1 ORDER BY kind").bind(camera),
                )
                .await?,
            stream,
        )
    }
    /// Every stream that ever was, with its camera: removed cameras and feeds no longer offered included.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn all_streams(&self) -> Result<Vec<(StreamId, CameraId)>, DbError> {
        all(&self.rows("read the streams", statement("SELECT id, camera FROM streams")).await?, |row| {
            Ok((row.id("id", StreamId::from_bytes)?, row.id("camera", CameraId::from_bytes)?))
        })
    }

    /// Stores a purpose version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_purpose(&self, purpose: &PurposeRow) -> Result<(), DbError> {
        let mut tx = self.write("store a purpose").await?;
        put_purpose(&mut tx, purpose).await?;
        tx.commit().await
    }
    /// One purpose version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn purpose(&self, id: PurposeId) -> Result<Option<PurposeRow>, DbError> {
        let found = self.row("read a purpose", statement("SELECT * FROM purposes WHERE id = $1").bind(id)).await?;
        found.as_ref().map(purpose).transpose()
    }
    /// Every purpose version that was ever written, the oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn purposes(&self) -> Result<Vec<PurposeRow>, DbError> {
        let question = statement("SELECT * FROM purposes ORDER BY written_90k");
        all(&self.rows("read the purposes", question).await?, purpose)
    }
}

pub(crate) async fn put_purpose(tx: &mut Transaction, purpose: &PurposeRow) -> Result<(), DbError> {
    let sql = "INSERT INTO purposes (id, sentence, owner, keep_90k, policy, written_90k, written_by, minimum_90k, \
               importance, word, policy_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.run(
        statement(sql)
            .bind(purpose.id)
            .bind(&purpose.sentence)
            .bind(&purpose.owner)
            .bind(purpose.keep)
            .bind(purpose.policy)
            .bind(purpose.written)
            .bind(&purpose.written_by)
            .bind(purpose.minimum)
            .bind(purpose.importance)
            .bind(purpose.version.as_ref().map(|version| &version.word))
            .bind(purpose.version.as_ref().map(|version| &version.hash)),
    )
    .await?;
    Ok(())
}

/// Binds `$1` (the id) to `$14` (the key): what a change may replace.
fn changeable(change: Statement, camera: &CameraRow) -> Statement {
    change
        .bind(camera.id)
        .bind(&camera.name)
        .bind(&camera.address)
        .bind(camera.onvif_port)
        .bind(&camera.credentials)
        .bind(&camera.outcome)
        .bind(&camera.judgement)
        .bind(camera.judged)
        .bind(&camera.manufacturer)
        .bind(&camera.model)
        .bind(&camera.firmware)
        .bind(camera.clock_offset)
        .bind(camera.purpose)
        .bind(camera.tls_key.as_ref())
}

/// Asked inside the writing transaction, so nobody can take the name in between; the indexes are the second lock.
async fn refuse_taken(tx: &mut Transaction, camera: &CameraRow) -> Result<(), DbError> {
    let sql = "SELECT name FROM cameras WHERE removed_90k IS NULL AND id <> $1 \
               AND (name = $2 OR (address = $3 AND onvif_port = $4)) LIMIT 1";
    let question = statement(sql).bind(camera.id).bind(&camera.name).bind(&camera.address).bind(camera.onvif_port);
    let taken = tx.row(question).await?.map(|row| row.text("name")).transpose()?;
    match taken {
        None => Ok(()),
        Some(name) if name == camera.name => Err(DbError::Exists { what: format!("a camera named {name}") }),
        Some(name) => Err(DbError::Exists {
            what: format!("a camera at {} port {} (named {name})", camera.address, camera.onvif_port),
        }),
    }
}

async fn put_streams(tx: &mut Transaction, camera: CameraId, streams: &[StreamRow]) -> Result<(), DbError> {
    let sql = "INSERT INTO streams (id, camera, kind, uri, encoding, width, height, rate, offered) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) \
               ON CONFLICT (camera, kind) DO UPDATE SET uri = excluded.uri, encoding = excluded.encoding, \
               width = excluded.width, height = excluded.height, rate = excluded.rate, offered = 1";
    for stream in streams {
        tx.run(
            statement(sql)
                .bind(stream.id)
                .bind(camera)
                .bind(stream.kind.word())
                .bind(&stream.uri)
                .bind(&stream.encoding)
                .bind(stream.width)
                .bind(stream.height)
                .bind(stream.rate),
        )
        .await?;
    }
    Ok(())
}

fn camera(row: &Row) -> Result<CameraRow, DbError> {
    Ok(CameraRow {
        id: row.id("id", CameraId::from_bytes)?,
        name: row.text("name")?,
        address: row.text("address")?,
        onvif_port: row.small("onvif_port")?,
        tls_key: row.maybe_hash("tls_key")?,
        credentials: row.blob("credentials")?,
        outcome: row.text("outcome")?,
        judgement: row.text("judgement")?,
        judged: row.time("judged_90k")?,
        manufacturer: row.text("manufacturer")?,
        model: row.text("model")?,
        firmware: row.text("firmware")?,
        clock_offset: WallDuration::from_ticks(row.integer("clock_offset_90k")?),
        purpose: row.maybe_id("purpose", PurposeId::from_bytes)?,
        added: row.time("added_90k")?,
        removed: row.maybe_time("removed_90k")?,
    })
}

fn stream(row: &Row) -> Result<StreamRow, DbError> {
    Ok(StreamRow {
        id: row.id("id", StreamId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        kind: row.parsed("kind", |word| word.parse::<StreamKind>().ok())?,
        uri: row.text("uri")?,
        encoding: row.text("encoding")?,
        width: row.small("width")?,
        height: row.small("height")?,
        rate: row.small("rate")?,
    })
}

fn purpose(row: &Row) -> Result<PurposeRow, DbError> {
    Ok(PurposeRow {
        id: row.id("id", PurposeId::from_bytes)?,
        sentence: row.text("sentence")?,
        owner: row.text("owner")?,
        keep: WallDuration::from_ticks(row.integer("keep_90k")?),
        minimum: row.maybe_integer("minimum_90k")?.map(WallDuration::from_ticks),
        importance: row.integer("importance")?,
        policy: row.id("policy", PolicyId::from_bytes)?,
        written: row.time("written_90k")?,
        written_by: row.text("written_by")?,
        version: row
            .maybe_text("word")?
            .zip(row.maybe_hash("policy_hash")?)
            .map(|(word, hash)| OfVersion { word, hash }),
    })
}
