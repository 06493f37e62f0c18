//! Second factors and recovery codes. What is sealed here is opened by whoever holds the keyring; what is hashed, by nobody.

use candour_units::{Hash, PersonId, WallTime};

use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError};

/// The second factor of an account. No `Debug`: it holds a secret, sealed as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorRow {
    /// Sealed shared secret; `None` after a reset, until it is set up again.
    pub secret: Option<Vec<u8>>,
    /// When the person confirmed it; `None` while it is being set up.
    pub added: Option<WallTime>,
    /// When the one before was taken away, and by whom.
    pub reset: Option<(WallTime, String)>,
}

impl Db {
    /// The second factor of an account, set up or not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn second_factor(&self, person: PersonId) -> Result<Option<FactorRow>, DbError> {
        let sql = "SELECT secret, added_90k, reset_90k, reset_by FROM second_factors WHERE person = $1";
        let Some(row) = self.row("read a second factor", statement(sql).bind(person)).await? else { return Ok(None) };
        let reset = row.maybe_time("reset_90k")?.zip(row.maybe_text("reset_by")?);
        Ok(Some(FactorRow { secret: row.maybe_blob("secret")?, added: row.maybe_time("added_90k")?, reset }))
    }

    /// Keeps a new sealed secret until the person confirms it; one that was never confirmed goes. With `first` it is to be the only second
    /// factor of the account, else one beside passkeys. Gives whether that is possible: a secret that stands stays.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn begin_factor(&self, person: PersonId, sealed: &[u8], first: bool) -> Result<bool, DbError> {
        let mut tx = self.write("begin a second factor").await?;
        if tx.factor_stands(person).await? == first {
            return Ok(false);
        }
        let sql = "INSERT INTO second_factors (person, secret, last_step) VALUES ($1, $2, -1) \
                   ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, last_step = -1 \
                   WHERE second_factors.added_90k IS NULL";
        let begun = tx.run(statement(sql).bind(person).bind(sealed)).await? > 0;
        tx.commit().await?;
        Ok(begun)
    }

    /// The person confirmed the sealed secret by the code of `step`. With `codes` it is the first second factor of the account, and these
    /// are the hashes of its recovery codes; without, it comes beside passkeys. Gives whether that secret was waiting for it.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn confirm_factor(
        &self,
        person: PersonId,
        sealed: &[u8],
        step: i64,
        codes: Option<&[Hash]>,
        now: WallTime,
    ) -> Result<bool, DbError> {
        let mut tx = self.write("confirm a second factor").await?;
        if tx.factor_stands(person).await? == codes.is_some() {
            return Ok(false);
        }
        let sql = "UPDATE second_factors SET added_90k = $4, last_step = $3, reset_90k = NULL, reset_by = NULL \
                   WHERE person = $1 AND secret = $2 AND added_90k IS NULL";
        if tx.run(statement(sql).bind(person).bind(sealed).bind(step).bind(now)).await? == 0 {
            return Ok(false);
        }
        if let Some(codes) = codes {
            tx.replace_recovery_codes(person, codes).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Takes the code of a step; false when it, or a later one, was taken already.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn take_step(&self, person: PersonId, step: i64) -> Result<bool, DbError> {
        let mut tx = self.write("take a code").await?;
        let sql = "UPDATE second_factors SET last_step = $2 \
                   WHERE person = $1 AND last_step < $2 AND added_90k IS NOT NULL";
        let taken = tx.run(statement(sql).bind(person).bind(step)).await? > 0;
        tx.commit().await?;
        Ok(taken)
    }

    /// Takes a recovery code; false when there is no such code, or it was used.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn take_recovery_code(&self, person: PersonId, code: &Hash, now: WallTime) -> Result<bool, DbError> {
        let mut tx = self.write("take a recovery code").await?;
        let sql = "UPDATE recovery_codes SET used_90k = $3 WHERE person = $1 AND hash = $2 AND used_90k IS NULL";
        let taken = tx.run(statement(sql).bind(person).bind(code).bind(now)).await? > 0;
        tx.commit().await?;
        Ok(taken)
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn recovery_codes_left(&self, person: PersonId) -> Result<i64, DbError> {
        let sql = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE person = $1 AND used_90k IS NULL";
        let row = self.row("count recovery codes", statement(sql).bind(person)).await?;
        row.map_or(Ok(0), |row| row.integer("codes"))
    }

    /// Takes every second factor of an account away, with its recovery codes and its sign-ins; the next sign-in sets up a new one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn reset_factor(&self, person: PersonId, by: &str, now: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("reset a second factor").await?;
        let sql = "INSERT INTO second_factors (person, last_step, reset_90k, reset_by) VALUES ($1, -1, $2, $3) \
                   ON CONFLICT (person) DO UPDATE SET secret = NULL, added_90k = NULL, last_step = -1, \
                   reset_90k = excluded.reset_90k, reset_by = excluded.reset_by";
        tx.run(statement(sql).bind(person).bind(now).bind(by)).await?;
        tx.replace_recovery_codes(person, &[]).await?;
        tx.run(statement("DELETE FROM passkeys WHERE person = $1").bind(person)).await?;
        tx.run(statement("DELETE FROM sessions WHERE person = $1").bind(person)).await?;
        tx.commit().await
    }
}

impl Transaction {
    /// Whether an authenticator's secret or a passkey of the account stands. One transaction writes at a time, so of two that are set up or
    /// removed at once the later one sees the earlier.
    pub(crate) async fn factor_stands(&mut self, person: PersonId) -> Result<bool, DbError> {
        let sql = "SELECT person FROM second_factors WHERE person = $1 AND added_90k IS NOT NULL \
                   UNION ALL SELECT person FROM passkeys WHERE person = $1";
        Ok(!self.rows(statement(sql).bind(person)).await?.is_empty())
    }

    /// The account's recovery codes are these, by their hashes.
    pub(crate) async fn replace_recovery_codes(&mut self, person: PersonId, codes: &[Hash]) -> Result<(), DbError> {
        self.run(statement("DELETE FROM recovery_codes WHERE person = $1").bind(person)).await?;
        for code in codes {
            let sql = "INSERT INTO recovery_codes (person, hash) VALUES ($1, $2)";
            self.run(statement(sql).bind(person).bind(code)).await?;
        }
        Ok(())
    }
}
