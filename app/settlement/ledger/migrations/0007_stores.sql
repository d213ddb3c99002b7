-- What is for the people who look after a shop: how each of its terminals is, the Z
-- reports that it has made, and who may look at the shop's page. Nothing here is
-- money's, and nothing of it is decided by.

CREATE TABLE terminal_states (
    terminal bytea PRIMARY KEY,
    heard    bigint NOT NULL,
    record   bytea NOT NULL -- the last status, as the terminal signed it, and since when devices fail
) WITH (fillfactor = 50);

CREATE TABLE z_marks (
    key      bytea PRIMARY KEY, -- terminal, 0xff, number of the Z report
    received bigint NOT NULL,
    record   bytea NOT NULL
);

CREATE TABLE store_users (
    key      bytea PRIMARY KEY, -- merchant account, 0xff, name
    merchant bytea NOT NULL,
    failures bigint NOT NULL,
    record   bytea NOT NULL     -- with the password's hash
) WITH (fillfactor = 50);

-- Never changed, never removed.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON z_marks FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
