//! Tables of switches and DHCP servers that people brought: who brought which file, who signed it, who took it back. Not rebuildable:
//! durable at once.

use candour_units::{Hash, PersonId, TableId, WallTime};

use crate::column::{Row, all};
use crate::statement::statement;
use crate::{Db, DbError};

/// A table as it was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressTableRow {
    /// Its id.
    pub id: TableId,
    /// Which switch or server, in words.
    pub source: String,
    /// When it was asked.
    pub taken: WallTime,
    /// Name of the file as it was brought.
    pub file_name: String,
    /// SHA-256 of the file.
    pub digest: Hash,
    /// Who brought it, and when.
    pub filed: Signature,
    /// Who signed it; another person than who brought it.
    pub signed: Option<Signature>,
    /// Full name of who took it back, and when.
    pub withdrawn: Option<(String, WallTime)>,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The account.
    pub by: PersonId,
    /// The full name at that time.
    pub name: String,
    /// When.
    pub at: WallTime,
}

impl Db {
    /// Every table, the newest taken first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn address_tables(&self) -> Result<Vec<AddressTableRow>, DbError> {
        let sql = "SELECT * FROM address_tables ORDER BY taken_90k DESC, filed_90k DESC, id";
        all(&self.rows("list address tables", statement(sql)).await?, table)
    }

    /// Adds a table that nobody signed yet.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_address_table(&self, row: &AddressTableRow) -> Result<(), DbError> {
        let mut tx = self.write("add an address table").await?;
        let sql = "INSERT INTO address_tables (id, source, taken_90k, file_name, digest, filed_by, filed_name, filed_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        tx.run(
            statement(sql)
                .bind(row.id)
                .bind(&row.source)
                .bind(row.taken)
                .bind(&row.file_name)
                .bind(&row.digest)
                .bind(row.filed.by)
                .bind(&row.filed.name)
                .bind(row.filed.at),
        )
        .await?;
        tx.commit().await
    }

    /// A second person signs a table that waits for it; gives whether there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`], also for the person who brought it.
    pub async fn sign_address_table(&self, id: TableId, by: &Signature) -> Result<bool, DbError> {
        let mut tx = self.write("sign an address table").await?;
        let sql = "UPDATE address_tables SET signed_by = $1, signed_name = $2, signed_90k = $3 \
                   WHERE id = $4 AND signed_by IS NULL AND withdrawn_90k IS NULL";
        let changed = tx.run(statement(sql).bind(by.by).bind(&by.name).bind(by.at).bind(id)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Takes a table back; gives whether there was one to take back.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn withdraw_address_table(&self, id: TableId, by: &str, at: WallTime) -> Result<bool, DbError> {
        let mut tx = self.write("take an address table back").await?;
        let sql = "UPDATE address_tables SET withdrawn_name = $1, withdrawn_90k = $2 \
                   WHERE id = $3 AND withdrawn_90k IS NULL";
        let changed = tx.run(statement(sql).bind(by).bind(at).bind(id)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }
}

fn table(row: &Row) -> Result<AddressTableRow, DbError> {
    let signed = match row.maybe_id("signed_by", PersonId::from_bytes)? {
        Some(by) => Some(Signature { by, name: row.text("signed_name")?, at: row.time("signed_90k")? }),
        None => None,
    };
    let withdrawn = row.maybe_text("withdrawn_name")?.zip(row.maybe_time("withdrawn_90k")?);
    Ok(AddressTableRow {
        id: row.id("id", TableId::from_bytes)?,
        source: row.text("source")?,
        taken: row.time("taken_90k")?,
        file_name: row.text("file_name")?,
        digest: row.hash("digest")?,
        filed: Signature {
            by: row.id("filed_by", PersonId::from_bytes)?,
            name: row.text("filed_name")?,
            at: row.time("filed_90k")?,
        },
        signed,
        withdrawn,
    })
}
