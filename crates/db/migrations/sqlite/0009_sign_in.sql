-- What an account has beside its password, and what a sign-in is worth.
CREATE TABLE second_factors (
    person        BLOB    NOT NULL PRIMARY KEY REFERENCES people (id), -- Whose.
    secret        BLOB,                      -- Shared secret of RFC 6238, sealed by the keyring; NULL after a reset, until it is set up again.
    added_90k     INTEGER,                   -- When the person confirmed it by a code; NULL while it is being set up.
    last_step     INTEGER NOT NULL,          -- The newest step of 30 s whose code was taken: no code counts twice. -1 while there is none.
    reset_90k     INTEGER,                   -- When somebody took the one before away; NULL once a new one stands.
    reset_by      TEXT,                      -- Full name of whoever did; NULL with the time.
    CHECK ((reset_90k IS NULL) = (reset_by IS NULL)),
    CHECK (added_90k IS NULL OR secret IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    person        BLOB    NOT NULL REFERENCES people (id), -- Whose.
    hash          BLOB    NOT NULL CHECK (length(hash) = 32), -- BLAKE3 of the code; the code itself is stored nowhere.
    used_90k      INTEGER,                   -- When it was used; NULL while it can be.
    PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE people ADD COLUMN ends_90k INTEGER;      -- From when on the account may not sign in; NULL: no end.
ALTER TABLE sessions ADD COLUMN confirmed_90k INTEGER; -- When everything the account needs was last shown; NULL while only the password was.
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT ''; -- What the browser says of itself, in a few words of ours.
