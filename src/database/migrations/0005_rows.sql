-- Slices by row: in a table without row ids a text of more than 1 KB takes a page of its own. Five
-- links are 1.1 KB, so that each slice took 4 KB, twice: in the log and in the file.
CREATE TABLE alamor_slices_by_row (
    purchase_id INTEGER NOT NULL,
    panel_id    INTEGER NOT NULL,
    links       TEXT    NOT NULL,
    headers     TEXT    NOT NULL DEFAULT '[]',
    fetched_at  INTEGER,
    way         TEXT,
    client      TEXT,
    client_keys TEXT,
    compared_at INTEGER,
    per_client  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (purchase_id, panel_id)
);
INSERT INTO alamor_slices_by_row (purchase_id, panel_id, links, headers, fetched_at, way, client,
    client_keys, compared_at, per_client)
    SELECT purchase_id, panel_id, links, headers, fetched_at, way, client, client_keys, compared_at,
    per_client FROM alamor_slices;
DROP TABLE alamor_slices;
ALTER TABLE alamor_slices_by_row RENAME TO alamor_slices;
