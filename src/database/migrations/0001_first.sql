-- What each panel contributed. `panel_id` 0 is what was there before we first wrote.
CREATE TABLE alamor_slices (
    purchase_id INTEGER NOT NULL,
    panel_id    INTEGER NOT NULL,
    links       TEXT    NOT NULL,
    headers     TEXT    NOT NULL DEFAULT '[]',
    fetched_at  INTEGER,
    PRIMARY KEY (purchase_id, panel_id)
) WITHOUT ROWID;

-- What we know of a purchase beside its links.
-- `links`, `kept` and `oldest_at` sum up its slices: how many are served, how many of these are
-- older than the last attempt, and when the oldest were fetched. `panels` says the same of each
-- panel: [id, when its links were fetched, whether the last attempt at it failed].
-- `gone_since` is when the bot's row was first missed.
-- `written` is the digest of the last `single_configs_json` that was ours.
CREATE TABLE alamor_purchases (
    purchase_id  INTEGER NOT NULL PRIMARY KEY,
    standing     TEXT    NOT NULL,
    outcome      TEXT,
    reason_code  TEXT,
    reason_text  TEXT,
    attempted_at INTEGER,
    links        INTEGER NOT NULL DEFAULT 0,
    kept         INTEGER NOT NULL DEFAULT 0,
    oldest_at    INTEGER,
    panels       TEXT    NOT NULL DEFAULT '[]',
    written      TEXT,
    held_links   TEXT,
    held_since   INTEGER,
    gone_since   INTEGER
);

CREATE TABLE alamor_jobs (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    state            TEXT    NOT NULL,
    by_whom          TEXT    NOT NULL,
    dry_run          INTEGER NOT NULL,
    force            INTEGER NOT NULL,
    retry_of         INTEGER,
    reason_code      TEXT,
    reason_text      TEXT,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    cancelled_at     INTEGER,
    total            INTEGER NOT NULL,
    success          INTEGER NOT NULL DEFAULT 0,
    failed           INTEGER NOT NULL DEFAULT 0,
    connection_error INTEGER NOT NULL DEFAULT 0,
    elapsed_ms       INTEGER NOT NULL DEFAULT 0,
    floor_ms         INTEGER,
    panels           TEXT    NOT NULL DEFAULT '[]'
);

-- `outcome` is NULL while the item is open; an ended item never changes.
CREATE TABLE alamor_items (
    job_id      INTEGER NOT NULL REFERENCES alamor_jobs (id) ON DELETE CASCADE,
    purchase_id INTEGER NOT NULL,
    outcome     TEXT,
    count_as    TEXT,
    links       INTEGER NOT NULL DEFAULT 0,
    reason_code TEXT,
    reason_text TEXT,
    panels      TEXT    NOT NULL DEFAULT '[]',
    notes       TEXT    NOT NULL DEFAULT '[]',
    took_ms     INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (job_id, purchase_id)
) WITHOUT ROWID;
CREATE INDEX alamor_items_of_purchase ON alamor_items (purchase_id, job_id);

-- Who saw or did what: revealed subscription ids, started and cancelled jobs.
CREATE TABLE alamor_audit (
    at      INTEGER NOT NULL,
    by_whom TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL
);
CREATE INDEX alamor_audit_by_time ON alamor_audit (at);
