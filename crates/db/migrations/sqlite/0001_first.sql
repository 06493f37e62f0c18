-- The first schema. Conventions:
--   *_90k     a moment of UTC in ticks of 1/90 000 s since 1970-01-01T00:00:00Z, or a length in the same ticks.
--   ids       16 random bytes, minted by the program before the row exists; never reused.
--   digests   32 bytes; the comment names the algorithm.
--   flags     INTEGER 0 or 1: STRICT tables have no BOOLEAN.
-- Every table is STRICT, so a text can never stand where a number belongs. Statements that read and write these tables
-- stay in the subset that PostgreSQL shares.

-- ---------------------------------------------------------------------------------------------- people and sign-ins

CREATE TABLE people (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- PersonId.
    sign_in_name  TEXT    NOT NULL,          -- As typed when the account was made; never changed.
    sign_in_fold  TEXT    NOT NULL UNIQUE,   -- The same in lower case (Unicode), filled by the program: what sign-in looks up.
    full_name     TEXT    NOT NULL,          -- Shown and logged.
    roles         TEXT    NOT NULL,          -- Role words, sorted, separated by one space.
    password_hash TEXT    NOT NULL,          -- PHC string of Argon2id.
    created_90k   INTEGER NOT NULL,          -- When the account was made.
    disabled_90k  INTEGER                    -- Since when it may not sign in; NULL while it may.
) STRICT;

CREATE TABLE sessions (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- SessionId, as it stands in the log.
    token_hash    BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- BLAKE3 of the cookie's secret; the secret is stored nowhere.
    person        BLOB    NOT NULL REFERENCES people (id) ON DELETE CASCADE, -- Whose sign-in.
    address       TEXT    NOT NULL,          -- Network address it was made from, as text.
    created_90k   INTEGER NOT NULL,          -- When it was made.
    last_used_90k INTEGER NOT NULL,          -- When it was last used, at most 15 s too early (see `touch_session`).
    expires_90k   INTEGER NOT NULL           -- When it ends whatever happens.
) STRICT;

CREATE INDEX sessions_by_person ON sessions (person);
CREATE INDEX sessions_by_expiry ON sessions (expires_90k);

-- -------------------------------------------------------------------------------------------- cameras and purposes

CREATE TABLE cameras (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- CameraId.
    name          TEXT    NOT NULL,          -- Its name on the wall; unique among cameras not removed.
    address       TEXT    NOT NULL,          -- IP address it was onboarded at; pinned.
    onvif_port    INTEGER NOT NULL CHECK (onvif_port BETWEEN 0 AND 65535), -- Port of its ONVIF service.
    credentials   BLOB    NOT NULL,          -- User and password sealed by the keyring; never plain.
    outcome       TEXT    NOT NULL,          -- Word of the gate: accepted, conditional, quarantined, refused.
    judgement     TEXT    NOT NULL,          -- The judgement with reasons and evidence: JSON of the vetting room.
    judged_90k    INTEGER NOT NULL,          -- When it was judged.
    manufacturer  TEXT    NOT NULL,          -- As the device says of itself.
    model         TEXT    NOT NULL,          -- As the device says of itself.
    firmware      TEXT    NOT NULL,          -- As the device says of itself.
    clock_offset_90k INTEGER NOT NULL,       -- Camera's clock minus ours when it was judged.
    purpose       BLOB    REFERENCES purposes (id), -- The purpose in force; NULL while there is none: nothing is recorded.
    added_90k     INTEGER NOT NULL,          -- When it was added.
    removed_90k   INTEGER                    -- When it was removed; NULL while it belongs to the site. Its footage lives on to its end.
) STRICT;

CREATE UNIQUE INDEX cameras_by_name ON cameras (name) WHERE removed_90k IS NULL;
CREATE UNIQUE INDEX cameras_by_address ON cameras (address, onvif_port) WHERE removed_90k IS NULL;

CREATE TABLE streams (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- StreamId; stays with its camera and kind for good.
    camera        BLOB    NOT NULL REFERENCES cameras (id), -- Whose feed.
    kind          TEXT    NOT NULL CHECK (kind IN ('main', 'sub')), -- Which feed.
    uri           TEXT    NOT NULL,          -- RTSP address without credentials, host pinned.
    encoding      TEXT    NOT NULL,          -- Coding as the profile says: H264, H265, ...
    width         INTEGER NOT NULL,          -- Pixels, as the profile says.
    height        INTEGER NOT NULL,          -- Pixels, as the profile says.
    rate          INTEGER NOT NULL,          -- Pictures a second as the profile says; 0 when it does not.
    offered       INTEGER NOT NULL CHECK (offered IN (0, 1)), -- 0 once the camera no longer has the feed; the row keeps the id for its footage.
    UNIQUE (camera, kind)
) STRICT;

CREATE TABLE purposes (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- PurposeId; stands in every segment header. A changed text is a new row.
    sentence      TEXT    NOT NULL,          -- Why the camera records, in one sentence.
    owner         TEXT    NOT NULL,          -- Who answers for it.
    keep_90k      INTEGER NOT NULL CHECK (keep_90k > 0), -- How long footage lives.
    policy        BLOB    NOT NULL CHECK (length(policy) = 16), -- PolicyId of the policy version it belongs to.
    written_90k   INTEGER NOT NULL,          -- When it was written.
    written_by    TEXT    NOT NULL           -- Who wrote it.
) STRICT;

-- ---------------------------------------------------------------------------------------------------- the catalogue
-- No foreign keys here: these rows must be writable again from segment files alone, in any order (rule 8).

