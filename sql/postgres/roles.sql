-- SPDX-License-Identifier: MIT
-- Roles that may do what one program needs and no more. Run it by hand after the migrations, as the owner of the tables, who
-- needs CREATEROLE the first time: psql -v ON_ERROR_STOP=1 -f sql/postgres/roles.sql. It may run again; a program that brings the
-- tables up to date does so where the roles had rights before. The roles cannot log in; grant them to those that do:
--     CREATE ROLE processor LOGIN; GRANT signalflow_writer TO processor;
BEGIN;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['signalflow_reader', 'signalflow_writer', 'signalflow_aggregator', 'signalflow_api'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END $$;

-- reader: dashboards, ad-hoc questions. No users, no tokens.
GRANT SELECT ON schema_version, signals, signals_text, signal_metrics_history, births, topic_timeseries, topic_totals,
    cross_platform_events, lead_lag, dirty_buckets, topic_trends, coverage, source_offsets, store_state, reddit_posts, reddit_nlp_features,
    trending_topics_24h, topic_leaderboard_2h TO signalflow_reader, signalflow_writer, signalflow_aggregator, signalflow_api;

-- writer: sf-process.
GRANT INSERT, UPDATE ON signals, signal_metrics_history, coverage, source_offsets, reddit_posts TO signalflow_writer;
GRANT INSERT, UPDATE, DELETE ON signals_text, births, reddit_nlp_features TO signalflow_writer;
GRANT INSERT ON dirty_buckets TO signalflow_writer;
GRANT USAGE ON SEQUENCE signals_id_seq TO signalflow_writer;

-- aggregator: sf-aggregate, with retention.
GRANT INSERT, UPDATE, DELETE ON topic_timeseries, topic_totals, cross_platform_events, lead_lag, topic_trends, dirty_buckets,
    store_state
    TO signalflow_aggregator;
GRANT DELETE ON signals, signals_text, signal_metrics_history, births, reddit_posts, reddit_nlp_features, coverage TO signalflow_aggregator;

-- api: sf-serve.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, refresh_tokens TO signalflow_api;

REVOKE EXECUTE ON FUNCTION sf_make_partitions(), sf_drop_partitions(timestamptz), sf_refresh_views() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sf_make_partitions(), sf_drop_partitions(timestamptz), sf_refresh_views() TO signalflow_aggregator;
COMMIT;
