-- SPDX-License-Identifier: MIT
-- Upkeep of signals for less. Most of it were statistics: no plan goes by those of texts and bookkeeping, and a store of some size says
-- nothing new about itself every 2 % of changes. Dead rows are taken out at a tenth: what looks leave behind, pages clear away themselves
-- when they are next written to.
BEGIN;
SELECT pg_advisory_xact_lock(6001, 0); -- one at a time, by hand too

ALTER TABLE signals SET (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.1),
    ALTER parent_id SET STATISTICS 0, ALTER title SET STATISTICS 0, ALTER body SET STATISTICS 0, ALTER url SET STATISTICS 0,
    ALTER sentiment_neg SET STATISTICS 0, ALTER sentiment_neu SET STATISTICS 0, ALTER sentiment_pos SET STATISTICS 0,
    ALTER comment_velocity SET STATISTICS 0, ALTER normalised_score SET STATISTICS 0, ALTER trending_score SET STATISTICS 0,
    ALTER trend_state SET STATISTICS 0, ALTER score_at SET STATISTICS 0, ALTER comments_at SET STATISTICS 0,
    ALTER text_at SET STATISTICS 0, ALTER text_rank SET STATISTICS 0, ALTER text_hash SET STATISTICS 0;

INSERT INTO schema_version VALUES (7, 'upkeep', now());
COMMIT;
