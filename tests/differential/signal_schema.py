# SPDX-License-Identifier: MIT
"""Holds what the library reads and writes against docs/signal.schema.json:  signal_schema.py PROGRAM SCHEMA SIGNALS

Each line of SIGNALS is valid, is read, and is written as the same bytes. Then every member is replaced by values of all
types: what the schema takes the library must read, and what the library writes of it must be valid again.
Exits 77 (skipped) where Python has no jsonschema.
"""
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: Python has no module jsonschema")
    sys.exit(77)

# What the schema cannot say: an offset must lie in the text and not before the start, days must exist.
BEYOND = ("one ends behind the text", "one ends before it starts", "expected a time such as")
VALUES = [None, True, False, 0, 1, 2, -1, 0.5, 1.5, -0.0, 1e300, "", "x", "reddit", "post", "2026-01-02T03:04:05.000Z"]
VALUES += ["2026-99-02T03:04:05.000Z", "x" * 600, [], [1], ["x"], ["x"] * 5, {}, {"neg": 0}, [{}], [None]]
VALUES += [{"neg": 0, "neu": 0, "pos": 1, "compound": -1}, {"neg": 0, "neu": 0, "pos": 1, "compound": -2}]
VALUES += [[{"text": "x", "label": "ORG", "start": 0, "end": 0, "id": "x"}]]
VALUES += [[{"text": "x", "label": "ORG", "start": -1, "end": 0, "id": "x"}]]


def variants(signal):
    for member in signal:
        yield {k: v for k, v in signal.items() if k != member}
        for value in VALUES:
            yield {**signal, member: value}


def main():
    program, schema_file, signals_file = sys.argv[1:]
    with open(schema_file, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(signals_file, encoding="utf-8") as f:
        lines = f.read().splitlines()
    originals = [json.loads(line) for line in lines]
    inputs = originals + [v for signal in originals for v in variants(signal)]
    # Ours escapes only what must be: so does ensure_ascii=False but for the spelling of -0.0 and 1e300.
    feed = "".join(json.dumps(i, ensure_ascii=False, separators=(",", ":")) + "\n" for i in inputs)
    answers = subprocess.run([program], input=feed.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
    answers = answers.split("\n")[:-1]
    faults = []
    if len(answers) != len(inputs):
        faults.append(f"{len(answers)} answers to {len(inputs)} lines")
    for line, answer in zip(lines, answers):
        if answer != line:
            faults.append(f"read   {line}\nwritten {answer}")
    for signal, answer in zip(inputs, answers):
        valid = validator.is_valid(signal)
        if answer.startswith("!"):
            if valid and not any(b in answer for b in BEYOND):
                faults.append(f"refused ({answer[1:]}) though valid: {signal}")
        elif not validator.is_valid(json.loads(answer)):
            # A share beyond [0,1] is carried on, not made up; the library does not check what analysis added.
            if all("is greater than the maximum" in e.message or "is less than the minimum" in e.message
                   for e in validator.iter_errors(json.loads(answer))):
                continue
            faults.append(f"written though not valid: {answer}")
    for fault in faults[:10]:
        print(fault)
    print(f"{len(inputs)} signals, {sum(a.startswith('!') for a in answers)} refused, {len(faults)} faults")
    sys.exit(len(faults) > 0)


main()
