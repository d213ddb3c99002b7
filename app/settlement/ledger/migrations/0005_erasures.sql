-- Enrolled templates that were erased on their owners' request. What stays says
-- who and when, and nothing of the print.

CREATE TABLE erasures (
    digest      bytea PRIMARY KEY, -- SHA-256 of the sealed template
    number      bigint NOT NULL CHECK (number > 0),
    wallet      bytea NOT NULL,
    overwritten bigint NOT NULL,   -- 0 until the table of deposits was written anew
    record      bytea NOT NULL
);

-- Never removed.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON erasures FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();

-- A deposit is never changed, and is removed by an erasure only.
DROP TRIGGER kept ON deposits;
CREATE TRIGGER kept BEFORE UPDATE OR TRUNCATE ON deposits FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();

CREATE FUNCTION erased_on_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM erasures WHERE digest = OLD.digest) THEN
        RAISE EXCEPTION 'DELETE of a deposit that nobody had erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER erased AFTER DELETE ON deposits DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION erased_on_request();
