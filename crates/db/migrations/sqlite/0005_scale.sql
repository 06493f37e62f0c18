-- The catalogue at full scale: 1 000 streams for 30 days are 43 million segments, and 1.4 million of them are deleted a day.
--
-- 1. A timeline reads an index and no row. Only rows that no longer grow are in the big index: a segment that is written
--    to moves its end every few seconds, and an index of ends would be rewritten at a thousand places each time.
-- 2. What a stream holds is counted as it changes, because counting it when asked reads 43 200 rows of each stream.
-- 3. What is deleted and certified leaves a stretch here, not a row for each segment; the certificates are in the log.

DROP INDEX segments_by_start;
CREATE INDEX segments_closed ON segments (stream, start_90k, end_90k, storage) WHERE state = 1;
CREATE INDEX segments_open_of ON segments (stream, start_90k) WHERE state = 0;
CREATE INDEX segments_deleting_of ON segments (stream, start_90k) WHERE state = 2;

CREATE TABLE holdings (
    stream        BLOB    NOT NULL PRIMARY KEY CHECK (length(stream) = 16), -- StreamId.
    segments      INTEGER NOT NULL,          -- Its segments that are not deleted.
    len_bytes     INTEGER NOT NULL           -- Their bytes.
) STRICT;

INSERT INTO holdings (stream, segments, len_bytes)
    SELECT stream, count(*), sum(len_bytes) FROM segments WHERE state < 3 GROUP BY stream;

-- Triggers, so that no statement can forget to count.
CREATE TRIGGER segments_come AFTER INSERT ON segments WHEN new.state < 3 BEGIN
    INSERT INTO holdings (stream, segments, len_bytes) VALUES (new.stream, 1, new.len_bytes)
        ON CONFLICT (stream) DO UPDATE SET segments = segments + 1, len_bytes = len_bytes + excluded.len_bytes;
END;
CREATE TRIGGER segments_change AFTER UPDATE OF state, len_bytes ON segments
WHEN old.state < 3 AND (new.state = 3 OR new.len_bytes <> old.len_bytes) BEGIN
    UPDATE holdings SET segments = segments - (new.state = 3),
        len_bytes = len_bytes - old.len_bytes + (new.state < 3) * new.len_bytes WHERE stream = old.stream;
END;
CREATE TRIGGER segments_go AFTER DELETE ON segments WHEN old.state < 3 BEGIN
    UPDATE holdings SET segments = segments - 1, len_bytes = len_bytes - old.len_bytes WHERE stream = old.stream;
END;

CREATE TABLE deleted_stretches (
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    start_90k     INTEGER NOT NULL,          -- First moment that was deleted.
    entry_first   INTEGER NOT NULL,          -- Position in the log of the first certificate.
    end_90k       INTEGER NOT NULL,          -- First moment after; at most a day after the start.
    entry_last    INTEGER NOT NULL,          -- Position in the log of the last certificate.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    rule          TEXT    NOT NULL,          -- The rule that ended all of it, in words, with the purpose.
    segments      INTEGER NOT NULL CHECK (segments > 0), -- Segments deleted in it.
    len_bytes     INTEGER NOT NULL,          -- Bytes destroyed in it.
    unreadable_first_90k INTEGER NOT NULL,   -- When the first of its keys was destroyed.
    unlinked_last_90k INTEGER NOT NULL,      -- When the last of its files was unlinked.
    backups_until_90k INTEGER,               -- Until when a backup of the key file may open a copy of any of it; NULL where none are made.
    PRIMARY KEY (stream, start_90k, entry_first),
    CHECK (end_90k - start_90k BETWEEN 0 AND 7776000000 AND entry_last >= entry_first)
) STRICT;

CREATE INDEX deleted_stretches_by_time ON deleted_stretches (unlinked_last_90k);
