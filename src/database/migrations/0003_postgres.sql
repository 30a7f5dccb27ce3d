-- Our tables in PostgreSQL, as the migrations of SQLite up to this number make them. What each is
-- for stands there.
CREATE TABLE alamor.slices (
    purchase_id BIGINT NOT NULL,
    panel_id    BIGINT NOT NULL,
    links       TEXT    NOT NULL,
    headers     TEXT    NOT NULL DEFAULT '[]',
    fetched_at  BIGINT,
    way         TEXT,
    client      TEXT,
    client_keys TEXT,
    compared_at BIGINT,
    per_client  BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (purchase_id, panel_id)
);

CREATE TABLE alamor.purchases (
    purchase_id  BIGINT NOT NULL PRIMARY KEY,
    standing     TEXT    NOT NULL,
    outcome      TEXT,
    reason_code  TEXT,
    reason_text  TEXT,
    attempted_at BIGINT,
    links        BIGINT NOT NULL DEFAULT 0,
    kept         BIGINT NOT NULL DEFAULT 0,
    oldest_at    BIGINT,
    panels       TEXT    NOT NULL DEFAULT '[]',
    written      TEXT,
    held_links   TEXT,
    held_since   BIGINT,
    gone_since   BIGINT,
    pending      TEXT,
    pending_base TEXT,
    whose        TEXT
);

CREATE TABLE alamor.jobs (
    id               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state            TEXT    NOT NULL,
    by_whom          TEXT    NOT NULL,
    dry_run          BIGINT NOT NULL,
    force            BIGINT NOT NULL,
    retry_of         BIGINT,
    reason_code      TEXT,
    reason_text      TEXT,
    created_at       BIGINT NOT NULL,
    started_at       BIGINT,
    finished_at      BIGINT,
    cancelled_at     BIGINT,
    total            BIGINT NOT NULL,
    success          BIGINT NOT NULL DEFAULT 0,
    failed           BIGINT NOT NULL DEFAULT 0,
    connection_error BIGINT NOT NULL DEFAULT 0,
    elapsed_ms       BIGINT NOT NULL DEFAULT 0,
    floor_ms         BIGINT,
    panels           TEXT    NOT NULL DEFAULT '[]'
);

CREATE TABLE alamor.items (
    job_id      BIGINT NOT NULL REFERENCES alamor.jobs (id) ON DELETE CASCADE,
    purchase_id BIGINT NOT NULL,
    outcome     TEXT,
    count_as    TEXT,
    links       BIGINT NOT NULL DEFAULT 0,
    reason_code TEXT,
    reason_text TEXT,
    panels      TEXT    NOT NULL DEFAULT '[]',
    notes       TEXT    NOT NULL DEFAULT '[]',
    took_ms     BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (job_id, purchase_id)
);
CREATE INDEX items_of_purchase ON alamor.items (purchase_id, job_id);

CREATE TABLE alamor.audit (
    at      BIGINT NOT NULL,
    by_whom TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL
);
CREATE INDEX audit_by_time ON alamor.audit (at);

CREATE TABLE alamor.panels (
    panel_id BIGINT NOT NULL PRIMARY KEY,
    refused  TEXT
);
