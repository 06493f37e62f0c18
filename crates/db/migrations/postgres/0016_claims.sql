-- As in sqlite/0016_claims.sql, where the columns are explained.
CREATE TABLE claims (
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    what BIGINT NOT NULL CHECK (what BETWEEN 0 AND 2),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    PRIMARY KEY (camera, what, start_90k),
    CHECK (end_90k - start_90k BETWEEN 1 AND 5400000)
);
CREATE INDEX claims_by_start ON claims (start_90k);

CREATE FUNCTION claims_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM claims WHERE camera = old.camera AND start_90k > old.start_90k - 5400000 AND start_90k < old.end_90k AND end_90k > old.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 0);
    RETURN NULL;
END $$;

CREATE TRIGGER claims_leave AFTER UPDATE OF state ON segments
    FOR EACH ROW WHEN (old.state < 2 AND new.state >= 2) EXECUTE FUNCTION claims_go();
CREATE TRIGGER claims_go AFTER DELETE ON segments
    FOR EACH ROW WHEN (old.state < 2) EXECUTE FUNCTION claims_go();
