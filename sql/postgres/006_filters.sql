-- SPDX-License-Identifier: MIT
-- Filters are met in the index that pages are read by, without the rows: docs/serve.md. Texts (lang, channel, labels) stay in the rows: an entry of an
-- index may not be longer than a third of a page.
BEGIN;
SELECT pg_advisory_xact_lock(6001, 0); -- one at a time, by hand too

DROP INDEX IF EXISTS signals_new;
CREATE INDEX signals_new ON signals (platform, event_at, id) INCLUDE (deleted_at, first_seen_at, kind, sentiment_compound,
    sentiment_cover, velocity, raw_score, comments);
CREATE INDEX IF NOT EXISTS signals_fast ON signals (platform, velocity, event_at, id) INCLUDE (deleted_at)
    WHERE velocity >= 0.016; -- a point a minute: few

-- A name that is too long for an index is found without it, rather than that its post is refused.
DROP INDEX IF EXISTS signals_author;
CREATE INDEX signals_author ON signals (platform, author, event_at, id) WHERE octet_length(author) <= 1000;

-- Events in their order.
DROP INDEX IF EXISTS cross_platform_events_bucket;
CREATE INDEX cross_platform_events_bucket ON cross_platform_events (bucket DESC, ts DESC, topic) INCLUDE (id, significant);

-- What the figures beside them lie between with 95 %; NULL: too little to say, or not worked out since they are here.
ALTER TABLE cross_platform_events ADD COLUMN delta_low double precision, ADD COLUMN delta_high double precision;
ALTER TABLE lead_lag ADD COLUMN correlation_low double precision, ADD COLUMN correlation_high double precision;

INSERT INTO schema_version VALUES (6, 'filters', now());
COMMIT;
