-- Trades and their settlements, as narrow as the reports allow; what moved stands in the journals.

CREATE TABLE trades (
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  quantity bigint NOT NULL,
  price_paise bigint NOT NULL,
  amount_paise bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  symbol int NOT NULL,
  buyer int NOT NULL,
  seller int NOT NULL,
  trade_id text NOT NULL,
  isin text,
  -- Null where a side had no order: a negotiated trade's counterparty.
  buy_order_id text,
  sell_order_id text,
  PRIMARY KEY (reader, seq, index)
);
CREATE INDEX trades_by_id ON trades (reader, trade_id);
-- Trades come in the order of time: a few bytes for each stretch of the table find a day.
CREATE INDEX trades_by_time ON trades USING brin (at_ms);

CREATE TABLE settlements (
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  settlement_id text NOT NULL,
  trade_id text NOT NULL,
  journal_id text NOT NULL,
  PRIMARY KEY (reader, seq, index)
);

CREATE TRIGGER refuse_change BEFORE UPDATE ON trades
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE ON settlements
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON trades, settlements TO sauda_books;
