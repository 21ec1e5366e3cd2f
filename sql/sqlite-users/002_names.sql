-- SPDX-License-Identifier: MIT
-- Columns are named as in sql/postgres/, where they are Django's.
BEGIN IMMEDIATE;

ALTER TABLE users RENAME COLUMN name TO username;
ALTER TABLE users RENAME COLUMN active TO is_active;
ALTER TABLE users RENAME COLUMN created_at TO date_joined;

INSERT INTO schema_version VALUES (2, 'names', unixepoch() * 1000);
COMMIT;
