# SPDX-License-Identifier: MIT
"""asyncpraw looks at posts' numbers again and again, 100 a request, and writes a line for each.

    reddit_reference.py URL LOOKS OUT < fullnames
"""
import asyncio
import json
import resource
import sys

import asyncpraw

sys.path.insert(0, __file__.rpartition("/bench/")[0] + "/tests/fake")
import reddit as fake  # noqa: E402


async def read(url, looks, out):
    names, n = sys.stdin.read().split(), 0
    async with asyncpraw.Reddit(client_id=fake.CLIENT, client_secret=fake.SECRET, user_agent="linux:tests:v1 (by /u/someone)",
                                reddit_url=url, oauth_url=url + "/", check_for_updates=False) as client:
        while n < looks:
            async for p in client.info(fullnames=names):
                out.write(json.dumps({"platform": "reddit", "source_id": p.fullname, "raw_score": p.score, "comments": p.num_comments,
                                      "ts": p.created_utc}) + "\n")
                n += 1
                if n >= looks:
                    break
    return n


def main():
    with open(sys.argv[3], "w") as out:
        n = asyncio.run(read(sys.argv[1], int(sys.argv[2]), out))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(n, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
