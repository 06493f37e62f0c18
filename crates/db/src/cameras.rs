//! Cameras, their streams, and the purposes they record for.

use candour_units::{CameraId, PolicyId, PurposeId, StreamId, StreamKind, WallDuration, WallTime};

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
    /// The policy version it belongs to.
    pub policy: PolicyId,
    /// When it was written.
    pub written: WallTime,
    /// Who wrote it.
    pub written_by: String,
}

impl Db {
    /// Cameras that were not removed, by name.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn cameras(&self) -> Result<Vec<CameraRow>, DbError> {
        todo!()
    }
    /// One camera, removed or not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn camera(&self, _id: CameraId) -> Result<Option<CameraRow>, DbError> {
        todo!()
    }
    /// Adds a camera with its streams, all or nothing.
    ///
    /// # Errors
    /// [`DbError::Exists`] when the name, or address and port, are taken by a camera not removed.
    pub async fn add_camera(&self, _camera: &CameraRow, _streams: &[StreamRow]) -> Result<(), DbError> {
        todo!()
    }
    /// Replaces name, credentials, judgement, identity, purpose and removal of a camera.
    ///
    /// # Errors
    /// [`DbError::NotFound`], [`DbError::Exists`].
    pub async fn change_camera(&self, _camera: &CameraRow) -> Result<(), DbError> {
        todo!()
    }
    /// Replaces the streams of a camera; a stream keeps its id when its kind stays.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn set_streams(&self, _camera: CameraId, _streams: &[StreamRow]) -> Result<(), DbError> {
        todo!()
    }
    /// The streams of a camera, main first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn streams(&self, _camera: CameraId) -> Result<Vec<StreamRow>, DbError> {
        todo!()
    }
    /// Stores a purpose version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_purpose(&self, _purpose: &PurposeRow) -> Result<(), DbError> {
        todo!()
    }
    /// One purpose version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn purpose(&self, _id: PurposeId) -> Result<Option<PurposeRow>, DbError> {
        todo!()
    }
}
