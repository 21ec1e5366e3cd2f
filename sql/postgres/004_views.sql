-- SPDX-License-Identifier: MIT
-- The two views may be materialised ones of the same names and columns, if an owner of the tables wants it so:
--     SELECT sf_materialise_views(true)    and back: (false)
-- sf-aggregate then brings them up to date in each cycle, and readers go on meanwhile. When that is worth it: docs/postgres.md.
BEGIN;
SELECT pg_advisory_xact_lock(6001, 0); -- one at a time, by hand too

-- Puts in place of each view one of the other kind, with the same definition and the same readers.
CREATE FUNCTION sf_materialise_views(wanted boolean) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    kind text := CASE WHEN wanted THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END;
    view record;
    reader text;
BEGIN
    FOR view IN SELECT c.oid::regclass::text AS name, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS was,
                       pg_get_viewdef(c.oid) AS definition, c.relacl, c.relowner
                FROM pg_class c WHERE c.oid IN ('trending_topics_24h'::regclass, 'topic_leaderboard_2h'::regclass) LOOP
        CONTINUE WHEN view.was = kind;
        EXECUTE format('DROP %s %s', view.was, view.name);
        EXECUTE format('CREATE %s %s AS %s', kind, view.name, view.definition);
        FOR reader IN SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
                      FROM aclexplode(view.relacl) WHERE privilege_type = 'SELECT' AND grantee <> view.relowner LOOP
            EXECUTE format('GRANT SELECT ON %s TO %s', view.name, reader);
        END LOOP;
    END LOOP;
    IF wanted THEN -- what REFRESH ... CONCURRENTLY goes by
        CREATE UNIQUE INDEX IF NOT EXISTS trending_topics_24h_topic ON trending_topics_24h (topic);
        CREATE UNIQUE INDEX IF NOT EXISTS topic_leaderboard_2h_topic ON topic_leaderboard_2h (platform, topic);
    END IF;
END $$;

-- Brings materialised views up to date; only an owner may, so sf-aggregate does it through this. 1: there were any.
CREATE FUNCTION sf_refresh_views() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT relkind <> 'm' FROM pg_class WHERE oid = 'trending_topics_24h'::regclass) THEN
        RETURN 0;
    END IF;
    REFRESH MATERIALIZED VIEW CONCURRENTLY trending_topics_24h;
    REFRESH MATERIALIZED VIEW CONCURRENTLY topic_leaderboard_2h;
    RETURN 1;
END $$;

INSERT INTO schema_version VALUES (4, 'views', now());
COMMIT;
