# SPDX-License-Identifier: MIT
"""Recorded answers of a platform's API, each with its status and headers, to whoever names one: a subreddit, a query, a region, an endpoint
that is called caseN gets answer N; a recorded stream is streamed. Tokens are given out as ever."""
import json
import pathlib
import re

import websocket
from server import Response

KEPT = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-remaining", "ratelimit-reset", "www-authenticate")


class Canned:
    def __init__(self, folder):
        self.name = "canned-" + pathlib.Path(folder).name
        self.cases = []
        for line in (pathlib.Path(folder) / "manifest.ndjson").read_text().splitlines():
            entry = json.loads(line)
            headers = {k: v for k, v in entry["headers"].items() if k in KEPT}
            body = (pathlib.Path(folder) / entry["file"]).read_bytes()
            self.cases.append((entry["file"], entry["status"], headers, body))

    def truth(self):
        return [{"id": f"case{i}", "file": file, "status": status} for i, (file, status, _, _) in enumerate(self.cases)]

    def case(self, request):
        found = re.search(r"case(\d+)\b", request.whole)
        return self.cases[int(found[1])] if found else None

    def respond(self, request):
        if "access_token" in request.path:
            return Response(b'{"access_token": "t", "token_type": "bearer", "expires_in": 86400}')
        case = self.case(request)
        if not case:
            return Response(b'{"kind": "Listing", "data": {"children": [], "after": null}}')
        file, status, headers, body = case
        item = re.match(r"item_(\d+)", file)
        if item and "/item/" not in request.path:  # of Hacker News: a list names it
            body = b"[%s]" % item[1].encode()
        elif not item and "/item/" in request.path:
            body = b"null"
        return Response(body, max(status or 200, 200), headers, "text/html" if file.endswith("html") else "application/json")

    def subscribe(self, connection, request, clock):
        """Streams a case, one line a frame."""
        for line in self.case(request)[3].splitlines():
            connection.late_frames.append(websocket.frame(line))
        return {"Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Accept": websocket.proof(request.headers["sec-websocket-key"])}

    def unsubscribe(self, connection):
        pass
