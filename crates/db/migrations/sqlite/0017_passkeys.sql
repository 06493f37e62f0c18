-- Passkeys (WebAuthn): second factors that are bound to a host name. See docs/design/sign-in.md.
CREATE TABLE passkeys (
    credential    BLOB    NOT NULL PRIMARY KEY CHECK (length(credential) = 32), -- BLAKE3 of the credential id that the authenticator made.
    person        BLOB    NOT NULL REFERENCES people (id), -- Whose.
    host          TEXT    NOT NULL,          -- Relying party id: the host name it was made for, and the only one it can be shown to.
    name          TEXT    NOT NULL,          -- What its owner calls it.
    sealed        BLOB    NOT NULL,          -- Credential id, public key, counter and backup state, sealed by the keyring.
    added_90k     INTEGER NOT NULL,
    used_90k      INTEGER                    -- When it was last shown; NULL: never since it was added.
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_of_person ON passkeys (person);
