-- The first schema, as in migrations/sqlite, where each column is explained. What differs here and in what follows:
--   BIGINT where SQLite has INTEGER, flags included; BYTEA where it has BLOB.
--   Texts compare and sort by their bytes (COLLATE "C"), as in SQLite, whatever the collation of the database.

CREATE TABLE people (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    sign_in_name TEXT COLLATE "C" NOT NULL,
    sign_in_fold TEXT COLLATE "C" NOT NULL UNIQUE,
    full_name TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    created_90k BIGINT NOT NULL,
    disabled_90k BIGINT
);

CREATE TABLE sessions (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person BYTEA NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    address TEXT COLLATE "C" NOT NULL,
    created_90k BIGINT NOT NULL,
    last_used_90k BIGINT NOT NULL,
    expires_90k BIGINT NOT NULL
);

CREATE INDEX sessions_by_person ON sessions (person);
CREATE INDEX sessions_by_expiry ON sessions (expires_90k);

CREATE TABLE purposes (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    sentence TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    keep_90k BIGINT NOT NULL CHECK (keep_90k > 0),
    policy BYTEA NOT NULL CHECK (length(policy) = 16),
    written_90k BIGINT NOT NULL,
    written_by TEXT COLLATE "C" NOT NULL
);

CREATE TABLE cameras (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    onvif_port BIGINT NOT NULL CHECK (onvif_port BETWEEN 0 AND 65535),
    credentials BYTEA NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    judgement TEXT COLLATE "C" NOT NULL,
    judged_90k BIGINT NOT NULL,
    manufacturer TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    firmware TEXT COLLATE "C" NOT NULL,
    clock_offset_90k BIGINT NOT NULL,
    purpose BYTEA REFERENCES purposes (id),
    added_90k BIGINT NOT NULL,
    removed_90k BIGINT
);

CREATE UNIQUE INDEX cameras_by_name ON cameras (name) WHERE removed_90k IS NULL;
CREATE UNIQUE INDEX cameras_by_address ON cameras (address, onvif_port) WHERE removed_90k IS NULL;

CREATE TABLE streams (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    camera BYTEA NOT NULL REFERENCES cameras (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('main', 'sub')),
    uri TEXT COLLATE "C" NOT NULL,
    encoding TEXT COLLATE "C" NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    rate BIGINT NOT NULL,
    offered BIGINT NOT NULL CHECK (offered IN (0, 1)),
    UNIQUE (camera, kind)
);

CREATE TABLE segments (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    stream BYTEA NOT NULL CHECK (length(stream) = 16),
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    run BYTEA NOT NULL CHECK (length(run) = 16),
    purpose BYTEA NOT NULL CHECK (length(purpose) = 16),
    storage BIGINT NOT NULL,
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    keep_until_90k BIGINT NOT NULL,
    len_bytes BIGINT NOT NULL CHECK (len_bytes >= 0),
    samples BIGINT NOT NULL CHECK (samples >= 0),
    state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 3),
    sealed_digest BYTEA CHECK (length(sealed_digest) = 32),
    content_commitment BYTEA CHECK (length(content_commitment) = 32),
    logged BIGINT NOT NULL CHECK (logged IN (0, 1)),

 CHECK (end_90k - start_90k BETWEEN 0 AND 324000000)
);

CREATE INDEX segments_by_start ON segments (stream, start_90k) WHERE state < 3;
CREATE INDEX segments_by_end_of_life ON segments (keep_until_90k) WHERE state = 1;
CREATE INDEX segments_open ON segments (start_90k) WHERE state = 0;
CREATE INDEX segments_deleting ON segments (start_90k) WHERE state = 2;
CREATE INDEX segments_unlogged ON segments (start_90k) WHERE state = 1 AND logged = 0;

CREATE TABLE gaps (
    stream BYTEA NOT NULL CHECK (length(stream) = 16),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT,
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    cause TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, start_90k)
);

CREATE INDEX gaps_open ON gaps (stream, start_90k) WHERE end_90k IS NULL;

CREATE TABLE certificates (
    segment BYTEA NOT NULL PRIMARY KEY CHECK (length(segment) = 16),
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    stream BYTEA NOT NULL CHECK (length(stream) = 16),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    len_bytes BIGINT NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL CHECK (step BETWEEN 0 AND 3),
    due_90k BIGINT NOT NULL,
    intended_90k BIGINT NOT NULL,
    unreadable_90k BIGINT,
    unlinked_90k BIGINT,
    backups_until_90k BIGINT,
    entry BIGINT,
    failing TEXT COLLATE "C",
 CHECK (end_90k - start_90k BETWEEN 0 AND 324000000)
);

CREATE INDEX certificates_by_start ON certificates (stream, start_90k);
CREATE INDEX certificates_by_intent ON certificates (intended_90k);
CREATE INDEX certificates_unfinished ON certificates (intended_90k) WHERE step < 3;

CREATE TABLE alarms (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT COLLATE "C" NOT NULL,
    camera BYTEA CHECK (length(camera) = 16),
    severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('amber', 'red')),
    words TEXT COLLATE "C" NOT NULL,
    raised_90k BIGINT NOT NULL,
    acknowledged_by TEXT COLLATE "C",
    acknowledged_90k BIGINT,
    cleared_90k BIGINT,
 CHECK ((acknowledged_by IS NULL) = (acknowledged_90k IS NULL))
);

CREATE UNIQUE INDEX alarms_standing ON alarms (kind, coalesce(camera, ''::bytea)) WHERE cleared_90k IS NULL;
CREATE INDEX alarms_by_time ON alarms (raised_90k);

CREATE TABLE settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
