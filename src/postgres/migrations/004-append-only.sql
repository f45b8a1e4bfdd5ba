-- What only grows, in the order of the log, gets no entry of its own in an index for each row: those cost more than the
-- rows. That a row comes in once is for the place in the log to say (readers, R16). A few bytes for each stretch of a
-- table find a step, a trade's time, and which stretches an account has no posting in.
ALTER TABLE journals DROP CONSTRAINT journals_pkey;
ALTER TABLE postings DROP CONSTRAINT postings_pkey;
ALTER TABLE trades DROP CONSTRAINT trades_pkey;
ALTER TABLE settlements DROP CONSTRAINT settlements_pkey;
DROP INDEX postings_of_account, trades_by_id, trades_by_time;

CREATE INDEX journals_by_place ON journals USING brin (reader, seq) WITH (autosummarize = on, pages_per_range = 16);
CREATE INDEX postings_by_place ON postings USING brin (reader, seq, account int4_bloom_ops)
WITH (autosummarize = on);
CREATE INDEX trades_by_place ON trades USING brin (reader, seq, at_ms) WITH (autosummarize = on);
CREATE INDEX settlements_by_place ON settlements USING brin (reader, seq) WITH (autosummarize = on);
