-- As in sqlite/0010_log_index.sql, where the columns are explained.
CREATE TABLE log_index (
    entry BIGINT NOT NULL PRIMARY KEY CHECK (entry >= 0),
    at_90k BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    seen BIGINT NOT NULL CHECK (seen IN (0, 1)),
    refused BIGINT NOT NULL CHECK (refused IN (0, 1)),
    person BYTEA CHECK (length(person) = 16),
    name TEXT COLLATE "C",
    address TEXT COLLATE "C",
    purpose TEXT COLLATE "C",
    case_reference TEXT COLLATE "C",
    start_90k BIGINT,
    end_90k BIGINT,
    receipt BYTEA CHECK (length(receipt) = 16),
    CHECK ((start_90k IS NULL) = (end_90k IS NULL)),
    CHECK (seen = 0 OR (start_90k IS NOT NULL AND end_90k - start_90k <= 324000000))
);
CREATE INDEX log_index_of_person ON log_index (person, entry);
CREATE INDEX log_index_of_kind ON log_index (kind, entry);
CREATE INDEX log_index_of_case ON log_index (case_reference, entry);
CREATE INDEX log_index_of_purpose ON log_index (purpose, entry);
CREATE INDEX log_index_by_time ON log_index (at_90k);
CREATE INDEX log_index_of_receipt ON log_index (receipt, entry) WHERE receipt IS NOT NULL;

CREATE TABLE log_index_cameras (
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    entry BIGINT NOT NULL,
    seen BIGINT NOT NULL CHECK (seen IN (0, 1)),
    start_90k BIGINT,
    end_90k BIGINT,
    PRIMARY KEY (camera, entry)
);
CREATE INDEX log_index_cameras_of ON log_index_cameras (entry);
CREATE INDEX log_index_cameras_seen ON log_index_cameras (camera, seen, start_90k);

CREATE TABLE log_index_state (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL CHECK (size >= 0),
    leaf BYTEA NOT NULL CHECK (length(leaf) = 32),
    erased BIGINT NOT NULL CHECK (erased >= 0)
);
