-- SPDX-License-Identifier: MIT
-- Which platform precedes which on a topic, over the 4 weeks up to the last cycle that worked it out: docs/aggregate.md.
BEGIN IMMEDIATE;

CREATE TABLE lead_lag (
    topic TEXT NOT NULL,
    leader TEXT NOT NULL,
    follower TEXT NOT NULL,
    lag_seconds REAL NOT NULL, -- by how much the follower comes later
    correlation REAL NOT NULL,
    p_value REAL NOT NULL,
    significant INTEGER NOT NULL,
    n INTEGER NOT NULL, -- windows with posts, on the platform that has fewer
    as_of INTEGER NOT NULL,
    PRIMARY KEY (topic, leader, follower)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (2, 'lead_lag', unixepoch() * 1000);
COMMIT;
