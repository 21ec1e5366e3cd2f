# SPDX-License-Identifier: MIT
"""A plain client of Jetstream, as one writes it in Python: websockets and json, a line for each new post, likes and reposts of posts counted.

    jetstream_reference.py URL EVENTS OUT
"""
import asyncio
import json
import resource
import sys

import websockets


async def read(url, events, out):
    likes, n = {}, 0
    async with websockets.connect(url, max_size=None, compression=None, close_timeout=0.1) as stream:
        async for message in stream:
            e = json.loads(message)
            n += 1
            c = e.get("commit")
            if c and c["operation"] == "create":
                record = c["record"]
                if c["collection"] == "app.bsky.feed.post":
                    uri = f"at://{e['did']}/app.bsky.feed.post/{c['rkey']}"
                    likes.setdefault(uri, 0)
                    out.write(json.dumps({"platform": "bluesky", "source_id": uri, "body": record["text"], "author": e["did"],
                                          "ts": record["createdAt"], "lang": (record.get("langs") or [None])[0]}) + "\n")
                elif record["subject"]["uri"] in likes:
                    likes[record["subject"]["uri"]] += 1
            if n >= events:
                break
    return n


def main():
    with open(sys.argv[3], "w") as out:
        n = asyncio.run(read(sys.argv[1], int(sys.argv[2]), out))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(n, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
