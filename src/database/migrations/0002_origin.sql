-- How a slice was read, and what is remembered for the next time: `client` is the panel's own
-- subscription id, `client_keys` the digest of the bot's keys that it was found by.
ALTER TABLE alamor_slices ADD COLUMN way TEXT;
ALTER TABLE alamor_slices ADD COLUMN client TEXT;
ALTER TABLE alamor_slices ADD COLUMN client_keys TEXT;
ALTER TABLE alamor_slices ADD COLUMN compared_at INTEGER;
ALTER TABLE alamor_slices ADD COLUMN per_client INTEGER NOT NULL DEFAULT 0;

-- What was learned of a panel. `refused` is the digest of the address, user and password that it
-- refused: they are not tried again.
CREATE TABLE alamor_panels (
    panel_id INTEGER NOT NULL PRIMARY KEY,
    refused  TEXT
);
