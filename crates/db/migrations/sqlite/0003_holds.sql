-- Holds, certificates that say all that rule 7 asks, and a sweep that does not read held footage again and again.

CREATE TABLE holds (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- HoldId.
    class         TEXT    NOT NULL,          -- Stable word: legal, incident; others as they come.
    camera        BLOB    NOT NULL CHECK (length(camera) = 16), -- CameraId; all its streams are held.
    start_90k     INTEGER NOT NULL,          -- First moment of the footage held.
    end_90k       INTEGER NOT NULL,          -- First moment after.
    reason        TEXT    NOT NULL,          -- Why, as said by the newest act.
    owner         TEXT    NOT NULL,          -- Who answers for it.
    placed_by     TEXT    NOT NULL,          -- Full name of whoever placed it.
    placed_90k    INTEGER NOT NULL,          -- When.
    ends_90k      INTEGER NOT NULL,          -- When it lapses by itself, on proved time.
    ended_90k     INTEGER,                   -- When it was lifted or lapsed; NULL while it stands.
    outcome       TEXT    CHECK (outcome IN ('lifted', 'lapsed')), -- How it ended; NULL while it stands.
    CHECK (end_90k > start_90k),
    CHECK ((ended_90k IS NULL) = (outcome IS NULL))
) STRICT;

CREATE INDEX holds_standing ON holds (camera, start_90k) WHERE ended_90k IS NULL;
CREATE INDEX holds_by_end ON holds (ends_90k) WHERE ended_90k IS NULL;
CREATE INDEX holds_ended ON holds (ended_90k) WHERE ended_90k IS NOT NULL;

-- What was done to a hold, written in the transaction that does it. An act without an entry is still to be logged.
CREATE TABLE hold_acts (
    hold          BLOB    NOT NULL CHECK (length(hold) = 16), -- HoldId.
    number        INTEGER NOT NULL CHECK (number >= 0), -- 0 for the placing, then one more for each act.
    act           TEXT    NOT NULL CHECK (act IN ('placed', 'extended', 'lifted', 'lapsed')), -- What.
    done_by       TEXT    NOT NULL,          -- Full name; 'the recorder' for a lapse.
    at_90k        INTEGER NOT NULL,          -- When.
    reason        TEXT    NOT NULL,          -- Why; empty for a lapse.
    ends_90k      INTEGER NOT NULL,          -- When the hold lapses, as of this act.
    entry         INTEGER,                   -- Position in the log; NULL until it is logged.
    PRIMARY KEY (hold, number)
) STRICT;

CREATE INDEX hold_acts_unlogged ON hold_acts (at_90k) WHERE entry IS NULL;

-- When a sweep need look at a closed segment that is past its end and held; NULL: at its end. It is a hint: whatever it
-- says, nothing is deleted without asking the holds.
ALTER TABLE segments ADD COLUMN next_look_90k INTEGER;
CREATE INDEX segments_by_next_look ON segments (coalesce(next_look_90k, keep_until_90k)) WHERE state = 1;
DROP INDEX segments_by_end_of_life;

ALTER TABLE certificates ADD COLUMN storage INTEGER NOT NULL DEFAULT 0; -- Number of the storage directory its file lay in.
ALTER TABLE certificates ADD COLUMN rule_id TEXT NOT NULL DEFAULT 'purpose_end'; -- The rule as a stable word.
ALTER TABLE certificates ADD COLUMN purpose BLOB CHECK (length(purpose) = 16); -- PurposeId it was captured for.
ALTER TABLE certificates ADD COLUMN policy BLOB CHECK (length(policy) = 32); -- SHA-256 of the policy version it was captured under.
ALTER TABLE certificates ADD COLUMN sealed_digest BLOB CHECK (length(sealed_digest) = 32); -- BLAKE3 chain over the ciphertext; NULL where it was never whole.

CREATE INDEX certificates_by_destruction ON certificates (unreadable_90k) WHERE unreadable_90k IS NOT NULL;

-- Pages of unfinished deletions are walked in this order.
DROP INDEX certificates_unfinished;
CREATE INDEX certificates_unfinished ON certificates (intended_90k, segment) WHERE step < 3;
