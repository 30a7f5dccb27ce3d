-- Where ours is a file of its own: what the bot's column shall hold and does not hold yet, and the
-- digest of what it held when that was decided. Empty is the digest of NULL.
ALTER TABLE alamor_purchases ADD COLUMN pending TEXT;
ALTER TABLE alamor_purchases ADD COLUMN pending_base TEXT;

-- Digest of the subscription id of the purchase that the row is of: a number alone may come again.
ALTER TABLE alamor_purchases ADD COLUMN whose TEXT;
