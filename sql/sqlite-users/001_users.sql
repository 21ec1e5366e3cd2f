-- SPDX-License-Identifier: MIT
-- Who may ask sf-serve, where the store is a SQLite file: a file of its own beside it (FILE.users), which only its owner can read. The
-- tools apply this by themselves.
BEGIN IMMEDIATE;

CREATE TABLE schema_version (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: tokens name it
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL, -- a hash: argon2id, or Django's PBKDF2
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Refresh tokens that were given out, each good for one use. A family is what came of one login.
CREATE TABLE refresh_tokens (
    jti TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    replaced_by TEXT,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

INSERT INTO schema_version VALUES (1, 'users', unixepoch() * 1000);
COMMIT;
