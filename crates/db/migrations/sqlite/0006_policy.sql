-- The policy of the site: every version that was ever proposed, what was done to it, what it promised for which camera,
-- and who accepted it. Nothing here can be made again from footage: all of it commits durably.

CREATE TABLE policy_versions (
    number        INTEGER NOT NULL PRIMARY KEY CHECK (number > 0), -- 1, 2, ... in the order of proposal: what people call it.
    id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16), -- PolicyId: stands in purposes.policy.
    hash          BLOB    NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the text: stands in segment headers, certificates and log.
    text          TEXT    NOT NULL,          -- The file as it was given, byte for byte.
    state         TEXT    NOT NULL CHECK (state IN ('draft', 'approved', 'in_force', 'superseded', 'withdrawn')),
    origin        TEXT    NOT NULL CHECK (origin IN ('viewer', 'import', 'first_start')), -- How it came.
    author        BLOB    CHECK (length(author) = 16), -- PersonId of whoever proposed it; NULL at a first start.
    drafted_by    TEXT    NOT NULL,          -- Full name, as shown then.
    drafted_90k   INTEGER NOT NULL,          -- When.
    advice        TEXT,                      -- The data protection officer's, the newest; NULL while there is none.
    advised_by    TEXT,                      -- Full name.
    advised_90k   INTEGER,                   -- When.
    departure     TEXT,                      -- Why whoever approved departs from the advice; NULL where it is followed.
    approved_by   TEXT,                      -- Full name.
    approved_90k  INTEGER,                   -- When.
    early         TEXT,                      -- Why it takes force before the usual day; NULL where it does not.
    force_90k     INTEGER,                   -- From when on it shall be in force.
    forced_90k    INTEGER,                   -- When it came into force.
    ended_90k     INTEGER,                   -- When it was superseded or withdrawn.
    CHECK ((advice IS NULL) = (advised_90k IS NULL) AND (advice IS NULL) = (advised_by IS NULL)),
    CHECK (state NOT IN ('approved', 'in_force', 'superseded') OR (approved_90k IS NOT NULL AND force_90k IS NOT NULL)),
    CHECK ((state IN ('in_force', 'superseded')) = (forced_90k IS NOT NULL)),
    CHECK ((state IN ('superseded', 'withdrawn')) = (ended_90k IS NOT NULL))
) STRICT;

-- One version is in force, and one at most waits to be.
CREATE UNIQUE INDEX policy_versions_in_force ON policy_versions (state) WHERE state = 'in_force';
CREATE UNIQUE INDEX policy_versions_approved ON policy_versions (state) WHERE state = 'approved';

-- What was done to a version, written in the transaction that does it. An act without an entry is still to be logged.
CREATE TABLE policy_acts (
    version       INTEGER NOT NULL REFERENCES policy_versions (number), -- To which.
    number        INTEGER NOT NULL CHECK (number >= 0), -- 0 for the proposal, then one more for each act.
    act           TEXT    NOT NULL CHECK (act IN ('drafted', 'advised', 'approved', 'withdrawn', 'in_force', 'superseded')),
    person        BLOB    CHECK (length(person) = 16), -- PersonId; NULL where the recorder did it, or whoever runs the machine.
    done_by       TEXT    NOT NULL,          -- Full name; 'the recorder' where it acted by itself.
    at_90k        INTEGER NOT NULL,          -- When.
    reason        TEXT    NOT NULL,          -- Why, or the advice; empty where none was asked for.
    detail        TEXT    NOT NULL,          -- What else the entry says: a JSON object.
    entry         INTEGER,                   -- Position in the log; NULL until it is logged.
    PRIMARY KEY (version, number)
) STRICT;

CREATE INDEX policy_acts_unlogged ON policy_acts (at_90k) WHERE entry IS NULL;

-- What a version promised for the footage of a camera that was captured for a purpose, from when on. Kept for good: by it every
-- end of life can be explained.
CREATE TABLE policy_promises (
    version       INTEGER NOT NULL REFERENCES policy_versions (number), -- Whose.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    word          TEXT    NOT NULL,          -- What the file calls the purpose.
    rule          TEXT    NOT NULL,          -- The rule of the file that says how long.
    keep_90k      INTEGER NOT NULL CHECK (keep_90k > 0), -- How long footage lives.
    since_90k     INTEGER NOT NULL,          -- Since when it counts: when the version came into force, or the camera came to it.
    done_90k      INTEGER,                   -- Footage that began up to then has been shortened; NULL before the first batch.
    applied_90k   INTEGER,                   -- When all footage of before was brought down to it; NULL while that goes on.
    PRIMARY KEY (camera, word, since_90k, version)
) STRICT;

