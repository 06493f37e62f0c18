-- The policy of the site; explained in migrations/sqlite. Triggers need functions here.

CREATE TABLE policy_versions (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    text TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'approved', 'in_force', 'superseded', 'withdrawn')),
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('viewer', 'import', 'first_start')),
    author BYTEA CHECK (length(author) = 16),
    drafted_by TEXT COLLATE "C" NOT NULL,
    drafted_90k BIGINT NOT NULL,
    advice TEXT COLLATE "C",
    advised_by TEXT COLLATE "C",
    advised_90k BIGINT,
    departure TEXT COLLATE "C",
    approved_by TEXT COLLATE "C",
    approved_90k BIGINT,
    early TEXT COLLATE "C",
    force_90k BIGINT,
    forced_90k BIGINT,
    ended_90k BIGINT,
    CHECK ((advice IS NULL) = (advised_90k IS NULL) AND (advice IS NULL) = (advised_by IS NULL)),
    CHECK (state NOT IN ('approved', 'in_force', 'superseded') OR (approved_90k IS NOT NULL AND force_90k IS NOT NULL)),
    CHECK ((state IN ('in_force', 'superseded')) = (forced_90k IS NOT NULL)),
    CHECK ((state IN ('superseded', 'withdrawn')) = (ended_90k IS NOT NULL))
);

CREATE UNIQUE INDEX policy_versions_in_force ON policy_versions (state) WHERE state = 'in_force';
CREATE UNIQUE INDEX policy_versions_approved ON policy_versions (state) WHERE state = 'approved';

CREATE TABLE policy_acts (
    version BIGINT NOT NULL REFERENCES policy_versions (number),
    number BIGINT NOT NULL CHECK (number >= 0),
    act TEXT COLLATE "C" NOT NULL CHECK (act IN ('drafted', 'advised', 'approved', 'withdrawn', 'in_force', 'superseded')),
    person BYTEA CHECK (length(person) = 16),
    done_by TEXT COLLATE "C" NOT NULL,
    at_90k BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    entry BIGINT,
    PRIMARY KEY (version, number)
);

CREATE INDEX policy_acts_unlogged ON policy_acts (at_90k) WHERE entry IS NULL;

CREATE TABLE policy_promises (
    version BIGINT NOT NULL REFERENCES policy_versions (number),
    camera BYTEA NOT NULL CHECK (length(camera) = 16),
    word TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    keep_90k BIGINT NOT NULL CHECK (keep_90k > 0),
    since_90k BIGINT NOT NULL,
    done_90k BIGINT,
    applied_90k BIGINT,
    PRIMARY KEY (camera, word, since_90k, version)
);

CREATE INDEX policy_promises_pending ON policy_promises (since_90k) WHERE applied_90k IS NULL;

CREATE TABLE policy_acceptances (
    version BIGINT NOT NULL REFERENCES policy_versions (number),
    person BYTEA NOT NULL CHECK (length(person) = 16),
    name TEXT COLLATE "C" NOT NULL,
    at_90k BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    PRIMARY KEY (version, person)
);

ALTER TABLE purposes ADD COLUMN word TEXT COLLATE "C";
ALTER TABLE purposes ADD COLUMN policy_hash BYTEA CHECK (length(policy_hash) = 32);

CREATE TABLE footage_hours (
    stream BYTEA NOT NULL CHECK (length(stream) = 16),
    purpose BYTEA NOT NULL CHECK (length(purpose) = 16),
    hour BIGINT NOT NULL,
    life_90k BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    len_bytes BIGINT NOT NULL,
    PRIMARY KEY (stream, purpose, hour, life_90k)
);

INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes)
    SELECT stream, purpose, start_90k / 324000000, keep_until_90k - start_90k, count(*), CAST(sum(len_bytes) AS BIGINT)
    FROM segments WHERE state = 1 GROUP BY 1, 2, 3, 4;

CREATE FUNCTION footage_add(segments) RETURNS void LANGUAGE sql AS $$
    INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes)
        VALUES ($1.stream, $1.purpose, $1.start_90k / 324000000, $1.keep_until_90k - $1.start_90k, 1, $1.len_bytes)
        ON CONFLICT (stream, purpose, hour, life_90k) DO UPDATE SET segments = footage_hours.segments + 1,
        len_bytes = footage_hours.len_bytes + excluded.len_bytes;
$$;
CREATE FUNCTION footage_take(segments) RETURNS void LANGUAGE sql AS $$
    UPDATE footage_hours SET segments = segments - 1, len_bytes = len_bytes - $1.len_bytes
        WHERE stream = $1.stream AND purpose = $1.purpose AND hour = $1.start_90k / 324000000 AND life_90k = $1.keep_until_90k - $1.start_90k;
    DELETE FROM footage_hours WHERE stream = $1.stream AND purpose = $1.purpose AND hour = $1.start_90k / 324000000
        AND life_90k = $1.keep_until_90k - $1.start_90k AND segments = 0;
$$;
CREATE FUNCTION footage_comes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM footage_add(new);
    RETURN NULL;
END $$;
CREATE FUNCTION footage_goes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM footage_take(old);
    RETURN NULL;
END $$;

CREATE TRIGGER footage_comes AFTER INSERT ON segments
    FOR EACH ROW WHEN (new.state = 1) EXECUTE FUNCTION footage_comes();
CREATE TRIGGER footage_leaves AFTER UPDATE OF state, keep_until_90k, len_bytes ON segments
    FOR EACH ROW WHEN (old.state = 1 AND (new.state <> 1 OR new.keep_until_90k <> old.keep_until_90k
        OR new.len_bytes <> old.len_bytes)) EXECUTE FUNCTION footage_goes();
CREATE TRIGGER footage_enters AFTER UPDATE OF state, keep_until_90k, len_bytes ON segments
    FOR EACH ROW WHEN (new.state = 1 AND (old.state <> 1 OR new.keep_until_90k <> old.keep_until_90k
        OR new.len_bytes <> old.len_bytes)) EXECUTE FUNCTION footage_comes();
CREATE TRIGGER footage_goes AFTER DELETE ON segments
    FOR EACH ROW WHEN (old.state = 1) EXECUTE FUNCTION footage_goes();
