-- As in sqlite/0018_commissioning.sql, where the columns are explained.
CREATE TABLE commissioned (
    camera BYTEA NOT NULL PRIMARY KEY REFERENCES cameras (id),
    since_90k BIGINT NOT NULL
);
INSERT INTO commissioned (camera, since_90k) SELECT id, added_90k FROM cameras WHERE purpose IS NOT NULL;

CREATE TABLE commissioning_views (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    camera BYTEA NOT NULL REFERENCES cameras (id),
    reason TEXT NOT NULL,
    asked_by BYTEA NOT NULL,
    asked_name TEXT NOT NULL,
    asked_90k BIGINT NOT NULL,
    decided_by BYTEA CHECK (decided_by IS NULL OR decided_by <> asked_by),
    decided_name TEXT,
    decided_90k BIGINT,
    agreed BIGINT,
    began_90k BIGINT,
    until_90k BIGINT,
    signed_90k BIGINT,
    is_right BIGINT,
    remark TEXT
);
CREATE INDEX commissioning_views_by_camera ON commissioning_views (camera, asked_90k);

CREATE TABLE mask_stills (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    camera BYTEA NOT NULL REFERENCES cameras (id),
    state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 2),
    taken_90k BIGINT NOT NULL,
    taken_by TEXT NOT NULL,
    ends_90k BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL
);
CREATE UNIQUE INDEX mask_stills_kept ON mask_stills (camera) WHERE state = 1;
