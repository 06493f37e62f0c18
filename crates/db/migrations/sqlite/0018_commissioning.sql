-- Looking at cameras to set them up, and the one still of each that is kept for drawing masks. The still itself is a sealed file; its key is in
-- the keyring.
CREATE TABLE commissioned (
    camera        BLOB    NOT NULL PRIMARY KEY REFERENCES cameras (id), -- A camera that was in force under a policy some time.
    since_90k     INTEGER NOT NULL           -- When it was so first.
) STRICT, WITHOUT ROWID;
INSERT INTO commissioned (camera, since_90k) SELECT id, added_90k FROM cameras WHERE purpose IS NOT NULL;

CREATE TABLE commissioning_views (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- ViewId.
    camera        BLOB    NOT NULL REFERENCES cameras (id),
    reason        TEXT    NOT NULL,          -- Why, as the person says it.
    asked_by      BLOB    NOT NULL,          -- PersonId of who asked, or began at once.
    asked_name    TEXT    NOT NULL,
    asked_90k     INTEGER NOT NULL,
    decided_by    BLOB CHECK (decided_by IS NULL OR decided_by <> asked_by), -- PersonId of the second person; NULL before, and where none is needed.
    decided_name  TEXT,
    decided_90k   INTEGER,
    agreed        INTEGER,                   -- 1 yes, 0 no; NULL before.
    began_90k     INTEGER,                   -- NULL before.
    until_90k     INTEGER,                   -- First moment at which it is over; NULL before it began.
    signed_90k    INTEGER,                   -- When whoever looked said how the view is; NULL before.
    is_right      INTEGER,                   -- 1 the view is as the policy says, 0 it is not.
    remark        TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX commissioning_views_by_camera ON commissioning_views (camera, asked_90k);

CREATE TABLE mask_stills (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- StillId; names its file, its key and its row.
    camera        BLOB    NOT NULL REFERENCES cameras (id),
    state         INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2), -- 0 begun, 1 kept, 2 going.
    taken_90k     INTEGER NOT NULL,          -- When the picture was received; its key is of that hour.
    taken_by      TEXT    NOT NULL,          -- Full name of who kept it.
    ends_90k      INTEGER NOT NULL,          -- First moment at which it is kept no more.
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mask_stills_kept ON mask_stills (camera) WHERE state = 1;
