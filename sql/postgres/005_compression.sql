-- SPDX-License-Identifier: MIT
-- Where signal_metrics_history is a hypertable, its days are compressed a week later, if TimescaleDB's licence allows that
-- (timescaledb.license = 'timescale'; under 'apache' it does not, and nothing happens). Old looks can still be added, changed and removed.
-- Long texts are compressed by lz4 from now on, where the server has it: pglz took a twentieth of the time of a new post.
BEGIN;
SELECT pg_advisory_xact_lock(6001, 0); -- one at a time, by hand too

DO $$
BEGIN
    IF (SELECT relkind <> 'p' FROM pg_class WHERE oid = 'signal_metrics_history'::regclass) THEN
        -- In order of posts, so that one post's looks lie together and are found by the bounds that each bundle of rows has.
        ALTER TABLE signal_metrics_history SET (timescaledb.compress, timescaledb.compress_segmentby = 'platform',
                                                timescaledb.compress_orderby = 'source_id, observed_at');
        PERFORM add_compression_policy('signal_metrics_history', interval '7 days');
    END IF;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'signal_metrics_history is not compressed: %', SQLERRM;
END $$;

DO $$
BEGIN
    ALTER TABLE signals ALTER COLUMN body SET COMPRESSION lz4, ALTER COLUMN entities SET COMPRESSION lz4;
    ALTER TABLE signals_text ALTER COLUMN words SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'texts are compressed by pglz: %', SQLERRM;
END $$;

INSERT INTO schema_version VALUES (5, 'compression', now());
COMMIT;
