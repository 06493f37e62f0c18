-- Several storage directories, and what gives way when they are full; explained in migrations/sqlite.

CREATE TABLE storages (
    number BIGINT NOT NULL PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
    path TEXT COLLATE "C" NOT NULL,
    seen_90k BIGINT NOT NULL
);

ALTER TABLE purposes ADD COLUMN minimum_90k BIGINT CHECK (minimum_90k IS NULL OR minimum_90k BETWEEN 0 AND keep_90k);

ALTER TABLE purposes ADD COLUMN importance BIGINT NOT NULL DEFAULT 2 CHECK (importance BETWEEN 1 AND 3);

CREATE INDEX segments_by_room ON segments (storage, purpose, keep_until_90k, len_bytes) WHERE state = 1;
