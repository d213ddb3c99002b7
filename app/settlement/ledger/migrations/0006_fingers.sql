-- The last live prints of each wallet, sealed under a key that is not here, so that
-- none is taken for another capture of the finger; and what became of each
-- comparison, for auditors: nothing of the finger, nor how alike two were.

CREATE TABLE live_prints (
    key    bytea PRIMARY KEY, -- wallet, 0xff, place
    number bigint NOT NULL CHECK (number > 0),
    record bytea NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE live_print_counts (
    wallet bytea PRIMARY KEY,
    number bigint NOT NULL CHECK (number > 0), -- of the last one
    record bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE finger_events (
    key     bytea PRIMARY KEY, -- wallet, 0xff, time, key of the sale, attempt
    wallet  bytea NOT NULL,
    at      bigint NOT NULL,
    outcome smallint NOT NULL CHECK (outcome BETWEEN 1 AND 9),
    record  bytea NOT NULL
);

-- Added to, never removed; live prints go when their owner has them erased.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON live_print_counts FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();

-- Never changed, never removed.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON finger_events FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
