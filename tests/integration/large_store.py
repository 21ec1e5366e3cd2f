# SPDX-License-Identifier: MIT
"""A large store in PostgreSQL, made by the server itself: posts of four platforms, evenly over the days before `until`, each looked at
`looks` times, with the velocities that the program would have worked out; topics and authors of which few are frequent. Marks for sf-aggregate are left for
all windows."""
import time

POSTS = """
INSERT INTO signals (platform, source_id, kind, channel, title, body, author, url, lang, labels, raw_score, comments, ts, observed_at,
    first_seen_at, event_at, sentiment_neg, sentiment_neu, sentiment_pos, sentiment_compound, sentiment_cover, topics, primary_topic, entities,
    keywords, velocity, comment_velocity, normalised_score, trending_score, hotness, rising, analysis, last_updated_at, score_at, comments_at,
    text_at, text_rank, text_hash, born_at)
SELECT platform, 's' || i, CASE platform WHEN 'youtube' THEN 'comment' ELSE 'post' END, 'channel' || i %% 50,
    'Story ' || i || ' about ' || t1 || ' and ' || t2, 'word' || i %% 997 || ' of ' || 'word' || i %% 9973, 'user' || floor(power(200000, r3))::integer,
    'https://example.org/' || i, 'en', '[]', score, score / 7, at, seen, at + interval '1 minute', at, 0.1, 0.7, 0.2, round((2 * r4 - 1)::numeric, 4),
    0.9, json_build_array(t1, t2), t1, '[]', '["story"]', r1, r1 / 7, r2, r5, sf_hotness(r5, seen), r5 > 0.97, 'test', seen, seen, seen, seen, 2, i,
    at
FROM (SELECT i, %(origin)s::timestamptz - %(days)s * interval '1 day' * (1 - i / %(posts)s::double precision) - interval '2 minutes' AS at,
             (ARRAY['reddit','bluesky','reddit','bluesky','youtube','reddit','bluesky','hackernews','reddit','bluesky'])[1 + i %% 10] AS platform,
             'topic' || floor(power(5000, random()))::integer AS t1, 'theme' || floor(power(5000, random()))::integer AS t2,
             floor(power(5000, random())) AS score, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5
      FROM generate_series(%(from)s, %(to)s) i) made
CROSS JOIN LATERAL (SELECT least(at + (%(looks)s - 1) * interval '20 minutes' + interval '1 minute', %(until)s::timestamptz) AS seen) s
"""
LOOKS = """
INSERT INTO signal_metrics_history (platform, source_id, observed_at, score, comments, velocity, comment_velocity, trending_score, ranks)
SELECT platform, source_id, at, score, comments, (score - was) / nullif(extract(epoch FROM at - before), 0)::double precision,
    CASE WHEN k > 0 THEN 0 / nullif(extract(epoch FROM at - before), 0)::double precision END, trending_score, 0
FROM signals CROSS JOIN generate_series(0, %(looks)s - 1) k
CROSS JOIN LATERAL (SELECT floor(raw_score * (k + 1) / %(looks)s) AS score, CASE WHEN k > 0 THEN floor(raw_score * k / %(looks)s) END AS was,
    least(event_at + k * interval '20 minutes' + interval '1 minute', %(until)s::timestamptz) AS at,
    event_at + (k - 1) * interval '20 minutes' + interval '1 minute' AS before) look
WHERE id > %(before)s
ON CONFLICT DO NOTHING
"""
TEXTS = """
INSERT INTO signals_text SELECT id, to_tsvector('simple', title || ' ' || body) || array_to_tsvector(ARRAY['=' || (topics->>0), '=' || (topics->>1)])
FROM signals WHERE id > %(before)s
"""
MARKS = """
INSERT INTO dirty_buckets (bucket) SELECT DISTINCT date_bin('15 minutes', t, '2000-01-01 00:00Z')
FROM (SELECT event_at AS t FROM signals UNION ALL SELECT observed_at FROM signal_metrics_history) x
"""
NEW_MARKS = """
INSERT INTO dirty_buckets (bucket) SELECT DISTINCT date_bin('15 minutes', t, '2000-01-01 00:00Z')
FROM signals CROSS JOIN LATERAL (VALUES (event_at), (first_seen_at)) x(t) WHERE id > %(before)s
"""


def stamp(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


class Store:
    """A connection of tables.connect() to a store that was migrated; `origin`, in seconds since 1970, is when it is filled to."""

    def __init__(self, db, posts, days=30, looks=3, origin=None):
        self.db, self.n, self.origin = db, 0, origin or time.time()
        self.values = {"posts": posts, "days": days, "looks": looks, "origin": stamp(self.origin)}

    def add(self, n, until, statements):
        before = self.db.execute("SELECT coalesce(max(id), 0) FROM signals").fetchone()[0]
        values = {**self.values, "until": stamp(until), "from": self.n + 1, "to": self.n + n, "before": before}
        self.db.execute("BEGIN")
        for statement in statements:
            self.db.execute(statement, values)
        self.db.execute("COMMIT")
        self.n += n

    def fill(self, piece=100_000):
        self.db.execute("SELECT setseed(0.5)")
        while self.n < self.values["posts"]:
            self.add(min(piece, self.values["posts"] - self.n), self.origin, (POSTS, LOOKS, TEXTS))
        self.db.execute(MARKS)
        for table in "signals", "signals_text", "signal_metrics_history", "dirty_buckets":
            self.db.execute(f"VACUUM ANALYZE {table}")

    def pass_time(self, seconds):
        """What is posted in the time after that, at the same pace, each seen once. Returns how many."""
        self.values["looks"] = 1
        n = round(self.values["posts"] * seconds / self.values["days"] / 86400)
        until = self.origin + (self.n + n - self.values["posts"]) * self.values["days"] * 86400 / self.values["posts"]
        self.add(n, until, (POSTS, LOOKS, TEXTS, NEW_MARKS))
        return n


def fill(db, posts, **more):
    Store(db, posts, **more).fill()
