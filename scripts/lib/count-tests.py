#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the outcomes in a meson testlog.json: prints "PASSED FAILED SKIPPED". No test at all counts as a failure."""
import json
import sys

passed = failed = skipped = 0
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        result = json.loads(line)["result"]
        if result in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif result in ("SKIP", "IGNORED"):
            skipped += 1
        else:
            failed += 1
if passed + failed + skipped == 0:
    failed = 1
print(passed, failed, skipped)
