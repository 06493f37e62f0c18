-- What cameras say that they see (ONVIF events): their word, beside what looking for motion found. No row is longer than a minute, so that it
-- can go with the footage it is about.
CREATE TABLE claims (
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    what          INTEGER NOT NULL CHECK (what BETWEEN 0 AND 2), -- 0 motion, 1 tamper, 2 video loss.
    start_90k     INTEGER NOT NULL,          -- When it was heard, by our clock; a claim that goes on has several rows.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    PRIMARY KEY (camera, what, start_90k),
    CHECK (end_90k - start_90k BETWEEN 1 AND 5400000)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_start ON claims (start_90k);

-- A claim goes in the transaction in which the last footage of its camera that it is about begins to be deleted, or turns out to be lost.
CREATE TRIGGER claims_leave AFTER UPDATE OF state ON segments WHEN old.state < 2 AND new.state >= 2 BEGIN
    DELETE FROM claims WHERE camera = new.camera AND start_90k > new.start_90k - 5400000 AND start_90k < new.end_90k AND end_90k > new.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 0);
END;
CREATE TRIGGER claims_go AFTER DELETE ON segments WHEN old.state < 2 BEGIN
    DELETE FROM claims WHERE camera = old.camera AND start_90k > old.start_90k - 5400000 AND start_90k < old.end_90k AND end_90k > old.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = claims.camera
            AND segments.start_90k > claims.start_90k - 324000000 AND segments.start_90k < claims.end_90k
            AND segments.end_90k > claims.start_90k AND segments.state = 0);
END;
