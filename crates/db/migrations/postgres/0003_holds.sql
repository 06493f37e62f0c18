-- Holds, and what else 0003 brings; explained in migrations/sqlite.

CREATE TABLE holds (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    class TEXT COLLATE "C"    NOT NULL,
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    start_90k BIGINT NOT NULL,
    end_90k BIGINT NOT NULL,
    reason TEXT COLLATE "C"    NOT NULL,
    owner TEXT COLLATE "C"    NOT NULL,
    placed_by TEXT COLLATE "C"    NOT NULL,
    placed_90k BIGINT NOT NULL,
    ends_90k BIGINT NOT NULL,
    ended_90k BIGINT,
    outcome TEXT COLLATE "C"    CHECK (outcome IN ('lifted', 'lapsed')),
    CHECK (end_90k > start_90k),
    CHECK ((ended_90k IS NULL) = (outcome IS NULL))
);

CREATE INDEX holds_standing ON holds (camera, start_90k) WHERE ended_90k IS NULL;

CREATE INDEX holds_by_end ON holds (ends_90k) WHERE ended_90k IS NULL;

CREATE INDEX holds_ended ON holds (ended_90k) WHERE ended_90k IS NOT NULL;

CREATE TABLE hold_acts (
    hold BYTEA NOT NULL CHECK (length(hold) = 16),
    number BIGINT NOT NULL CHECK (number >= 0),
    act TEXT COLLATE "C"    NOT NULL CHECK (act IN ('placed', 'extended', 'lifted', 'lapsed')),
    done_by TEXT COLLATE "C"    NOT NULL,
    at_90k BIGINT NOT NULL,
    reason TEXT COLLATE "C"    NOT NULL,
    ends_90k BIGINT NOT NULL,
    entry BIGINT,
    PRIMARY KEY (hold, number)
);

CREATE INDEX hold_acts_unlogged ON hold_acts (at_90k) WHERE entry IS NULL;

ALTER TABLE segments ADD COLUMN next_look_90k BIGINT;

CREATE INDEX segments_by_next_look ON segments (coalesce(next_look_90k, keep_until_90k)) WHERE state = 1;

DROP INDEX segments_by_end_of_life;

ALTER TABLE certificates ADD COLUMN storage BIGINT NOT NULL DEFAULT 0;

ALTER TABLE certificates ADD COLUMN rule_id TEXT COLLATE "C" NOT NULL DEFAULT 'purpose_end';

ALTER TABLE certificates ADD COLUMN purpose BYTEA CHECK (length(purpose) = 16);

ALTER TABLE certificates ADD COLUMN policy BYTEA CHECK (length(policy) = 32);

ALTER TABLE certificates ADD COLUMN sealed_digest BYTEA CHECK (length(sealed_digest) = 32);

CREATE INDEX certificates_by_destruction ON certificates (unreadable_90k) WHERE unreadable_90k IS NOT NULL;

DROP INDEX certificates_unfinished;

CREATE INDEX certificates_unfinished ON certificates (intended_90k, segment) WHERE step < 3;
