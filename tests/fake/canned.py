# SPDX-License-Identifier: MIT
"""Recorded answers of a platform's API, each with its status and headers, to whoever names one: a subreddit, a query, a region that is
called caseN gets answer N. Tokens are given out as ever."""
import json
import pathlib
import re

from server import Response

KEPT = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-remaining", "ratelimit-reset", "www-authenticate")


class Canned:
    def __init__(self, folder):
        self.name = "canned-" + pathlib.Path(folder).name
        self.cases = []
        for line in (pathlib.Path(folder) / "manifest.ndjson").read_text().splitlines():
            entry = json.loads(line)
            if entry["file"].endswith(".ndjson"):
                continue  # the stream's
            headers = {k: v for k, v in entry["headers"].items() if k in KEPT}
            body = (pathlib.Path(folder) / entry["file"]).read_bytes()
            self.cases.append((entry["file"], entry["status"], headers, body))

    def truth(self):
        return [{"id": f"case{i}", "file": file, "status": status} for i, (file, status, _, _) in enumerate(self.cases)]

    def respond(self, request):
        if "access_token" in request.path:
            return Response(b'{"access_token": "t", "token_type": "bearer", "expires_in": 86400}')
        found = re.search(r"case(\d+)\b", request.whole)
        if not found:
            return Response(b'{"kind": "Listing", "data": {"children": [], "after": null}}')
        file, status, headers, body = self.cases[int(found[1])]
        if status < 200:
            status = 200
        return Response(body, status, headers, "text/html" if file.endswith("html") else "application/json")
