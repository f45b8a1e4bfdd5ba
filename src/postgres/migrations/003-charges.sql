-- How far the books have charged, and where the first day that is not charged yet begins. Null: they were kept
-- by a program that did not charge, and are to be made anew from the log.
ALTER TABLE readers ADD COLUMN charges jsonb;
