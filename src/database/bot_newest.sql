-- The bot's tables in their newest shape, as SQLite has them: what the bot would make, without rows.
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    telegram_id   INTEGER NOT NULL UNIQUE,
    first_name    TEXT,
    last_name     TEXT,
    username      TEXT,
    is_admin      BOOLEAN DEFAULT 0,
    join_date     TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_activity TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    balance       REAL DEFAULT 0.0,
    is_verified   BOOLEAN DEFAULT 0,
    role          TEXT DEFAULT 'user'
);
CREATE TABLE servers (
    id                       INTEGER PRIMARY KEY AUTOINCREMENT,
    name                     TEXT NOT NULL UNIQUE,
    panel_type               TEXT NOT NULL DEFAULT 'x-ui',
    panel_url                TEXT NOT NULL,
    username                 TEXT NOT NULL,
    password                 TEXT NOT NULL,
    subscription_base_url    TEXT NOT NULL,
    subscription_path_prefix TEXT NOT NULL,
    is_active                BOOLEAN DEFAULT 1,
    last_checked             TIMESTAMP,
    is_online                BOOLEAN DEFAULT 0
);
CREATE TABLE plans (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    plan_type     TEXT NOT NULL,
    volume_gb     REAL,
    duration_days INTEGER,
    price         REAL,
    per_gb_price  REAL,
    is_active     BOOLEAN DEFAULT 1
);
CREATE TABLE profiles (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    per_gb_price  REAL NOT NULL,
    duration_days INTEGER NOT NULL,
    description   TEXT,
    is_active     BOOLEAN DEFAULT 1
);
CREATE TABLE server_inbounds (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    server_id     INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    inbound_id    INTEGER NOT NULL,
    remark        TEXT,
    is_active     BOOLEAN DEFAULT 1,
    config_params TEXT,
    raw_template  TEXT,
    UNIQUE (server_id, inbound_id)
);
CREATE TABLE profile_inbounds (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    profile_id    INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    server_id     INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    inbound_id    INTEGER NOT NULL,
    config_params TEXT,
    raw_template  TEXT,
    UNIQUE (profile_id, server_id, inbound_id)
);
CREATE TABLE synced_configs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    server_id       INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    inbound_id      INTEGER NOT NULL,
    remark          TEXT,
    port            INTEGER,
    protocol        TEXT,
    settings        TEXT,
    stream_settings TEXT,
    UNIQUE (server_id, inbound_id)
);
CREATE TABLE subscription_domains (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    domain_name TEXT NOT NULL UNIQUE,
    is_active   BOOLEAN DEFAULT 0,
    created_at  TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT
);
CREATE TABLE purchases (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id             INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id           INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    plan_id             INTEGER REFERENCES plans (id) ON DELETE SET NULL,
    profile_id          INTEGER REFERENCES profiles (id) ON DELETE SET NULL,
    purchase_date       TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expire_date         TIMESTAMP,
    initial_volume_gb   REAL NOT NULL,
    client_uuid         TEXT,
    client_email        TEXT,
    sub_id              TEXT,
    is_active           BOOLEAN DEFAULT 1,
    single_configs_json TEXT
);
CREATE INDEX purchases_by_sub_id ON purchases (sub_id);

-- What says that this file is ours, so that it may be changed.
CREATE TABLE alamor_meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO alamor_meta (key, value) VALUES ('made_by', 'alamor init');
