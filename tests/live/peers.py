#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The simulator is faithful: PRAW, atproto and google-api-python-client read it as they read the platforms, without complaint.

    peers.py              makes an environment with the three (skipped where they cannot be had), and runs itself in it
    peers.py --inside PYTHON...
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import HOUR, ROOT, Live, check  # noqa: E402

sys.path.insert(0, str(ROOT / "tests/fake"))
PEERS = ("praw==8.0.3", "atproto==0.0.73", "google-api-python-client==2.202.0")


def read_reddit(live):
    import praw
    import reddit as fake
    client = praw.Reddit(client_id=fake.CLIENT, client_secret=fake.SECRET, user_agent="linux:tests:v1 (by /u/someone)",
                         reddit_url=live.url("reddit"), oauth_url=live.url("reddit/"), check_for_updates=False)
    new = list(client.subreddit("+".join(fake.SUBREDDITS)).new(limit=250))
    check(len(new) == 250 and len({p.fullname for p in new}) == 250, f"{len(new)} posts")
    again = list(client.info(fullnames=[p.fullname for p in new]))
    check([(p.fullname, p.score, p.num_comments) for p in again] == [(p.fullname, p.score, p.num_comments) for p in new],
          "info says otherwise")
    check(client.auth.limits["remaining"] > 900, f"{client.auth.limits}")
    return f"PRAW: {len(new)} posts"


def read_bluesky(live):
    import atproto
    client = atproto.Client(base_url=live.url("bluesky"))
    found = client.app.bsky.feed.search_posts({"q": "a", "limit": 100})
    check(len(found.posts) == 100 and found.cursor, f"{len(found.posts)} posts")
    posts = client.app.bsky.feed.get_posts({"uris": [p.uri for p in found.posts[:25]]})
    check([p.like_count for p in posts.posts] == [p.like_count for p in found.posts[:25]], "getPosts says otherwise")
    check(posts.posts[0].record.text, "no text")
    return f"atproto: {len(found.posts)} posts"


def read_youtube(live):
    import googleapiclient.discovery
    import googleapiclient.errors
    import youtube as fake
    client = googleapiclient.discovery.build("youtube", "v3", developerKey=fake.KEY, static_discovery=True,
                                             client_options={"api_endpoint": live.url("youtube")})
    videos = client.videos().list(part="snippet,statistics", chart="mostPopular", maxResults=50).execute()
    check(len(videos["items"]) == 50 and "nextPageToken" in videos, f"{len(videos['items'])} videos")
    more = client.videos().list_next(client.videos().list(part="snippet,statistics", chart="mostPopular", maxResults=50), videos)
    check(len(more.execute()["items"]) > 10, "no second page")
    said = set()
    for video in videos["items"]:
        try:
            answer = client.commentThreads().list(part="snippet", videoId=video["id"], maxResults=5).execute()
            said.add(len(answer["items"]) > 0)
        except googleapiclient.errors.HttpError as e:
            check(e.resp.status == 403 and "commentsDisabled" in str(e), str(e))
            said.add("disabled")
    check(True in said and "disabled" in said, f"{said}")
    return f"google-api-python-client: {len(videos['items'])} videos"


def main():
    if sys.argv[1:2] != ["--inside"]:
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run([sys.executable, "-m", "venv", folder]).returncode == 0 and subprocess.run(
                [f"{folder}/bin/pip", "install", "--quiet", "--timeout", "15", "--retries", "1", *PEERS]).returncode == 0
            if not made:
                print("skipped: the peers' packages cannot be had")
                sys.exit(77)
            sys.exit(subprocess.run([f"{folder}/bin/python", __file__, "--inside"]).returncode)
    with tempfile.TemporaryDirectory() as folder, Live("", folder, "--sample", "--crowd", "900", "--gone", "0.3") as live:
        live.control("clock", {"advance": 30 * HOUR})
        for read in (read_reddit, read_bluesky, read_youtube):
            print(read(live), flush=True)


if __name__ == "__main__":
    main()
