-- What looking for motion found. The rows of a camera tile the time that was looked at: where there is none, nobody looked. None is
-- longer than a minute, so that it can go with the footage it is about.
CREATE TABLE findings (
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    start_90k     INTEGER NOT NULL,          -- First moment.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    kind          INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2), -- 0 nothing moved, 1 something moved, 2 nothing can be said.
    score         INTEGER NOT NULL CHECK (score >= 0), -- Hundredths of a level of brightness; 0 where nothing moved.
    extent        INTEGER NOT NULL CHECK (extent BETWEEN 0 AND 10000), -- Ten-thousandths of the picture; 0 where nothing moved.
    area          BLOB    CHECK (length(area) = 8), -- Left, top, right, bottom in ten-thousandths, two bytes each, big-endian; NULL where nothing moved.
    why           TEXT,                      -- Stable word of a doubt; NULL where there is none.
    PRIMARY KEY (camera, start_90k),
    CHECK (end_90k - start_90k BETWEEN 1 AND 5400000),
    CHECK ((kind = 1) = (area IS NOT NULL)),
    CHECK ((kind = 2) = (why IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_start ON findings (start_90k);

-- A finding goes in the transaction in which the last footage of its camera that it is about begins to be deleted, or turns out to be lost.
CREATE TRIGGER findings_leave AFTER UPDATE OF state ON segments WHEN old.state < 2 AND new.state >= 2 BEGIN
    DELETE FROM findings WHERE camera = new.camera AND start_90k > new.start_90k - 5400000 AND start_90k < new.end_90k AND end_90k > new.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 0);
END;
CREATE TRIGGER findings_go AFTER DELETE ON segments WHEN old.state < 2 BEGIN
    DELETE FROM findings WHERE camera = old.camera AND start_90k > old.start_90k - 5400000 AND start_90k < old.end_90k AND end_90k > old.start_90k
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 1)
        AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id WHERE streams.camera = findings.camera
            AND segments.start_90k > findings.start_90k - 324000000 AND segments.start_90k < findings.end_90k
            AND segments.end_90k > findings.start_90k AND segments.state = 0);
END;
