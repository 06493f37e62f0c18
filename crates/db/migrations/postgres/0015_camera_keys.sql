-- As in sqlite/0015_camera_keys.sql, where the columns are explained.
ALTER TABLE cameras ADD COLUMN tls_key BYTEA CHECK (tls_key IS NULL OR length(tls_key) = 32);

CREATE TABLE camera_passwords (
    camera BYTEA NOT NULL PRIMARY KEY REFERENCES cameras (id),
    next BYTEA,
    tries BIGINT NOT NULL,
    tried_90k BIGINT,
    set_90k BIGINT
);
