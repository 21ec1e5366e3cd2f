-- SPDX-License-Identifier: MIT
-- Which platform precedes which on a topic, over the 4 weeks up to the last cycle that worked it out: docs/aggregate.md.
BEGIN;
SELECT pg_advisory_xact_lock(6001, 0); -- one at a time, by hand too

CREATE TABLE lead_lag (
    topic text COLLATE "C" NOT NULL,
    leader text COLLATE "C" NOT NULL,
    follower text COLLATE "C" NOT NULL,
    lag_seconds double precision NOT NULL, -- by how much the follower comes later
    correlation double precision NOT NULL,
    p_value double precision NOT NULL,
    significant boolean NOT NULL,
    n integer NOT NULL, -- windows with posts, on the platform that has fewer
    as_of timestamptz NOT NULL,
    PRIMARY KEY (topic, leader, follower)
);

INSERT INTO schema_version VALUES (2, 'lead_lag', now());
COMMIT;
