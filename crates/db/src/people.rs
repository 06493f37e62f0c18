//! Accounts and sign-ins.

use candour_units::{Hash, PersonId, SessionId, WallDuration, WallTime};

use crate::column::{Row, all};
use crate::statement::statement;
use crate::{Db, DbError};

/// How much earlier than the last use the stored time may be.
const TOUCH_GRAIN: WallDuration = WallDuration::from_seconds(15);

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The account's id.
    pub id: PersonId,
    /// The name typed at sign-in; unique without regard to case.
    pub sign_in_name: String,
    /// The name shown and logged.
    pub full_name: String,
    /// Role words, separated by spaces, sorted: `administrator`, `approver`, `dpo`, `investigator`, `operator`, `owner`.
    pub roles: String,
    /// PHC string of Argon2id.
    pub password_hash: String,
    /// When it was made.
    pub created: WallTime,
    /// Since when it may not sign in.
    pub disabled: Option<WallTime>,
    /// From when on it may not sign in.
    pub ends: Option<WallTime>,
    /// Since when it has a second factor. Read only: see [`Db::confirm_factor`], [`Db::add_passkey`] and [`Db::reset_factor`].
    pub factor: Option<WallTime>,
}

impl PersonRow {
    /// Whether the account may sign in then: it is neither disabled nor past its end.
    #[must_use]
    pub fn may_sign_in(&self, now: WallTime) -> bool {
        self.disabled.is_none() && self.ends.is_none_or(|end| now < end)
    }
}

/// Accounts, with what else is known of each.
macro_rules! people {
    ($rest:literal) => {
        concat!(
            "SELECT people.*, COALESCE(second_factors.added_90k, (SELECT MIN(passkeys.added_90k) FROM passkeys \
             WHERE passkeys.person = people.id)) AS factor_90k \
             FROM people LEFT JOIN second_factors ON second_factors.person = people.id ",
            $rest
        )
    };
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
    /// When everything the account needs was last shown; `None` while only the password was.
    pub confirmed: Option<WallTime>,
    /// What the browser says of itself, in a few words of ours.
    pub browser: String,
}

