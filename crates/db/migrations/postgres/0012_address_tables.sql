-- As in sqlite/0012_address_tables.sql, where the columns are explained.
CREATE TABLE address_tables (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    source TEXT COLLATE "C" NOT NULL,
    taken_90k BIGINT NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    filed_by BYTEA NOT NULL CHECK (length(filed_by) = 16),
    filed_name TEXT COLLATE "C" NOT NULL,
    filed_90k BIGINT NOT NULL,
    signed_by BYTEA CHECK (length(signed_by) = 16),
    signed_name TEXT COLLATE "C",
    signed_90k BIGINT,
    withdrawn_name TEXT COLLATE "C",
    withdrawn_90k BIGINT,
    CHECK (signed_by IS NULL OR signed_by <> filed_by),
    CHECK ((signed_by IS NULL) = (signed_90k IS NULL) AND (signed_by IS NULL) = (signed_name IS NULL)),
    CHECK ((withdrawn_name IS NULL) = (withdrawn_90k IS NULL))
);
