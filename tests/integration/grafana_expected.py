# SPDX-License-Identifier: MIT
"""What the dashboard's panels must show, worked out in plain Python from the rows of the tables."""
import collections
import datetime
import json

QUARTER = datetime.timedelta(minutes=15)


def window(at):
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def counts(signals):
    """Posts by (window, topic, platform), from the posts themselves; and the windows in which any topic was counted."""
    found = collections.Counter()
    for s in signals:
        for topic in s["topics"] or []:
            if s["deleted_at"] is None and s["kind"] in ("post", "comment"):
                found[window(s["event_at"]), topic, s["platform"]] += 1
    return found


def traction(signals, series, platforms, since, until):
    """Panel 1. Which topics and how many of each come from the posts; which windows were seen, from the series, as refreshes count too."""
    inside = {k: n for k, n in counts(signals).items() if since <= k[0] <= until and k[2] in platforms}
    by_topic = collections.Counter()
    for (_, topic, _), n in inside.items():
        by_topic[topic] += n
    top = sorted(by_topic, key=lambda t: (-by_topic[t], t.encode()))[:8]
    seen = sorted({s["bucket"] for s in series if since <= s["bucket"] <= until and s["platform"] in platforms})
    return [(b, t, float(sum(inside.get((b, t, p), 0) for p in platforms))) for b in seen for t in sorted(top, key=str.encode)]


def leads(events, platforms, since, until):
    """Panel 2."""
    inside = [e for e in events if since <= e["bucket"] <= until]
    support, sure = collections.Counter(), {}
    for e in inside:
        support[e["topic"]] += e["support"]
        known = [x for x in (sure.get(e["topic"]), e["significant"]) if x is not None]
        sure[e["topic"]] = any(known) if known else None
    def order(topic):
        return ({True: 0, False: 1, None: 2}[sure[topic]], -support[topic], topic.encode())
    rows = []
    for topic in sorted(support, key=order)[:15]:
        for leader in sorted({e["leader"] for e in inside if e["topic"] == topic and e["leader"] in platforms}):
            known = [e["delta_score"] for e in inside if e["topic"] == topic and e["leader"] == leader and e["delta_score"] is not None]
            rows.append((topic + (" *" if sure[topic] else ""), leader, sum(known) / len(known) if known else None))
    return rows


def mean(pairs):
    """Of (value, weight) pairs; None where nothing weighs."""
    known = [(v, w) for v, w in pairs if v is not None]
    weight = sum(w for _, w in known)
    return sum(v * w for v, w in known) / weight if weight else None


def trending(trends, series, now):
    """Panel 3."""
    rows = []
    def order(t):
        return t["place"] == 0, t["place"], t["z"] is None, -(t["z"] or 0), -t["share"], t["topic"].encode()
    for t in sorted(trends, key=order)[:15]:
        day = [s for s in series if s["topic"] == t["topic"] and s["bucket"] > now - datetime.timedelta(hours=24)]
        gains = [s["score_gain"] for s in day if s["score_gain"] is not None]
        rows.append((t["topic"], t["place"] > 0, t["now"], t["authors"], t["ratio"], t["z"], t["new"], mean((s["avg_velocity"], s["active"]) for s in day),
                     sum(gains) if gains else None, mean((s["avg_sentiment"], s["n_scored"]) for s in day), sum(s["n_scored"] for s in day)))
    return rows


def leaders(series, platforms, now):
    """Panel 4."""
    found = collections.defaultdict(lambda: [0, None])
    for s in series:
        if s["bucket"] > now - datetime.timedelta(hours=2) and s["platform"] in platforms:
            row = found[s["platform"], s["topic"]]
            row[0] += s["count"]
            if s["score_gain"] is not None:
                row[1] = (row[1] or 0) + s["score_gain"]
    rows = []
    for platform in sorted(platforms):
        mine = sorted(((n, gain, topic) for (p, topic), (n, gain) in found.items() if p == platform),
                      key=lambda r: (-r[0], r[1] is None, -(r[1] or 0), r[2].encode()))
        rows += [(f"{platform}: {topic}", n) for n, _, topic in mine[:5]]
    return rows


def parsed(rows):
    """Lists are text in the tables."""
    for row in rows:
        if isinstance(row.get("topics"), str):
            row["topics"] = json.loads(row["topics"])
    return rows
