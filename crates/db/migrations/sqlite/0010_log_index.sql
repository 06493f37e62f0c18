-- What the log page searches. Made from the log's journal alone, by one path, so it can be thrown away at any time; when details are
-- erased in the journal it is thrown away and made anew. It proves nothing: the log does. The renewals of a look have no row of their
-- own: they lengthen that of the look, up to an hour, and only the next one begins another.
CREATE TABLE log_index (
    entry         INTEGER NOT NULL PRIMARY KEY CHECK (entry >= 0), -- Position in the log.
    at_90k        INTEGER NOT NULL,          -- The time written in it.
    kind          TEXT    NOT NULL,          -- Stable word of the kind.
    seen          INTEGER NOT NULL CHECK (seen IN (0, 1)), -- Whether footage could be seen by it: a look that was allowed, or a file that left.
    refused       INTEGER NOT NULL CHECK (refused IN (0, 1)), -- Whether something was refused to somebody.
    person        BLOB    CHECK (length(person) = 16), -- PersonId; NULL for the recorder, for somebody not signed in, and when erased.
    name          TEXT,                      -- The name as shown then; NULL as above.
    address       TEXT,                      -- Network address; NULL for the recorder and when erased.
    purpose       TEXT,                      -- Purpose as the entry names it; NULL where it names none.
    case_reference TEXT,                     -- Case reference in lower case; NULL where it names none.
    start_90k     INTEGER,                   -- First moment of the footage it is about; of a live look its own time. NULL where it is about none.
    end_90k       INTEGER,                   -- First moment after.
    receipt       BLOB    CHECK (length(receipt) = 16), -- ReceiptId of the look; NULL where it is none.
    CHECK ((start_90k IS NULL) = (end_90k IS NULL)),
    CHECK (seen = 0 OR (start_90k IS NOT NULL AND end_90k - start_90k <= 324000000))
) STRICT;
CREATE INDEX log_index_of_person ON log_index (person, entry);
CREATE INDEX log_index_of_kind ON log_index (kind, entry);
CREATE INDEX log_index_of_case ON log_index (case_reference, entry);
CREATE INDEX log_index_of_purpose ON log_index (purpose, entry);
CREATE INDEX log_index_by_time ON log_index (at_90k);
CREATE INDEX log_index_of_receipt ON log_index (receipt, entry) WHERE receipt IS NOT NULL;

CREATE TABLE log_index_cameras (
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    entry         INTEGER NOT NULL,          -- Of which entry.
    seen          INTEGER NOT NULL CHECK (seen IN (0, 1)), -- As in log_index.
    start_90k     INTEGER,                   -- As in log_index.
    end_90k       INTEGER,                   -- As in log_index.
    PRIMARY KEY (camera, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_index_cameras_of ON log_index_cameras (entry);
CREATE INDEX log_index_cameras_seen ON log_index_cameras (camera, seen, start_90k);

CREATE TABLE log_index_state (
    one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- There is one row.
    size          INTEGER NOT NULL CHECK (size >= 0), -- Entries of the log that are in the index, from the first on.
    leaf          BLOB    NOT NULL CHECK (length(leaf) = 32), -- Leaf hash of the last of them; of another log it is another.
    erased        INTEGER NOT NULL CHECK (erased >= 0) -- Entries, from the first on, whose details were erased when it was made.
) STRICT;
