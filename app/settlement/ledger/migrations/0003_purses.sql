-- Virtual cards (CN103942678A): what is loaded on them, what they deducted, and
-- what of it was cleared. Card numbers in keys are their 16 digits.

ALTER TABLE accounts DROP CONSTRAINT accounts_class_check;
ALTER TABLE accounts ADD CONSTRAINT accounts_class_check CHECK (class BETWEEN 1 AND 6);

CREATE TABLE purses (
    number   bytea PRIMARY KEY,
    wallet   bytea NOT NULL,
    currency smallint NOT NULL CHECK (currency BETWEEN 1 AND 999),
    sequence bigint NOT NULL CHECK (sequence >= 0), -- of the last load
    loaded   bigint NOT NULL CHECK (loaded >= 0),
    deducted bigint NOT NULL CHECK (deducted >= 0),
    cleared  bigint NOT NULL CHECK (cleared >= 0),
    blocked  smallint NOT NULL,                     -- 0 if it is not
    record   bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE card_marks (
    mark   bytea PRIMARY KEY,
    record bytea NOT NULL
);

CREATE TABLE card_holders (
    holder bytea PRIMARY KEY, -- wallet, 0xff, currency
    record bytea NOT NULL     -- its newest card
);

CREATE TABLE applications (
    key    bytea PRIMARY KEY,
    record bytea NOT NULL
);

CREATE TABLE purse_loads (
    key    bytea PRIMARY KEY, -- number, sequence
    amount bigint NOT NULL CHECK (amount > 0),
    total  bigint NOT NULL,
    entry  bigint NOT NULL,
    record bytea NOT NULL
);

CREATE TABLE refused_loads (
    key    bytea PRIMARY KEY, -- number, sequence, nonce
    record bytea NOT NULL
);

CREATE TABLE deductions (
    key    bytea PRIMARY KEY, -- number, counter
    record bytea NOT NULL
);

CREATE TABLE taps (
    key       bytea PRIMARY KEY, -- terminal, 0xff, first half of H(PAY)
    amount    bigint NOT NULL CHECK (amount > 0),
    currency  smallint NOT NULL,
    reference bigint NOT NULL, -- 0 unless it was credited
    refunded  bigint NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    entry     bigint NOT NULL, -- 0 if nothing moved
    record    bytea NOT NULL
);

CREATE TABLE purse_references (
    number bigint PRIMARY KEY CHECK (number > 0),
    record bytea NOT NULL
);

CREATE TABLE purse_transfers (
    transfer  bytea PRIMARY KEY,
    amount    bigint NOT NULL CHECK (amount > 0),
    result    smallint NOT NULL,
    reference bigint NOT NULL,
    entry     bigint NOT NULL,
    record    bytea NOT NULL
);

CREATE TABLE blocked_cards (
    mark   bytea PRIMARY KEY,
    why    smallint NOT NULL,
    record bytea NOT NULL
);

CREATE TABLE blocklist (
    one      bytea PRIMARY KEY,
    sequence bigint NOT NULL,
    record   bytea NOT NULL
);

-- Never changed, never removed.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON card_marks FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON applications FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON purse_loads FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON refused_loads FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON purse_references FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON purse_transfers FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();

-- Added to, never removed.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON purses FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON card_holders FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON deductions FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON taps FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON blocklist FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
