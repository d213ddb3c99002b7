-- What wallets report of their cards' deductions: it is evidence. While a deduction is
-- open its report may go, when the terminal has handed the tap in; one that the operator
-- closed is kept for ever.

CREATE TABLE reports (
    key    bytea PRIMARY KEY, -- number of the card, counter, H(result)
    closed bigint NOT NULL,   -- 0 while the deduction is open
    record bytea NOT NULL
);

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON reports FOR EACH ROW WHEN (OLD.closed <> 0) EXECUTE FUNCTION kept_for_ever();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON reports FOR EACH STATEMENT EXECUTE FUNCTION kept_for_ever();