CREATE TABLE segments (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- SegmentId, and the file's name.
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    run           BLOB    NOT NULL CHECK (length(run) = 16), -- RunId.
    purpose       BLOB    NOT NULL CHECK (length(purpose) = 16), -- PurposeId it was captured for.
    storage       INTEGER NOT NULL,          -- Number of the storage directory; 0 today.
    start_90k     INTEGER NOT NULL,          -- First moment inside.
    end_90k       INTEGER NOT NULL,          -- First moment after; grows while open.
    keep_until_90k INTEGER NOT NULL,         -- End of its life; every statement that writes it takes the minimum (rule 9).
    len_bytes     INTEGER NOT NULL CHECK (len_bytes >= 0), -- Bytes of the file.
    samples       INTEGER NOT NULL CHECK (samples >= 0), -- Samples in it.
    state         INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3), -- 0 open, 1 closed, 2 deleting, 3 deleted; never goes back.
    sealed_digest BLOB    CHECK (length(sealed_digest) = 32), -- BLAKE3 chain over the ciphertext; NULL until closed.
    content_commitment BLOB CHECK (length(content_commitment) = 32), -- H(salt, content root); NULL until closed, and for ever if a crash took the samples' hashes.
    logged        INTEGER NOT NULL CHECK (logged IN (0, 1)), -- 1 once the log has an entry with the digests.
    -- What makes "overlaps an interval" a bounded index scan: nobody starts more than an hour before it ends.
    CHECK (end_90k - start_90k BETWEEN 0 AND 324000000)
) STRICT;

CREATE INDEX segments_by_start ON segments (stream, start_90k) WHERE state < 3;
CREATE INDEX segments_by_end_of_life ON segments (keep_until_90k) WHERE state = 1;
CREATE INDEX segments_open ON segments (start_90k) WHERE state = 0;
CREATE INDEX segments_deleting ON segments (start_90k) WHERE state = 2;
CREATE INDEX segments_unlogged ON segments (start_90k) WHERE state = 1 AND logged = 0;

CREATE TABLE gaps (
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    start_90k     INTEGER NOT NULL,          -- First missing moment.
    end_90k       INTEGER,                   -- First moment present again; NULL while it lasts.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    cause         TEXT    NOT NULL,          -- Stable word (`recording::GapCause`).
    PRIMARY KEY (stream, start_90k)
) STRICT;

CREATE INDEX gaps_open ON gaps (stream, start_90k) WHERE end_90k IS NULL;

CREATE TABLE certificates (
    segment       BLOB    NOT NULL PRIMARY KEY CHECK (length(segment) = 16), -- SegmentId of what is destroyed.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    start_90k     INTEGER NOT NULL,          -- First moment it covered.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    len_bytes     INTEGER NOT NULL,          -- Bytes destroyed.
    rule          TEXT    NOT NULL,          -- The rule that ended it, in words, with the purpose.
    step          INTEGER NOT NULL CHECK (step BETWEEN 0 AND 3), -- 0 intended, 1 key destroyed, 2 unlinked, 3 certified; never goes back.
    due_90k       INTEGER NOT NULL,          -- When its life ended.
    intended_90k  INTEGER NOT NULL,          -- When deletion began.
    unreadable_90k INTEGER,                  -- When the key was destroyed; NULL before.
    unlinked_90k  INTEGER,                   -- When the file was unlinked; NULL before.
    backups_until_90k INTEGER,               -- Until when a backup of the key file may open a copy; NULL where no backups are made.
    entry         INTEGER,                   -- Position of the certificate in the log; NULL before.
    failing       TEXT,                      -- Why the last attempt got no further; NULL when it did not fail.
    CHECK (end_90k - start_90k BETWEEN 0 AND 324000000)
) STRICT;

CREATE INDEX certificates_by_start ON certificates (stream, start_90k);
CREATE INDEX certificates_by_intent ON certificates (intended_90k);
CREATE INDEX certificates_unfinished ON certificates (intended_90k) WHERE step < 3;

-- --------------------------------------------------------------------------------------------- alarms and settings

CREATE TABLE alarms (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- AlarmId.
    kind          TEXT    NOT NULL,          -- Stable word: camera_lost, gap, disk_low, ...
    camera        BLOB    CHECK (length(camera) = 16), -- The camera concerned; NULL when none is.
    severity      TEXT    NOT NULL CHECK (severity IN ('amber', 'red')), -- amber needs a person; red is lost, refused or overdue.
    words         TEXT    NOT NULL,          -- What happened, what it means, what to do.
    raised_90k    INTEGER NOT NULL,          -- When.
    acknowledged_by TEXT,                    -- Who took it; NULL until somebody does.
    acknowledged_90k INTEGER,                -- When; NULL with the name.
    cleared_90k   INTEGER,                   -- When its cause went away; NULL while it stands.
    CHECK ((acknowledged_by IS NULL) = (acknowledged_90k IS NULL))
) STRICT;

-- One standing alarm of a kind and camera. NULLs are distinct to an index, hence the empty blob for "no camera".
CREATE UNIQUE INDEX alarms_standing ON alarms (kind, coalesce(camera, x'')) WHERE cleared_90k IS NULL;
CREATE INDEX alarms_by_time ON alarms (raised_90k);

CREATE TABLE settings (
    name          TEXT    NOT NULL PRIMARY KEY, -- Name of the setting, chosen by the room that keeps it.
    value         TEXT    NOT NULL           -- Its text.
) STRICT;
