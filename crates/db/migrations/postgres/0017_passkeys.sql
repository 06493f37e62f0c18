-- As in sqlite/0017_passkeys.sql, where the columns are explained.
CREATE TABLE passkeys (
    credential BYTEA NOT NULL PRIMARY KEY CHECK (length(credential) = 32),
    person BYTEA NOT NULL REFERENCES people (id),
    host TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    added_90k BIGINT NOT NULL,
    used_90k BIGINT
);

CREATE INDEX passkeys_of_person ON passkeys (person);
