//! Accounts and sign-ins.

use candour_units::{Hash, PersonId, SessionId, WallTime};

use crate::{Db, DbError};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The account's id.
    pub id: PersonId,
    /// The name typed at sign-in; unique without regard to case.
    pub sign_in_name: String,
    /// The name shown and logged.
    pub full_name: String,
    /// Role words, separated by spaces, sorted: `administrator`, `dpo`, `investigator`, `operator`.
    pub roles: String,
    /// PHC string of Argon2id.
    pub password_hash: String,
    /// When it was made.
    pub created: WallTime,
    /// Since when it may not sign in.
    pub disabled: Option<WallTime>,
}

/// A sign-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The sign-in's id, as it stands in the log.
    pub id: SessionId,
    /// BLAKE3 of the cookie's secret; the secret itself is stored nowhere.
    pub token_hash: Hash,
    /// Whose it is.
    pub person: PersonId,
    /// Network address it was made from.
    pub address: String,
    /// When it was made.
    pub created: WallTime,
    /// When it was last used.
    pub last_used: WallTime,
    /// When it ends whatever happens.
    pub expires: WallTime,
}

impl Db {
    /// All accounts, by sign-in name.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn people(&self) -> Result<Vec<PersonRow>, DbError> {
        todo!()
    }
    /// The account with that id.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn person(&self, _id: PersonId) -> Result<Option<PersonRow>, DbError> {
        todo!()
    }
    /// The account with that sign-in name, case ignored.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn person_by_name(&self, _sign_in_name: &str) -> Result<Option<PersonRow>, DbError> {
        todo!()
    }
    /// Adds accounts, all or none.
    ///
    /// # Errors
    /// [`DbError::Exists`] when a sign-in name is taken.
    pub async fn add_people(&self, _people: &[PersonRow]) -> Result<(), DbError> {
        todo!()
    }
    /// Replaces everything of an account but id, sign-in name and creation; ends its sessions when it is disabled or
    /// its password or roles changed.
    ///
    /// # Errors
    /// [`DbError::NotFound`].
    pub async fn change_person(&self, _person: &PersonRow) -> Result<(), DbError> {
        todo!()
    }
    /// Stores a sign-in.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_session(&self, _session: &SessionRow) -> Result<(), DbError> {
        todo!()
    }
    /// The sign-in whose secret has that hash, with its account, ended or not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn session(&self, _token_hash: &Hash) -> Result<Option<(SessionRow, PersonRow)>, DbError> {
        todo!()
    }
    /// Notes that a sign-in was used.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn touch_session(&self, _id: SessionId, _now: WallTime) -> Result<(), DbError> {
        todo!()
    }
    /// Ends a sign-in; ending one that does not exist is fine.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn end_session(&self, _id: SessionId) -> Result<(), DbError> {
        todo!()
    }
    /// Forgets sign-ins that expired before `now`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_expired_sessions(&self, _now: WallTime) -> Result<(), DbError> {
        todo!()
    }
}