impl Db {
    /// All accounts, by sign-in name.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn people(&self) -> Result<Vec<PersonRow>, DbError> {
        all(&self.rows("read the accounts", statement(people!("ORDER BY sign_in_fold"))).await?, person)
    }
    /// The account with that id.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn person(&self, id: PersonId) -> Result<Option<PersonRow>, DbError> {
        let found = self.row("read an account", statement(people!("WHERE id = $1")).bind(id)).await?;
        found.as_ref().map(person).transpose()
    }
    /// The account with that sign-in name, case ignored.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn person_by_name(&self, sign_in_name: &str) -> Result<Option<PersonRow>, DbError> {
        let found =
            self.row("read an account", statement(people!("WHERE sign_in_fold = $1")).bind(fold(sign_in_name))).await?;
        found.as_ref().map(person).transpose()
    }
    /// Adds accounts, all or none.
    ///
    /// # Errors
    /// [`DbError::Exists`] when a sign-in name is taken.
    pub async fn add_people(&self, people: &[PersonRow]) -> Result<(), DbError> {
        let mut tx = self.write("add accounts").await?;
        let sql = "INSERT INTO people \
                   (id, sign_in_name, sign_in_fold, full_name, roles, password_hash, created_90k, disabled_90k, ends_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sign_in_fold) DO NOTHING";
        for person in people {
            let added = tx
                .run(
                    statement(sql)
                        .bind(person.id)
                        .bind(&person.sign_in_name)
                        .bind(fold(&person.sign_in_name))
                        .bind(&person.full_name)
                        .bind(&person.roles)
                        .bind(&person.password_hash)
                        .bind(person.created)
                        .bind(person.disabled)
                        .bind(person.ends),
                )
                .await?;
            if added == 0 {
                return Err(DbError::Exists {
                    what: format!("an account with the sign-in name {}", person.sign_in_name),
                });
            }
        }
        tx.commit().await
    }
    /// Replaces everything of an account but id, sign-in name and creation; ends its sessions when it is disabled or
    /// its password or roles changed.
    ///
    /// # Errors
    /// [`DbError::NotFound`].
    pub async fn change_person(&self, person: &PersonRow) -> Result<(), DbError> {
        let mut tx = self.write("change an account").await?;
        let id = person.id;
        // Before the change: the old row decides whether its sign-ins end.
        let sql = "DELETE FROM sessions WHERE person = $1 AND EXISTS \
                   (SELECT 1 FROM people WHERE id = $1 AND ($2 IS NOT NULL OR roles <> $3 OR password_hash <> $4))";
        tx.run(statement(sql).bind(id).bind(person.disabled).bind(&person.roles).bind(&person.password_hash)).await?;
        let sql = "UPDATE people SET full_name = $2, roles = $3, password_hash = $4, disabled_90k = $5, ends_90k = $6 \
                   WHERE id = $1";
        let changed = tx
            .run(
                statement(sql)
                    .bind(id)
                    .bind(&person.full_name)
                    .bind(&person.roles)
                    .bind(&person.password_hash)
                    .bind(person.disabled)
                    .bind(person.ends),
            )
            .await?;
        if changed == 0 {
            return Err(DbError::not_found("such account"));
        }
        tx.commit().await
    }
    /// Stores a sign-in.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_session(&self, session: &SessionRow) -> Result<(), DbError> {
        let mut tx = self.write("store a sign-in").await?;
        let sql = "INSERT INTO sessions (id, token_hash, person, address, created_90k, last_used_90k, expires_90k, \
                   confirmed_90k, browser) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        tx.run(
            statement(sql)
                .bind(session.id)
                .bind(&session.token_hash)
                .bind(session.person)
                .bind(&session.address)
                .bind(session.created)
                .bind(session.last_used)
                .bind(session.expires)
                .bind(session.confirmed)
                .bind(&session.browser),
        )
        .await?;
        tx.commit().await
    }
    /// The sign-in whose secret has that hash, with its account, ended or not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn session(&self, token_hash: &Hash) -> Result<Option<(SessionRow, PersonRow)>, DbError> {
        let mut tx = self.snapshot("read a sign-in").await?;
        let found = tx.row(statement("SELECT * FROM sessions WHERE token_hash = $1").bind(token_hash)).await?;
        let Some(row) = found else { return Ok(None) };
        let session = session(&row)?;
        let found = tx.row(statement(people!("WHERE id = $1")).bind(session.person)).await?;
        let owner = person(&found.ok_or_else(|| DbError::not_found("account of this sign-in"))?)?;
        Ok(Some((session, owner)))
    }
    /// Notes that a sign-in was used. Written at most every 15 s: a request every second shall not be a sync every second.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn touch_session(&self, id: SessionId, now: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("note the use of a sign-in").await?;
        let sql = "UPDATE sessions SET last_used_90k = $2 WHERE id = $1 AND last_used_90k <= $3";
        tx.run(statement(sql).bind(id).bind(now).bind(now - TOUCH_GRAIN)).await?;
        tx.commit().await
    }
    /// The sign-ins of a person, newest use first; also those that expired and are not forgotten yet.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn sessions_of(&self, person: PersonId) -> Result<Vec<SessionRow>, DbError> {
        let sql = "SELECT * FROM sessions WHERE person = $1 ORDER BY last_used_90k DESC, id";
        all(&self.rows("read the sign-ins of an account", statement(sql).bind(person)).await?, session)
    }
    /// Everything the account needs was shown again in a sign-in, which now ends at `expires`.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when it has ended.
    pub async fn confirm_session(&self, id: SessionId, now: WallTime, expires: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("confirm a sign-in").await?;
        let sql = "UPDATE sessions SET confirmed_90k = $2, last_used_90k = $2, expires_90k = $3 WHERE id = $1";
        if tx.run(statement(sql).bind(id).bind(now).bind(expires)).await? == 0 {
            return Err(DbError::not_found("such sign-in"));
        }
        tx.commit().await
    }
    /// Ends a sign-in; ending one that does not exist is fine.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn end_session(&self, id: SessionId) -> Result<(), DbError> {
        let mut tx = self.write("end a sign-in").await?;
        let sql = "DELETE FROM sessions WHERE id = $1";
        tx.run(statement(sql).bind(id)).await?;
        tx.commit().await
    }
    /// Forgets sign-ins that expired before `now`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_expired_sessions(&self, now: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("forget expired sign-ins").await?;
        let sql = "DELETE FROM sessions WHERE expires_90k < $1";
        tx.run(statement(sql).bind(now)).await?;
        tx.commit().await
    }
}

/// Sign-in names differ only if they differ without regard to case.
fn fold(sign_in_name: &str) -> String {
    sign_in_name.to_lowercase()
}

fn person(row: &Row) -> Result<PersonRow, DbError> {
    Ok(PersonRow {
        id: row.id("id", PersonId::from_bytes)?,
        sign_in_name: row.text("sign_in_name")?,
        full_name: row.text("full_name")?,
        roles: row.text("roles")?,
        password_hash: row.text("password_hash")?,
        created: row.time("created_90k")?,
        disabled: row.maybe_time("disabled_90k")?,
        ends: row.maybe_time("ends_90k")?,
        factor: row.maybe_time("factor_90k")?,
    })
}

fn session(row: &Row) -> Result<SessionRow, DbError> {
    Ok(SessionRow {
        id: row.id("id", SessionId::from_bytes)?,
        token_hash: row.hash("token_hash")?,
        person: row.id("person", PersonId::from_bytes)?,
        address: row.text("address")?,
        created: row.time("created_90k")?,
        last_used: row.time("last_used_90k")?,
        expires: row.time("expires_90k")?,
        confirmed: row.maybe_time("confirmed_90k")?,
        browser: row.text("browser")?,
    })
}
