-- Grants: who may look at which recorded footage, who said so, and until when; and incidents that somebody marked.
-- Each act stands in the log before its row: the entry is told beside it.

CREATE TABLE look_grants (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- GrantId.
    origin        TEXT    NOT NULL CHECK (origin IN ('request', 'break_glass')), -- How it came.
    state         TEXT    NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')), -- What was decided; its end by time is not stored.
    case_reference TEXT   NOT NULL,          -- The case; empty for broken glass.
    words         TEXT    NOT NULL,          -- Why, as whoever asked says it.
    purpose       TEXT,                      -- Name of the purpose in the policy; NULL for broken glass.
    start_90k     INTEGER NOT NULL,          -- First moment of the footage.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    until_90k     INTEGER NOT NULL,          -- First moment at which nobody looks under it any more.
    export        INTEGER NOT NULL CHECK (export IN (0, 1)), -- Whether footage may leave as a file.
    authorisation_number TEXT,               -- Of directed surveillance; NULL for every other purpose.
    authorisation_officer TEXT,              -- Who gave it.
    authorisation_expires_90k INTEGER,       -- When it expires.
    incident      BLOB    CHECK (length(incident) = 16), -- IncidentId that it takes up.
    asked_by      BLOB    NOT NULL CHECK (length(asked_by) = 16), -- PersonId; alone may use it.
    asked_name    TEXT    NOT NULL,          -- Full name, as shown then.
    asked_90k     INTEGER NOT NULL,          -- When.
    asked_entry   INTEGER NOT NULL,          -- Position in the log.
    decided_by    BLOB    CHECK (length(decided_by) = 16), -- PersonId; NULL until decided, and for broken glass.
    decided_name  TEXT,                      -- Full name.
    decided_90k   INTEGER,                   -- When.
    decided_words TEXT,                      -- Why.
    decided_entry INTEGER,                   -- Position in the log.
    withdrawn_by  BLOB    CHECK (length(withdrawn_by) = 16), -- PersonId; NULL unless withdrawn.
    withdrawn_name TEXT,                     -- Full name.
    withdrawn_90k INTEGER,                   -- When.
    withdrawn_words TEXT,                    -- Why.
    withdrawn_entry INTEGER,                 -- Position in the log.
    reviewed_by   BLOB    CHECK (length(reviewed_by) = 16), -- PersonId; NULL unless it is broken glass that was reviewed.
    reviewed_name TEXT,                      -- Full name.
    reviewed_90k  INTEGER,                   -- When.
    reviewed_words TEXT,                     -- What the reviewer found.
    reviewed_entry INTEGER,                  -- Position in the log.
    justified     INTEGER CHECK (justified IN (0, 1)), -- Whether the reviewer found it justified.
    CHECK (end_90k > start_90k),
    CHECK ((origin = 'request') = (purpose IS NOT NULL)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by),
    CHECK (reviewed_by IS NULL OR reviewed_by <> asked_by),
    CHECK (origin = 'break_glass' OR (state IN ('approved', 'refused')) = (decided_by IS NOT NULL) OR state = 'withdrawn'),
    CHECK ((state = 'withdrawn') = (withdrawn_by IS NOT NULL)),
    CHECK (origin = 'break_glass' OR reviewed_by IS NULL),
    CHECK ((reviewed_by IS NULL) = (justified IS NULL))
) STRICT;

CREATE INDEX look_grants_of ON look_grants (asked_by, until_90k);
CREATE INDEX look_grants_by_time ON look_grants (asked_90k);
CREATE INDEX look_grants_unreviewed ON look_grants (asked_90k) WHERE origin = 'break_glass' AND reviewed_by IS NULL;

CREATE TABLE look_grant_cameras (
    look_grant    BLOB    NOT NULL REFERENCES look_grants (id), -- Of which grant.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId; both of its streams.
    PRIMARY KEY (look_grant, camera)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- IncidentId.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    start_90k     INTEGER NOT NULL,          -- First moment of its footage.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    words         TEXT    NOT NULL,          -- What happened, as whoever marked it says.
    hold          BLOB    NOT NULL CHECK (length(hold) = 16), -- HoldId that keeps its footage.
    ends_90k      INTEGER NOT NULL,          -- When that hold lapses by itself, as placed.
    marked_by     BLOB    NOT NULL CHECK (length(marked_by) = 16), -- PersonId.
    marked_name   TEXT    NOT NULL,          -- Full name, as shown then.
    marked_90k    INTEGER NOT NULL,          -- When.
    marked_entry  INTEGER NOT NULL,          -- Position in the log.
    CHECK (end_90k > start_90k)
) STRICT;

CREATE INDEX incidents_by_time ON incidents (marked_90k);
