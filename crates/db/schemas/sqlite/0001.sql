PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'first','2026-11-25 00:00:00',1,X'3a4a7f0d804d76992e5534088cdc8af4d3ec7c57589074a51ed5ac4e4c61de1087d819daf4e3b4150a26dcbdfbd80add',0);
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
INSERT INTO people VALUES(X'01010101010101010101010101010101','Ann','ann','Ann Example','administrator dpo','$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',159050304000000,NULL);
INSERT INTO people VALUES(X'02020202020202020202020202020202','Ödön','ödön','Ödön Példa','operator','$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',159050309400000,159050314800000);
CREATE TABLE sessions (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- SessionId, as it stands in the log.
    token_hash    BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- BLAKE3 of the cookie's secret; the secret is stored nowhere.
    person        BLOB    NOT NULL REFERENCES people (id) ON DELETE CASCADE, -- Whose sign-in.
    address       TEXT    NOT NULL,          -- Network address it was made from, as text.
    created_90k   INTEGER NOT NULL,          -- When it was made.
    last_used_90k INTEGER NOT NULL,          -- When it was last used, at most 15 s too early (see `touch_session`).
    expires_90k   INTEGER NOT NULL           -- When it ends whatever happens.
) STRICT;
INSERT INTO sessions VALUES(X'03030303030303030303030303030303',X'0404040404040404040404040404040404040404040404040404040404040404',X'01010101010101010101010101010101','192.0.2.9',159050304000000,159050309400000,159058080000000);
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
INSERT INTO cameras VALUES(X'07070707070707070707070707070707','Hall','192.0.2.1',80,X'00ff10','accepted','{"verdict":"accepted"}',159050304000000,'Maker','M1','1.0',-900,X'05050505050505050505050505050505',159050304000000,NULL);
INSERT INTO cameras VALUES(X'08080808080808080808080808080808','Yard','192.0.2.2',8080,X'','accepted','{}',159050304000000,'','','',0,NULL,159050304000000,159058080000000);
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
INSERT INTO streams VALUES(X'09090909090909090909090909090909',X'07070707070707070707070707070707','main','rtsp://192.0.2.1/1','H264',1920,1080,25,1);
INSERT INTO streams VALUES(X'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',X'07070707070707070707070707070707','sub','rtsp://192.0.2.1/2','H264',640,360,12,0);
CREATE TABLE purposes (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- PurposeId; stands in every segment header. A changed text is a new row.
    sentence      TEXT    NOT NULL,          -- Why the camera records, in one sentence.
    owner         TEXT    NOT NULL,          -- Who answers for it.
    keep_90k      INTEGER NOT NULL CHECK (keep_90k > 0), -- How long footage lives.
    policy        BLOB    NOT NULL CHECK (length(policy) = 16), -- PolicyId of the policy version it belongs to.
    written_90k   INTEGER NOT NULL,          -- When it was written.
    written_by    TEXT    NOT NULL           -- Who wrote it.
) STRICT;
INSERT INTO purposes VALUES(X'05050505050505050505050505050505','Theft at the entrance','Head of facilities',23328000000,X'06060606060606060606060606060606',159050304000000,'Ann');
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
INSERT INTO segments VALUES(X'14141414141414141414141414141414',X'09090909090909090909090909090909',X'07070707070707070707070707070707',X'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',X'05050505050505050505050505050505',0,159050304000000,159050309400000,159073632000000,30000000,1500,3,X'1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e',X'2828282828282828282828282828282828282828282828282828282828282828',1);
INSERT INTO segments VALUES(X'15151515151515151515151515151515',X'09090909090909090909090909090909',X'07070707070707070707070707070707',X'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',X'05050505050505050505050505050505',0,159050309400000,159050314800000,159073637400000,30000001,1500,2,X'1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f',X'2929292929292929292929292929292929292929292929292929292929292929',1);
INSERT INTO segments VALUES(X'16161616161616161616161616161616',X'09090909090909090909090909090909',X'07070707070707070707070707070707',X'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',X'05050505050505050505050505050505',0,159050314800000,159050320200000,159073642800000,30000002,1500,1,X'2020202020202020202020202020202020202020202020202020202020202020',X'2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a',1);
INSERT INTO segments VALUES(X'17171717171717171717171717171717',X'09090909090909090909090909090909',X'07070707070707070707070707070707',X'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',X'05050505050505050505050505050505',0,159050320200000,159050325600000,159073648200000,30000003,1500,1,X'2121212121212121212121212121212121212121212121212121212121212121',X'2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b',0);
INSERT INTO segments VALUES(X'18181818181818181818181818181818',X'09090909090909090909090909090909',X'07070707070707070707070707070707',X'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',X'05050505050505050505050505050505',0,159050325600000,159050331000000,159073653600000,30000004,1500,0,NULL,NULL,0);
CREATE TABLE gaps (
    stream        BLOB    NOT NULL CHECK (length(stream) = 16), -- StreamId.
    start_90k     INTEGER NOT NULL,          -- First missing moment.
    end_90k       INTEGER,                   -- First moment present again; NULL while it lasts.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId.
    cause         TEXT    NOT NULL,          -- Stable word (`recording::GapCause`).
    PRIMARY KEY (stream, start_90k)
) STRICT;
INSERT INTO gaps VALUES(X'09090909090909090909090909090909',159050298600000,159050304000000,X'07070707070707070707070707070707','camera_lost');
INSERT INTO gaps VALUES(X'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',159050304000000,NULL,X'07070707070707070707070707070707','recorder_stopped');
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
INSERT INTO certificates VALUES(X'14141414141414141414141414141414',X'07070707070707070707070707070707',X'09090909090909090909090909090909',159050304000000,159050309400000,30000000,'3 days, purpose: Theft at the entrance',3,159073632000000,159073632000900,159073632001000,159073632001100,NULL,17,NULL);
INSERT INTO certificates VALUES(X'15151515151515151515151515151515',X'07070707070707070707070707070707',X'09090909090909090909090909090909',159050309400000,159050314800000,30000001,'3 days, purpose: Theft at the entrance',1,159073637400000,159073637400900,159073637401000,NULL,NULL,NULL,'read-only file system');
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
INSERT INTO alarms VALUES(X'32323232323232323232323232323232','camera_lost',X'07070707070707070707070707070707','amber','Hall does not answer',159050304000000,'Ann',159050309400000,NULL);
INSERT INTO alarms VALUES(X'33333333333333333333333333333333','disk_low',NULL,'red','The disk is full',159050304000000,NULL,NULL,159050309400000);
CREATE TABLE settings (
    name          TEXT    NOT NULL PRIMARY KEY, -- Name of the setting, chosen by the room that keeps it.
    value         TEXT    NOT NULL           -- Its text.
) STRICT;
INSERT INTO settings VALUES('site_name','Town hall');
CREATE INDEX sessions_by_person ON sessions (person);
CREATE INDEX sessions_by_expiry ON sessions (expires_90k);
CREATE UNIQUE INDEX cameras_by_name ON cameras (name) WHERE removed_90k IS NULL;
CREATE UNIQUE INDEX cameras_by_address ON cameras (address, onvif_port) WHERE removed_90k IS NULL;
CREATE INDEX segments_by_start ON segments (stream, start_90k) WHERE state < 3;
CREATE INDEX segments_by_end_of_life ON segments (keep_until_90k) WHERE state = 1;
CREATE INDEX segments_open ON segments (start_90k) WHERE state = 0;
CREATE INDEX segments_deleting ON segments (start_90k) WHERE state = 2;
CREATE INDEX segments_unlogged ON segments (start_90k) WHERE state = 1 AND logged = 0;
CREATE INDEX gaps_open ON gaps (stream, start_90k) WHERE end_90k IS NULL;
CREATE INDEX certificates_by_start ON certificates (stream, start_90k);
CREATE INDEX certificates_by_intent ON certificates (intended_90k);
CREATE INDEX certificates_unfinished ON certificates (intended_90k) WHERE step < 3;
CREATE UNIQUE INDEX alarms_standing ON alarms (kind, coalesce(camera, x'')) WHERE cleared_90k IS NULL;
CREATE INDEX alarms_by_time ON alarms (raised_90k);
COMMIT;
