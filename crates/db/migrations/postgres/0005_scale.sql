-- The catalogue at full scale; explained in migrations/sqlite. Triggers need functions here.

DROP INDEX segments_by_start;
CREATE INDEX segments_closed ON segments (stream, start_90k, end_90k, storage) WHERE state = 1;
CREATE INDEX segments_open_of ON segments (stream, start_90k) WHERE state = 0;
CREATE INDEX segments_deleting_of ON segments (stream, start_90k) WHERE state = 2;

CREATE TABLE holdings (
    stream BYTEA NOT NULL PRIMARY KEY CHECK (length(stream) = 16),
    segments BIGINT NOT NULL,
    len_bytes BIGINT NOT NULL
);

INSERT INTO holdings (stream, segments, len_bytes)
    SELECT stream, count(*), CAST(sum(len_bytes) AS BIGINT) FROM segments WHERE state < 3 GROUP BY stream;

CREATE FUNCTION segments_come() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO holdings (stream, segments, len_bytes) VALUES (new.stream, 1, new.len_bytes)
        ON CONFLICT (stream) DO UPDATE SET segments = holdings.segments + 1,
        len_bytes = holdings.len_bytes + excluded.len_bytes;
    RETURN NULL;
END $$;
CREATE FUNCTION segments_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE holdings SET segments = segments - CASE WHEN new.state = 3 THEN 1 ELSE 0 END,
        len_bytes = len_bytes - old.len_bytes + CASE WHEN new.state < 3 THEN new.len_bytes ELSE 0 END
        WHERE stream = old.stream;
    RETURN NULL;
END $$;
CREATE FUNCTION segments_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE holdings SET segments = segments - 1, len_bytes = len_bytes - old.len_bytes WHERE stream = old.stream;
    RETURN NULL;
END $$;

CREATE TRIGGER segments_come AFTER INSERT ON segments
    FOR EACH ROW WHEN (new.state < 3) EXECUTE FUNCTION segments_come();
CREATE TRIGGER segments_change AFTER UPDATE OF state, len_bytes ON segments
    FOR EACH ROW WHEN (old.state < 3 AND (new.state = 3 OR new.len_bytes <> old.len_bytes))
    EXECUTE FUNCTION segments_change();
CREATE TRIGGER segments_go AFTER DELETE ON segments
    FOR EACH ROW WHEN (old.state < 3) EXECUTE FUNCTION segments_go();

CREATE TABLE deleted_stretches (
    stream BYTEA NOT NULL CHECK (length(stream) = 16),
    start_90k BIGINT NOT NULL,
    entry_first BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    entry_last BIGINT NOT NULL,
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    rule TEXT COLLATE "C" NOT NULL,
    segments BIGINT NOT NULL CHECK (segments > 0),
    len_bytes BIGINT NOT NULL,
    unreadable_first_90k BIGINT NOT NULL,
    unlinked_last_90k BIGINT NOT NULL,
    backups_until_90k BIGINT,
    PRIMARY KEY (stream, start_90k, entry_first),
    CHECK (end_90k - start_90k BETWEEN 0 AND 7776000000 AND entry_last >= entry_first)
);

CREATE INDEX deleted_stretches_by_time ON deleted_stretches (unlinked_last_90k);
