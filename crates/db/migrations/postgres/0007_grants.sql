-- Grants and incidents; explained in migrations/sqlite.

CREATE TABLE look_grants (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('request', 'break_glass')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
    case_reference TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C",
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    until_90k BIGINT NOT NULL,
    export BIGINT NOT NULL CHECK (export IN (0, 1)),
    authorisation_number TEXT COLLATE "C",
    authorisation_officer TEXT COLLATE "C",
    authorisation_expires_90k BIGINT,
    incident BYTEA CHECK (length(incident) = 16),
    asked_by BYTEA NOT NULL CHECK (length(asked_by) = 16),
    asked_name TEXT COLLATE "C" NOT NULL,
    asked_90k BIGINT NOT NULL,
    asked_entry BIGINT NOT NULL,
    decided_by BYTEA CHECK (length(decided_by) = 16),
    decided_name TEXT COLLATE "C",
    decided_90k BIGINT,
    decided_words TEXT COLLATE "C",
    decided_entry BIGINT,
    withdrawn_by BYTEA CHECK (length(withdrawn_by) = 16),
    withdrawn_name TEXT COLLATE "C",
    withdrawn_90k BIGINT,
    withdrawn_words TEXT COLLATE "C",
    withdrawn_entry BIGINT,
    reviewed_by BYTEA CHECK (length(reviewed_by) = 16),
    reviewed_name TEXT COLLATE "C",
    reviewed_90k BIGINT,
    reviewed_words TEXT COLLATE "C",
    reviewed_entry BIGINT,
    justified BIGINT CHECK (justified IN (0, 1)),
    CHECK (end_90k > start_90k),
    CHECK ((origin = 'request') = (purpose IS NOT NULL)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by),
    CHECK (reviewed_by IS NULL OR reviewed_by <> asked_by),
    CHECK (origin = 'break_glass' OR (state IN ('approved', 'refused')) = (decided_by IS NOT NULL) OR state = 'withdrawn'),
    CHECK ((state = 'withdrawn') = (withdrawn_by IS NOT NULL)),
    CHECK (origin = 'break_glass' OR reviewed_by IS NULL),
    CHECK ((reviewed_by IS NULL) = (justified IS NULL))
);

CREATE INDEX look_grants_of ON look_grants (asked_by, until_90k);
CREATE INDEX look_grants_by_time ON look_grants (asked_90k);
CREATE INDEX look_grants_unreviewed ON look_grants (asked_90k) WHERE origin = 'break_glass' AND reviewed_by IS NULL;

CREATE TABLE look_grant_cameras (
    look_grant BYTEA NOT NULL REFERENCES look_grants (id),
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    PRIMARY KEY (look_grant, camera)
);

CREATE TABLE incidents (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    hold BYTEA NOT NULL CHECK (length(hold) = 16),
    ends_90k BIGINT NOT NULL,
    marked_by BYTEA NOT NULL CHECK (length(marked_by) = 16),
    marked_name TEXT COLLATE "C" NOT NULL,
    marked_90k BIGINT NOT NULL,
    marked_entry BIGINT NOT NULL,
    CHECK (end_90k > start_90k)
);

CREATE INDEX incidents_by_time ON incidents (marked_90k);
