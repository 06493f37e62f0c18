-- Tables of switches and DHCP servers that people brought. The file lies under its digest beside the suppliers' declarations; a table counts
-- for nothing before a second person has signed it.
CREATE TABLE address_tables (
    id            BLOB    PRIMARY KEY CHECK (length(id) = 16), -- TableId.
    source        TEXT    NOT NULL,          -- Which switch or server, in words.
    taken_90k     INTEGER NOT NULL,          -- When it was asked.
    file_name     TEXT    NOT NULL,          -- As it was brought.
    digest        BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the file.
    filed_by      BLOB    NOT NULL CHECK (length(filed_by) = 16), -- PersonId.
    filed_name    TEXT    NOT NULL,          -- Full name at that time.
    filed_90k     INTEGER NOT NULL,
    signed_by     BLOB    CHECK (length(signed_by) = 16), -- PersonId of another person; NULL until signed.
    signed_name   TEXT,
    signed_90k    INTEGER,
    withdrawn_name TEXT,                     -- Who took it back; NULL while nobody did.
    withdrawn_90k INTEGER,
    CHECK (signed_by IS NULL OR signed_by <> filed_by),
    CHECK ((signed_by IS NULL) = (signed_90k IS NULL) AND (signed_by IS NULL) = (signed_name IS NULL)),
    CHECK ((withdrawn_name IS NULL) = (withdrawn_90k IS NULL))
) STRICT, WITHOUT ROWID;
