-- What settlement keeps. Money and numbers are columns of their own; "record" is
-- the whole of what is kept in its one encoding (canonical CBOR, RFC 8949 4.2.1)
-- where that is more. Times are Unix seconds, amounts minor units, currencies
-- ISO 4217 numbers. Accounts, and terminals in the keys of sales (terminal, 0xff,
-- scramble code), are bytes, because references are; "books" below shows them.

CREATE TABLE ledger (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    format   text NOT NULL,
    -- identity tells this ledger from another that is put in its place.
    identity bytea NOT NULL
);

-- Each process that writes has a row here. Its transactions set "last" to their
-- number, so that it can find out what became of one whose answer was cut off.
CREATE TABLE writers (
    process bytea PRIMARY KEY,
    last    bigint NOT NULL,
    since   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);

-- Numbers for payments and refunds are handed out from here in blocks.
CREATE TABLE reference_numbers (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    given_to bigint NOT NULL
);
INSERT INTO reference_numbers (given_to) VALUES (0);

CREATE TABLE accounts (
    id       bytea PRIMARY KEY,
    class    smallint NOT NULL CHECK (class BETWEEN 1 AND 4),
    currency smallint NOT NULL CHECK (currency BETWEEN 1 AND 999),
    kind     smallint NOT NULL,
    wallet   bytea,
    record   bytea NOT NULL
);

CREATE TABLE balances (
    account bytea PRIMARY KEY,
    amount  bigint NOT NULL CHECK (amount >= 0)
) WITH (fillfactor = 50);

CREATE TABLE entries (
    number   bigint PRIMARY KEY CHECK (number > 0),
    kind     smallint NOT NULL,
    debit    bytea NOT NULL,
    credit   bytea NOT NULL CHECK (credit <> debit),
    amount   bigint NOT NULL CHECK (amount BETWEEN 1 AND 9999999999),
    currency smallint NOT NULL CHECK (currency BETWEEN 1 AND 999),
    at       bigint NOT NULL,
    sale     bytea,
    refund   bytea
);

CREATE TABLE movements (
    key bytea PRIMARY KEY -- terminal, 0xff, time, number of the entry
);

CREATE TABLE sales (
    key          bytea PRIMARY KEY,
    amount       bigint NOT NULL,
    currency     smallint NOT NULL,
    reference    bigint NOT NULL, -- 0 if it was never paid
    refunded     bigint NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    payer        bytea,
    merchant     bytea,
    acknowledged bigint NOT NULL, -- 0 if it was not
    record       bytea NOT NULL,
    CHECK ((reference <> 0) = (payer IS NOT NULL) AND (reference <> 0) = (merchant IS NOT NULL))
);

CREATE TABLE sale_references (
    number bigint PRIMARY KEY CHECK (number > 0),
    sale   bytea NOT NULL
);

CREATE TABLE sale_requests (
    request bytea PRIMARY KEY,
    sale    bytea NOT NULL
);

CREATE TABLE prints (
    mark    bytea PRIMARY KEY,
    sale    bytea NOT NULL,
    attempt smallint NOT NULL
);

CREATE TABLE failures (
    wallet_key bytea PRIMARY KEY,
    count      smallint NOT NULL,
    last       bigint NOT NULL,
    record     bytea NOT NULL
);

CREATE TABLE refunds (
    key       bytea PRIMARY KEY,
    reference bigint NOT NULL,
    amount    bigint NOT NULL,
    currency  smallint NOT NULL,
    state     smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
    number    bigint NOT NULL, -- 0 unless it was made
    record    bytea NOT NULL
);

CREATE TABLE refund_numbers (
    number bigint PRIMARY KEY CHECK (number > 0),
    refund bytea NOT NULL
);

CREATE TABLE authorisations (
    key      bytea PRIMARY KEY,
    card     bytea NOT NULL,
    merchant bytea NOT NULL,
    amount   bigint NOT NULL,
    currency smallint NOT NULL,
    trace    bigint NOT NULL,
    state    smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    record   bytea NOT NULL
);

CREATE TABLE open_authorisations (
    key bytea PRIMARY KEY
);

CREATE TABLE anchors (
    key      bytea PRIMARY KEY,
    sequence bigint NOT NULL,
    record   bytea NOT NULL
);

CREATE TABLE heads (
    terminal bytea PRIMARY KEY,
    sequence bigint NOT NULL,
    record   bytea NOT NULL
);

CREATE TABLE loads (
    reference bytea PRIMARY KEY,
    kind      smallint NOT NULL,
    account   bytea NOT NULL,
    amount    bigint NOT NULL,
    entry     bigint NOT NULL,
    record    bytea NOT NULL
);

CREATE TABLE changes (
    key    bytea PRIMARY KEY,
    record bytea NOT NULL
);

CREATE TABLE deposits (
    digest bytea PRIMARY KEY,
    record bytea NOT NULL
);

CREATE TABLE certificates (
    signer bytea PRIMARY KEY,
    record bytea NOT NULL
);

-- The entries as people read them.
CREATE VIEW books AS
    SELECT number, kind, encode(debit, 'escape') AS debit, encode(credit, 'escape') AS credit,
           amount, currency, to_timestamp(at) AS at, encode(sale, 'escape') AS sale, encode(refund, 'escape') AS refund
    FROM entries ORDER BY number;
