-- By which key a camera's ONVIF service is known, and passwords that the recorder sets at cameras by itself.
ALTER TABLE cameras ADD COLUMN tls_key BLOB CHECK (tls_key IS NULL OR length(tls_key) = 32); -- SHA-256 over the public key it was onboarded by; NULL: asked in clear.

CREATE TABLE camera_passwords (
    camera        BLOB    NOT NULL PRIMARY KEY REFERENCES cameras (id), -- Whose.
    next          BLOB,                      -- Sealed user and password that are being set; NULL once it is known which one the camera takes.
    tries         INTEGER NOT NULL,          -- How often it was tried which one it takes, since the last that was set.
    tried_90k     INTEGER,                   -- When that was tried last; NULL before.
    set_90k       INTEGER                    -- When one of the recorder's own was last proved; NULL: it is the one that somebody typed in.
) STRICT, WITHOUT ROWID;