CREATE INDEX policy_promises_pending ON policy_promises (since_90k) WHERE applied_90k IS NULL;

-- Who accepted which version.
CREATE TABLE policy_acceptances (
    version       INTEGER NOT NULL REFERENCES policy_versions (number), -- Which.
    person        BLOB    NOT NULL CHECK (length(person) = 16), -- PersonId.
    name          TEXT    NOT NULL,          -- Full name, as shown then.
    at_90k        INTEGER NOT NULL,          -- When.
    entry         INTEGER NOT NULL,          -- Position in the log.
    PRIMARY KEY (version, person)
) STRICT;

-- Purposes come from a version of the policy; those of before have neither a word nor a digest.
ALTER TABLE purposes ADD COLUMN word TEXT; -- What the file calls it.
ALTER TABLE purposes ADD COLUMN policy_hash BLOB CHECK (length(policy_hash) = 32); -- SHA-256 of the version it belongs to.

-- Closed footage counted by stream, purpose, hour of its start and length of its life, as it changes: what a shorter promise would
-- delete is answered from here, not from 43 million rows.
CREATE TABLE footage_hours (
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    purpose       BLOB    NOT NULL CHECK (length(purpose) = 16), -- PurposeId it was captured for.
    hour          INTEGER NOT NULL,          -- start_90k / 324000000.
    life_90k      INTEGER NOT NULL,          -- keep_until_90k - start_90k.
    segments      INTEGER NOT NULL,          -- How many closed segments.
    len_bytes     INTEGER NOT NULL,          -- Their bytes.
    PRIMARY KEY (stream, purpose, hour, life_90k)
) STRICT, WITHOUT ROWID;

INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes)
    SELECT stream, purpose, start_90k / 324000000, keep_until_90k - start_90k, count(*), sum(len_bytes)
    FROM segments WHERE state = 1 GROUP BY 1, 2, 3, 4;

CREATE TRIGGER footage_comes AFTER INSERT ON segments WHEN new.state = 1 BEGIN
    INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes)
        VALUES (new.stream, new.purpose, new.start_90k / 324000000, new.keep_until_90k - new.start_90k, 1, new.len_bytes)
        ON CONFLICT (stream, purpose, hour, life_90k) DO UPDATE SET segments = segments + 1, len_bytes = len_bytes + excluded.len_bytes;
END;
CREATE TRIGGER footage_leaves AFTER UPDATE OF state, keep_until_90k, len_bytes ON segments
WHEN old.state = 1 AND (new.state <> 1 OR new.keep_until_90k <> old.keep_until_90k OR new.len_bytes <> old.len_bytes) BEGIN
    UPDATE footage_hours SET segments = segments - 1, len_bytes = len_bytes - old.len_bytes
        WHERE stream = old.stream AND purpose = old.purpose AND hour = old.start_90k / 324000000 AND life_90k = old.keep_until_90k - old.start_90k;
    DELETE FROM footage_hours WHERE stream = old.stream AND purpose = old.purpose AND hour = old.start_90k / 324000000
        AND life_90k = old.keep_until_90k - old.start_90k AND segments = 0;
END;
CREATE TRIGGER footage_enters AFTER UPDATE OF state, keep_until_90k, len_bytes ON segments
WHEN new.state = 1 AND (old.state <> 1 OR new.keep_until_90k <> old.keep_until_90k OR new.len_bytes <> old.len_bytes) BEGIN
    INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes)
        VALUES (new.stream, new.purpose, new.start_90k / 324000000, new.keep_until_90k - new.start_90k, 1, new.len_bytes)
        ON CONFLICT (stream, purpose, hour, life_90k) DO UPDATE SET segments = segments + 1, len_bytes = len_bytes + excluded.len_bytes;
END;
CREATE TRIGGER footage_goes AFTER DELETE ON segments WHEN old.state = 1 BEGIN
    UPDATE footage_hours SET segments = segments - 1, len_bytes = len_bytes - old.len_bytes
        WHERE stream = old.stream AND purpose = old.purpose AND hour = old.start_90k / 324000000 AND life_90k = old.keep_until_90k - old.start_90k;
    DELETE FROM footage_hours WHERE stream = old.stream AND purpose = old.purpose AND hour = old.start_90k / 324000000
        AND life_90k = old.keep_until_90k - old.start_90k AND segments = 0;
END;
