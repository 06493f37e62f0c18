-- As in sqlite/0009_sign_in.sql, where the columns are explained.
CREATE TABLE second_factors (
    person BYTEA NOT NULL PRIMARY KEY REFERENCES people (id),
    secret BYTEA,
    added_90k BIGINT,
    last_step BIGINT NOT NULL,
    reset_90k BIGINT,
    reset_by TEXT COLLATE "C",
    CHECK ((reset_90k IS NULL) = (reset_by IS NULL)),
    CHECK (added_90k IS NULL OR secret IS NOT NULL)
);

CREATE TABLE recovery_codes (
    person BYTEA NOT NULL REFERENCES people (id),
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    used_90k BIGINT,
    PRIMARY KEY (person, hash)
);

ALTER TABLE people ADD COLUMN ends_90k BIGINT;
ALTER TABLE sessions ADD COLUMN confirmed_90k BIGINT;
ALTER TABLE sessions ADD COLUMN browser TEXT COLLATE "C" NOT NULL DEFAULT '';
