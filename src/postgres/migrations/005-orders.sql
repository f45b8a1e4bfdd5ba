-- Orders and what became of them: the terms in a row when it comes, its end in another where that is no trade.
-- What was traded of it stands in the trades, so an order that is filled is one row and nothing is ever changed.
-- Names are text here: strangers make them up, and each would have a number for ever.

CREATE TABLE orders (
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  -- The command's, by which the order is called: O-<shard>-<command_offset>; and the record's on the log.
  command_offset bigint NOT NULL,
  log_offset bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  participant text COLLATE "C" NOT NULL,
  -- What nobody looks for, in the order of the view below: two dozen columns cost twice as much. Between them
  -- stands what no text of an order can have.
  terms text NOT NULL
);
CREATE INDEX orders_by_place ON orders USING brin (reader, seq, command_offset, at_ms) WITH (autosummarize = on);
CREATE INDEX orders_of_participant ON orders (reader, participant, seq);

CREATE TABLE order_ends (
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  -- Of the command that ended it, or a part of what it did, and the order's own.
  command_offset bigint NOT NULL,
  log_offset bigint NOT NULL,
  order_offset bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  part int NOT NULL,
  status text NOT NULL,
  reason text,
  text text
);
CREATE INDEX order_ends_by_place ON order_ends USING brin (reader, seq) WITH (autosummarize = on);
CREATE INDEX order_ends_of_order ON order_ends (reader, order_offset);

-- Of the order that stood in the market before the trade its command's offset (the other one's trades are in its
-- own step), the members of both sides, and of a trade with a cycle its settlement: number and date.
ALTER TABLE trades
  ADD COLUMN command_offset bigint,
  ADD COLUMN log_offset bigint,
  ADD COLUMN resting_order bigint,
  ADD COLUMN buy_member int,
  ADD COLUMN sell_member int,
  ADD COLUMN settlement text;
DROP INDEX trades_by_place;
CREATE INDEX trades_by_place ON trades USING brin (reader, seq, command_offset, at_ms) WITH (autosummarize = on);
-- What a client waits for: its own page, and what an order came to.
CREATE INDEX trades_of_order ON trades (reader, resting_order);
CREATE INDEX trades_of_buyer ON trades (reader, buy_member, seq);
CREATE INDEX trades_of_seller ON trades (reader, sell_member, seq);

-- The orders as people read them.
CREATE VIEW placed_orders AS
SELECT r.market, r.shard, o.seq, o.index, to_timestamp(o.at_ms / 1000.0) AS at,
  format('O-%s-%s', r.shard, o.command_offset) AS order_id, o.participant, t[1] AS symbol, t[2] AS side,
  t[3]::bigint AS quantity, nullif(t[4], '')::bigint AS price_paise, nullif(t[5], '') AS client,
  nullif(t[6], '') AS client_order_id, nullif(t[7], '') AS counterparty, nullif(t[8], '') AS custodian,
  t[9] AS product, nullif(t[10], '')::bigint AS expires_at_ms, nullif(t[11], '') AS source_topic,
  nullif(t[12], '')::int AS source_partition, nullif(t[13], '')::bigint AS source_offset,
  t[14]::bigint AS source_at_ms, nullif(t[15], '') AS request_id, nullif(t[16], '')::bigint AS deadline_ms,
  nullif(t[17], '') AS reason, nullif(t[18], '') AS text
FROM orders o
JOIN readers r ON r.reader = o.reader
CROSS JOIN LATERAL string_to_array(o.terms, chr(31)) AS t;

CREATE TRIGGER refuse_change BEFORE UPDATE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE ON order_ends
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON orders, order_ends TO sauda_books;
GRANT SELECT ON placed_orders TO sauda_books;

-- Books that were kept before have no orders: they are to be made anew from the log, as those without charges.
UPDATE readers SET charges = NULL;
