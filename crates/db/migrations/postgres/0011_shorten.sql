-- As in sqlite/0011_shorten.sql, where the columns are explained.
ALTER TABLE findings ADD COLUMN throughout BIGINT NOT NULL DEFAULT 0 CHECK (throughout IN (0, 1));

ALTER TABLE segments ADD COLUMN stillness BIGINT NOT NULL DEFAULT 0 CHECK (stillness BETWEEN 0 AND 7);
ALTER TABLE segments ADD COLUMN still_until_90k BIGINT;

CREATE INDEX segments_to_weigh ON segments (start_90k) WHERE state = 1 AND stillness = 0;
CREATE INDEX segments_still ON segments (still_until_90k) WHERE state = 1 AND still_until_90k IS NOT NULL;
CREATE INDEX segments_chosen ON segments (start_90k) WHERE state = 1 AND stillness = 3;

ALTER TABLE policy_promises ADD COLUMN still_rule TEXT COLLATE "C";
ALTER TABLE policy_promises ADD COLUMN still_90k BIGINT CHECK (still_90k > 0);

CREATE TABLE decoder_deaths (
    stream BYTEA NOT NULL PRIMARY KEY CHECK (length(stream) = 16),
    kills BIGINT NOT NULL CHECK (kills > 0),
    last_90k BIGINT NOT NULL
);
