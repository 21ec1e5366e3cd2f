-- SPDX-License-Identifier: MIT
-- SignalFlow's store in SQLite. The tools apply this by themselves; by hand: cat sql/sqlite/[0-9]*.sql | sqlite3 signals.db
--
-- Times are whole milliseconds since 1970 UTC: datetime(ts / 1000, 'unixepoch') reads well. What an origin does not say is
-- NULL, never 0. Lists (labels, topics, entities, keywords) are JSON. docs/store.md says how rows come about.
PRAGMA page_size = 8192; -- of a new file; rows are about a kilobyte
BEGIN IMMEDIATE;

CREATE TABLE schema_version (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

-- One row a post: the newest text and the newest numbers known of it; or, once deleted, a tombstone without text.
CREATE TABLE signals (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('post', 'comment', 'refresh', 'delete')), -- refresh: only numbers were seen yet
    parent_id TEXT,
    channel TEXT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    author TEXT,
    url TEXT,
    lang TEXT,
    labels TEXT,
    raw_score REAL,
    comments REAL,
    ts INTEGER,                     -- created, as the platform or the author says
    observed_at INTEGER NOT NULL,   -- newest look
    first_seen_at INTEGER NOT NULL, -- oldest look
    event_at INTEGER NOT NULL,      -- ts if plausible, else first_seen_at: what windows go by
    deleted_at INTEGER,
    sentiment_neg REAL,
    sentiment_neu REAL,
    sentiment_pos REAL,
    sentiment_compound REAL,
    sentiment_cover REAL,
    topics TEXT,
    primary_topic TEXT,
    entities TEXT,
    keywords TEXT,
    velocity REAL,         -- points a second, as of the newest look that had a score
    comment_velocity REAL, -- likewise of comments
    normalised_score REAL,
    trending_score REAL,
    trend_state BLOB,      -- four numbers that the post's looks are folded into
    hotness REAL,          -- log2(trending_score) + observed_at / 6 h: order by it, whatever the time
    rising INTEGER,        -- 1, 0; NULL: not known
    analysis TEXT,         -- version and checksum of what scored the text
    last_updated_at INTEGER NOT NULL, -- when the row was written
    -- What merging goes by: where the newest score, comments and text come from, and when the post existed at the latest.
    score_at INTEGER,
    comments_at INTEGER,
    text_at INTEGER,
    text_rank INTEGER NOT NULL,
    text_hash INTEGER,
    born_at INTEGER,
    id_number INTEGER, -- of a post whose ts is NULL, where ids are numbers that rise with time
    UNIQUE (platform, source_id)
) STRICT;
CREATE INDEX signals_new ON signals (platform, event_at);
CREATE INDEX signals_hot ON signals (platform, hotness) WHERE hotness IS NOT NULL;
CREATE INDEX signals_updated ON signals (last_updated_at); -- what is new: the time rises with every transaction
CREATE INDEX signals_gone ON signals (platform, event_at) WHERE deleted_at IS NOT NULL; -- few: costs next to nothing

