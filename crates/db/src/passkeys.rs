//! Passkeys: second factors that are bound to a host name. What one is checked with is sealed, as shared secrets are.

use candour_units::{Hash, PersonId, WallTime};

use crate::column::{Row, all};
use crate::statement::statement;
use crate::{Db, DbError};

/// A passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// BLAKE3 of the credential id that the authenticator made.
    pub credential: Hash,
    /// Whose it is.
    pub person: PersonId,
    /// The host name it was made for.
    pub host: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is checked with, sealed by the keyring.
    pub sealed: Vec<u8>,
    /// When it was added.
    pub added: WallTime,
    /// When it was last shown.
    pub used: Option<WallTime>,
}

impl Db {
    /// The passkeys of an account, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn passkeys(&self, person: PersonId) -> Result<Vec<PasskeyRow>, DbError> {
        let sql = "SELECT * FROM passkeys WHERE person = $1 ORDER BY added_90k, credential";
        all(&self.rows("read the passkeys of an account", statement(sql).bind(person)).await?, passkey)
    }

    /// Adds a passkey. With `codes` it is the first second factor of the account, and these are the hashes of its recovery codes; without,
    /// it comes beside one that stands. False when that is not so, or the authenticator's credential is here already.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_passkey(&self, row: &PasskeyRow, codes: Option<&[Hash]>) -> Result<bool, DbError> {
        let mut tx = self.write("add a passkey").await?;
        if tx.factor_stands(row.person).await? == codes.is_some() {
            return Ok(false);
        }
        let sql = "INSERT INTO passkeys (credential, person, host, name, sealed, added_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential) DO NOTHING";
        let new = statement(sql).bind(&row.credential).bind(row.person).bind(&row.host).bind(&row.name);
        if tx.run(new.bind(&row.sealed).bind(row.added)).await? == 0 {
            return Ok(false);
        }
        if let Some(codes) = codes {
            tx.replace_recovery_codes(row.person, codes).await?;
            let sql = "UPDATE second_factors SET secret = NULL, reset_90k = NULL, reset_by = NULL WHERE person = $1";
            tx.run(statement(sql).bind(row.person)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A passkey was shown; what it is checked with from now on is `sealed`. False when it is not there any more.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn passkey_shown(&self, credential: &Hash, sealed: &[u8], now: WallTime) -> Result<bool, DbError> {
        let mut tx = self.write("note the use of a passkey").await?;
        let sql = "UPDATE passkeys SET sealed = $2, used_90k = $3 WHERE credential = $1";
        let shown = tx.run(statement(sql).bind(credential).bind(sealed).bind(now)).await? > 0;
        tx.commit().await?;
        Ok(shown)
    }

    /// Removes a passkey of an account. False when it is not there, or nothing else would stand: an account keeps a second factor.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn remove_passkey(&self, person: PersonId, credential: &Hash) -> Result<bool, DbError> {
        let mut tx = self.write("remove a passkey").await?;
        let sql = "DELETE FROM passkeys WHERE person = $1 AND credential = $2 AND (EXISTS \
                   (SELECT 1 FROM second_factors WHERE person = $1 AND added_90k IS NOT NULL) OR EXISTS \
                   (SELECT 1 FROM passkeys AS other WHERE other.person = $1 AND other.credential <> $2))";
        let removed = tx.run(statement(sql).bind(person).bind(credential)).await? > 0;
        tx.commit().await?;
        Ok(removed)
    }
}

fn passkey(row: &Row) -> Result<PasskeyRow, DbError> {
    Ok(PasskeyRow {
        credential: row.hash("credential")?,
        person: row.id("person", PersonId::from_bytes)?,
        host: row.text("host")?,
        name: row.text("name")?,
        sealed: row.blob("sealed")?,
        added: row.time("added_90k")?,
        used: row.maybe_time("used_90k")?,
    })
}
