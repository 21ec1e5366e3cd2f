# SPDX-License-Identifier: MIT
"""Recorded answers of a platform's API, as they were, under /recorded/v0/: what was not recorded is null."""
import json
import pathlib


class Recorded:
    name = "recorded"

    def __init__(self, folder):
        self.answers = {}
        for line in (pathlib.Path(folder) / "manifest.ndjson").read_text().splitlines():
            entry = json.loads(line)
            if "/v0/" in entry["url"] and not entry["file"].startswith("truncated"):
                body = (pathlib.Path(folder) / entry["file"]).read_bytes()
                self.answers[entry["url"].split("/v0/")[1].split("?")[0]] = body

    def truth(self):
        return sorted(self.answers)

    def answer(self, path, now):
        return self.answers.get(path, b"null")

    wrong = answer

    def note(self, path, now, body):
        return {}