-- Every look at a post, once.
CREATE TABLE signal_metrics_history (
    platform TEXT NOT NULL,
    source_id TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    score REAL,
    comments REAL,
    velocity REAL,         -- against the latest earlier look with a score
    comment_velocity REAL,
    trending_score REAL,
    ranks INTEGER NOT NULL, -- which kind of look gave score and comments, should two be of the same moment
    PRIMARY KEY (platform, source_id, observed_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX signal_metrics_history_observed ON signal_metrics_history (platform, observed_at);

-- Full text of signals. Triggers keep it in step with changes and deletes. New rows are added by the program, once for each
-- transaction: a trigger would have the index flushed at every row, which costs four times as much. After rows were
-- added by hand: INSERT INTO signals_text (signals_text) VALUES ('rebuild').
CREATE VIRTUAL TABLE signals_text USING fts5 (title, body, topics, content = 'signals', content_rowid = 'id');
INSERT INTO signals_text (signals_text, rank) VALUES ('automerge', 16), ('crisismerge', 64); -- a third less work
CREATE TRIGGER signals_text_delete AFTER DELETE ON signals BEGIN
    INSERT INTO signals_text (signals_text, rowid, title, body, topics)
    VALUES ('delete', old.id, old.title, old.body, old.topics);
END;
CREATE TRIGGER signals_text_update AFTER UPDATE OF title, body, topics ON signals BEGIN
    INSERT INTO signals_text (signals_text, rowid, title, body, topics)
    VALUES ('delete', old.id, old.title, old.body, old.topics);
    INSERT INTO signals_text (rowid, title, body, topics) VALUES (new.id, new.title, new.body, new.topics);
END;

-- Where ids rise with time and a post does not say when it was made, a higher id seen bounds it: numbers and times rise.
CREATE TABLE births (
    platform TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (platform, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX signals_unborn ON signals (platform, id_number) WHERE id_number IS NOT NULL;

-- What sf-aggregate makes of the rows above: docs/aggregate.md.
CREATE TABLE topic_timeseries (
    bucket INTEGER NOT NULL, -- start of the 15 minutes
    topic TEXT NOT NULL,
    platform TEXT NOT NULL,
    count INTEGER NOT NULL,
    authors INTEGER NOT NULL,
    active INTEGER NOT NULL,
    avg_score REAL,
    avg_sentiment REAL,
    n_scored INTEGER NOT NULL,
    avg_velocity REAL,
    score_gain REAL,
    first_at INTEGER, -- when the first of `count` was created
    PRIMARY KEY (bucket, topic, platform)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_timeseries_topic ON topic_timeseries (topic, bucket, platform, count, authors, first_at);

-- What all topics of a window come to: sums of topic_timeseries, of which a topic's share is taken.
CREATE TABLE topic_totals (
    bucket INTEGER NOT NULL,
    platform TEXT NOT NULL,
    count INTEGER NOT NULL,
    authors INTEGER NOT NULL,
    PRIMARY KEY (bucket, platform)
) STRICT, WITHOUT ROWID;

CREATE TABLE cross_platform_events (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    platforms TEXT NOT NULL, -- JSON
    leader TEXT NOT NULL,
    lead_seconds REAL NOT NULL,
    delta_score REAL,
    support INTEGER NOT NULL,
    p_value REAL,
    significant INTEGER, -- 1, 0; NULL: less than a week of past
    ts INTEGER NOT NULL, -- when the second platform had it
    UNIQUE (topic, bucket)
) STRICT;
CREATE INDEX cross_platform_events_bucket ON cross_platform_events (bucket);

-- Windows that writers touched; the aggregator removes what it has done, by id.
CREATE TABLE dirty_buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket INTEGER NOT NULL
) STRICT;

-- What is rising against its usual, as of the last cycle: docs/aggregate.md.
CREATE TABLE topic_trends (
    topic TEXT PRIMARY KEY,
    as_of INTEGER NOT NULL,
    now REAL NOT NULL,
    authors INTEGER NOT NULL,
    share REAL NOT NULL,
    baseline REAL,
    ratio REAL,
    z REAL,
    first_seen INTEGER NOT NULL,
    new INTEGER NOT NULL,
    place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How well each source was watched: "no data" is not "zero".
CREATE TABLE coverage (
    source TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    observed_seconds REAL NOT NULL,
    failures INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    PRIMARY KEY (source, bucket)
) STRICT, WITHOUT ROWID;

-- How far streams have been read into this store, in the same transaction as their rows.
CREATE TABLE source_offsets (
    consumer TEXT NOT NULL, -- the group
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
) STRICT, WITHOUT ROWID;

-- Reported figures, e.g. 'watermark': last_updated_at up to which windows are done.
CREATE TABLE store_state (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- For readers of the first system's tables: what sf-process --legacy makes of Reddit's raw records. Texts and numbers each
-- come from the newest observation that had them; a post that was deleted has no text, and none comes back.
CREATE TABLE reddit_posts (
    id TEXT PRIMARY KEY,
    subreddit TEXT,
    title TEXT NOT NULL,
    author TEXT,
    url TEXT,
    score REAL,
    num_comments REAL,
    created_at INTEGER,
    observed_at INTEGER NOT NULL,
    deleted_at INTEGER,
    text_at INTEGER,     -- the observation that title, author, url, subreddit are from
    score_at INTEGER,    -- likewise of score
    comments_at INTEGER, -- and of num_comments
    last_updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reddit_nlp_features (
    post_id TEXT PRIMARY KEY,
    sentiment_compound REAL, -- of the title
    keywords TEXT,           -- of the title, JSON
    observed_at INTEGER NOT NULL, -- text_at of the post
    last_updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW trending_topics_24h AS
SELECT topic, sum(count) AS count, sum(active) AS active, count(DISTINCT platform) AS platforms,
       sum(avg_velocity * active) / nullif(sum(CASE WHEN avg_velocity IS NOT NULL THEN active END), 0) AS avg_velocity,
       sum(avg_sentiment * n_scored) / nullif(sum(n_scored), 0) AS avg_sentiment, sum(n_scored) AS n_scored,
       sum(score_gain) AS score_gain, min(bucket) AS first_bucket, max(bucket) AS last_bucket
FROM topic_timeseries
WHERE bucket > (unixepoch() - 86400) * 1000
GROUP BY +topic -- by the windows: the index by topic would have all of them read
ORDER BY score_gain DESC, count DESC, topic;

CREATE VIEW topic_leaderboard_2h AS
SELECT platform, topic, count, active, score_gain, place
FROM (SELECT platform, topic, sum(count) AS count, sum(active) AS active, sum(score_gain) AS score_gain,
             row_number() OVER (PARTITION BY platform ORDER BY sum(count) DESC, sum(score_gain) DESC, topic) AS place
      FROM topic_timeseries
      WHERE bucket > (unixepoch() - 7200) * 1000
      GROUP BY platform, topic)
WHERE place <= 10
ORDER BY platform, place;

INSERT INTO schema_version VALUES (1, 'store', unixepoch() * 1000);
COMMIT;
