-- What looking for motion may do to the life of footage, and whose bytes ended decoders.

ALTER TABLE findings ADD COLUMN throughout INTEGER NOT NULL DEFAULT 0 CHECK (throughout IN (0, 1)); -- 1 where nothing moved in at least five pictures of every second; only that may shorten a life.

-- What the findings say of a whole segment: 0 not weighed yet, 1 not shown to be still, 2 nothing moved, 3 the same and chosen to be looked
-- at again, 4 looked at again and still, 5 looked at again and something moved, 6 looked at again and nothing can be said, 7 nothing moved, found while
-- nothing is shortened.
ALTER TABLE segments ADD COLUMN stillness INTEGER NOT NULL DEFAULT 0 CHECK (stillness BETWEEN 0 AND 7);
ALTER TABLE segments ADD COLUMN still_until_90k INTEGER; -- Where nothing moved: the end that it is brought down to when that moment comes; NULL where there is none, or it has come.

CREATE INDEX segments_to_weigh ON segments (start_90k) WHERE state = 1 AND stillness = 0;
CREATE INDEX segments_still ON segments (still_until_90k) WHERE state = 1 AND still_until_90k IS NOT NULL;
CREATE INDEX segments_chosen ON segments (start_90k) WHERE state = 1 AND stillness = 3;

ALTER TABLE policy_promises ADD COLUMN still_rule TEXT; -- The rule of the file that says how long footage lives in which nothing moved; NULL where there is none.
ALTER TABLE policy_promises ADD COLUMN still_90k INTEGER CHECK (still_90k > 0); -- How long that is.

CREATE TABLE decoder_deaths (
    stream        BLOB    NOT NULL PRIMARY KEY CHECK (length(stream) = 16), -- StreamId: decoders ended while they had its bytes.
    kills         INTEGER NOT NULL CHECK (kills > 0), -- How many.
    last_90k      INTEGER NOT NULL           -- When the last one did.
) STRICT;
