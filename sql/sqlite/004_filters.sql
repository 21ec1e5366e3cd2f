-- SPDX-License-Identifier: MIT
-- Filters are met in the index that pages are read by, without the rows (docs/serve.md); and intervals of events and leads (docs/aggregate.md).
BEGIN IMMEDIATE;

DROP INDEX IF EXISTS signals_new;
CREATE INDEX signals_new ON signals (platform, event_at, id, deleted_at, first_seen_at, kind, sentiment_compound,
    sentiment_cover, velocity, raw_score, comments, lang, channel, labels);
CREATE INDEX IF NOT EXISTS signals_fast ON signals (platform, velocity, event_at, id, deleted_at)
    WHERE velocity >= 0.016; -- a point a minute: few

-- Events in their order.
DROP INDEX IF EXISTS cross_platform_events_bucket;
CREATE INDEX cross_platform_events_bucket ON cross_platform_events (bucket DESC, ts DESC, topic, significant);

-- What the figures beside them lie between with 95 %; NULL: too little to say, or not worked out since they are here.
ALTER TABLE cross_platform_events ADD COLUMN delta_low REAL;
ALTER TABLE cross_platform_events ADD COLUMN delta_high REAL;
ALTER TABLE lead_lag ADD COLUMN correlation_low REAL;
ALTER TABLE lead_lag ADD COLUMN correlation_high REAL;

INSERT INTO schema_version VALUES (4, 'filters', unixepoch() * 1000);
COMMIT;
