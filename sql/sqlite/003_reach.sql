-- SPDX-License-Identifier: MIT
-- Indexes by which rare filters and deep pages take bounded time: docs/query.md.
BEGIN IMMEDIATE;

DROP INDEX IF EXISTS signals_new;
CREATE INDEX signals_new ON signals (platform, event_at, id, deleted_at); -- pages and counts need no rows
CREATE INDEX IF NOT EXISTS signals_author ON signals (platform, author, event_at, id) WHERE author IS NOT NULL;
CREATE INDEX IF NOT EXISTS signals_rising ON signals (platform, event_at, id) WHERE rising IS TRUE; -- few

INSERT INTO schema_version VALUES (3, 'reach', unixepoch() * 1000);
COMMIT;
