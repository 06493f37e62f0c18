-- Several storage directories, and what gives way when they are full (rule 10 of the store).

CREATE TABLE storages (
    number        INTEGER NOT NULL PRIMARY KEY, -- Stands in segments.storage; never used twice.
    id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16), -- StorageId: stands in the directory's marker file.
    path          TEXT    NOT NULL,          -- Where it was seen last.
    seen_90k      INTEGER NOT NULL           -- When.
) STRICT;

-- How long the purpose needs its footage at least: past that it may make room for newer footage. NULL: as long as it is kept.
ALTER TABLE purposes ADD COLUMN minimum_90k INTEGER CHECK (minimum_90k IS NULL OR minimum_90k BETWEEN 0 AND keep_90k);
-- How much the purpose matters when not everything fits: 1 low, 2 middle, 3 high.
ALTER TABLE purposes ADD COLUMN importance INTEGER NOT NULL DEFAULT 2 CHECK (importance BETWEEN 1 AND 3);

-- Per directory and purpose: the oldest footage, and sums of bytes by the day on which they leave, without touching the table.
CREATE INDEX segments_by_room ON segments (storage, purpose, keep_until_90k, len_bytes) WHERE state = 1;
