-- The books: what the log says about assets, row by row. Written only by the books, only from the log.
-- Amounts are whole: paise of INR, shares of anything else. Times are milliseconds since 1970, as in the log.
-- Names of a shard (accounts, assets, kinds, buckets) get small numbers in the order of their first use,
-- so that the same log gives the same numbers.

-- How far the books of one shard have read: rule R3's reader state, whole, and the checkpoint of R5.
CREATE TABLE readers (
  reader int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market text NOT NULL,
  shard int NOT NULL,
  topic_id text NOT NULL,
  next_offset bigint NOT NULL,
  epoch bigint NOT NULL,
  nonce text,
  seq bigint NOT NULL,
  chain text NOT NULL,
  last_cause jsonb,
  genesis jsonb,
  checkpoint jsonb,
  UNIQUE (market, shard)
);

-- Kinds of journals and buckets of postings, whatever the market comes to know.
CREATE TABLE words (
  reader int NOT NULL REFERENCES readers,
  id int NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (reader, id),
  UNIQUE (reader, name)
);

-- INR and every symbol.
CREATE TABLE assets (LIKE words INCLUDING ALL);
ALTER TABLE assets ADD FOREIGN KEY (reader) REFERENCES readers;

-- kind: member (HDFC), client (HDFC/C1), else the word before the colon (opening, clearing, exchequer, ...).
CREATE TABLE accounts (
  LIKE words INCLUDING ALL,
  kind text NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN name LIKE '%:%' THEN split_part(name, ':', 1)
      WHEN name LIKE '%/%' THEN 'client'
      ELSE 'member'
    END
  ) STORED
);
ALTER TABLE accounts ADD FOREIGN KEY (reader) REFERENCES readers;

-- A journal's key is its place in the log: the step's number, and the event's place in the step.
CREATE TABLE journals (
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  kind int NOT NULL,
  journal_id text NOT NULL,
  reference text NOT NULL,
  PRIMARY KEY (reader, seq, index)
);

-- Widest first: a row is 64 bytes with its header. No foreign keys here: checked row by row they cost as
-- much as all the rest. The trigger below checks a whole statement at once.
CREATE TABLE postings (
  seq bigint NOT NULL,
  amount bigint NOT NULL,
  reader int NOT NULL,
  index int NOT NULL,
  account int NOT NULL,
  asset int NOT NULL,
  bucket smallint NOT NULL,
  number smallint NOT NULL,
  PRIMARY KEY (reader, seq, index, number)
);
CREATE INDEX postings_of_account ON postings (reader, account, seq);

-- What the postings add up to. Nobody writes here but the trigger.
CREATE TABLE balances (
  reader int NOT NULL,
  account int NOT NULL,
  asset int NOT NULL,
  bucket int NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (reader, account, asset, bucket),
  FOREIGN KEY (reader, account) REFERENCES accounts (reader, id),
  FOREIGN KEY (reader, asset) REFERENCES assets (reader, id),
  FOREIGN KEY (reader, bucket) REFERENCES words (reader, id)
) WITH (fillfactor = 50);

-- Every statement that adds postings must leave each of its journals at zero in every asset: whole journals,
-- or nothing. Then the balances move by the same rows. Runs as the owner: the books may not write balances.
CREATE FUNCTION add_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  wrong record;
BEGIN
  SELECT a.reader, a.seq, a.index, a.asset, sum(a.amount) AS total INTO wrong
  FROM added a GROUP BY a.reader, a.seq, a.index, a.asset HAVING sum(a.amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % of step % (reader %): asset % sums to %, not to zero',
      wrong.index, wrong.seq, wrong.reader, wrong.asset, wrong.total
      USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO balances AS b (reader, account, asset, bucket, amount)
  SELECT a.reader, a.account, a.asset, a.bucket, sum(a.amount)
  FROM added a GROUP BY a.reader, a.account, a.asset, a.bucket ORDER BY 1, 2, 3, 4
  ON CONFLICT (reader, account, asset, bucket) DO UPDATE SET amount = b.amount + excluded.amount;
  RETURN NULL;
END
$$;
CREATE TRIGGER add_postings AFTER INSERT ON postings
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_postings();

-- Written once, never changed: not by its owner either. A market's rows go all at once (sauda reset).
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE ON journals
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE ON postings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The postings as people read them.
CREATE VIEW ledger AS
SELECT r.market, r.shard, p.seq, p.index, p.number, to_timestamp(j.at_ms / 1000.0) AS at, k.name AS kind,
  j.reference, a.name AS account, a.kind AS account_kind, s.name AS asset, b.name AS bucket, p.amount
FROM postings p
JOIN readers r ON r.reader = p.reader
JOIN journals j ON j.reader = p.reader AND j.seq = p.seq AND j.index = p.index
JOIN words k ON k.reader = p.reader AND k.id = j.kind
JOIN accounts a ON a.reader = p.reader AND a.id = p.account
JOIN assets s ON s.reader = p.reader AND s.id = p.asset
JOIN words b ON b.reader = p.reader AND b.id = p.bucket;

-- The balances as people read them; over many shards an account has a row in each.
CREATE VIEW account_balances AS
SELECT r.market, r.shard, a.name AS account, a.kind AS account_kind, s.name AS asset, w.name AS bucket, b.amount
FROM balances b
JOIN readers r ON r.reader = b.reader
JOIN accounts a ON a.reader = b.reader AND a.id = b.account
JOIN assets s ON s.reader = b.reader AND s.id = b.asset
JOIN words w ON w.reader = b.reader AND w.id = b.bucket;

GRANT SELECT ON readers, words, assets, accounts, journals, postings, balances, ledger, account_balances TO sauda_books;
GRANT INSERT ON readers, words, assets, accounts, journals, postings TO sauda_books;
GRANT UPDATE ON readers TO sauda_books;
