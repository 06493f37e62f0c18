-- As in sqlite/0008_findings.sql, where the columns are explained.
CREATE TABLE findings (
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    kind BIGINT NOT NULL CHECK (kind BETWEEN 0 AND 2),
    score BIGINT NOT NULL CHECK (score >= 0),
    extent BIGINT NOT NULL CHECK (extent BETWEEN 0 AND 10000),
    area BYTEA CHECK (length(area) = 8),
    why TEXT COLLATE "C",
    PRIMARY KEY (camera, start_90k),
    CHECK (end_90k - start_90k BETWEEN 1 AND 5400000),
    CHECK ((kind = 1) = (area IS NOT NULL)),
    CHECK ((kind = 2) = (why IS NOT NULL))
);
CREATE INDEX findings_by_start ON findings (start_90k);

CREATE FUNCTION findings_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM findings WHERE camera = old.camera AND start_90k > old.start_90k - 5400000 AND start_90k < old.end_90k AND end_90k > old.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 0);
    RETURN NULL;
END $$;

CREATE TRIGGER findings_leave AFTER UPDATE OF state ON segments
    FOR EACH ROW WHEN (old.state < 2 AND new.state >= 2) EXECUTE FUNCTION findings_go();
CREATE TRIGGER findings_go AFTER DELETE ON segments
    FOR EACH ROW WHEN (old.state < 2) EXECUTE FUNCTION findings_go();
