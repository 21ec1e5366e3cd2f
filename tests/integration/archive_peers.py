#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What others make of sf-archive's files: pyarrow and duckdb read the same values that went in; and servers that speak S3 take its
requests: moto with authentication on (with a bucket's rules), versitygw (strict about signatures). A wrong secret is refused, an upload
in parts is whole or not there, replay reads all of it back.

    archive_peers.py moto|versitygw FOLDER SF_INGEST SF_PROCESS SF_ARCHIVE

FOLDER keeps the packages, which come from PyPI and, for versitygw, from the Go proxy."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = "pyarrow==26.0.1", "duckdb==2.0.1", "moto[server]==5.2.5", "boto3"
GATEWAY = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
REGION = "eu-north-1"
DAY_MS = 86_400_000
ENCODINGS = {"title": "DELTA_LENGTH_BYTE_ARRAY", "ts": "DELTA_BINARY_PACKED", "raw_score": "RLE_DICTIONARY", "kind": "RLE_DICTIONARY",
             "entities.list.element.start": "DELTA_BINARY_PACKED"}


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


def skip(what):
    print(f"{what}: skipped")
    sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)


# ---- getting the peers ----


def python_in(folder):
    python = folder / "venv/bin/python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder / "venv", ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=False).returncode == 0 and subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--timeout", "15", "--retries", "1", *PACKAGES], check=False).returncode == 0
        if not made:
            skip("pyarrow, duckdb and moto cannot be had")
        (folder / "complete").touch()
    return python


def gateway_in(folder):
    program = folder / "go/bin/versitygw"
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not program.exists() and go:
        subprocess.run([go, "install", GATEWAY], env={**os.environ, "GOPATH": str(folder / "go"), "GOFLAGS": "-modcacherw"},
                       check=False)
    if not program.exists():
        skip("versitygw cannot be had")
    return program


# ---- files ----


def samples(run, folder):
    """Writes rich.ndjson: the sample posts, analysed, each several times, over two days."""
    out, n = [], 0
    for line in run("sf-ingest", f"replay:{ROOT / 'data/sample/posts.ndjson'}").splitlines():
        for copy in range(60):
            s = json.loads(line)
            s["source_id"] += f"-{copy}"
            s["observed_at"] = f"2026-01-0{1 + n % 2}T00:00:00.{n % 1000:03}Z"
            n += 1
            out.append(json.dumps(s, ensure_ascii=False))
    path = folder / "plain.ndjson"
    path.write_text("\n".join(out) + "\n", encoding="utf-8")
    (folder / "rich.ndjson").write_bytes(run("sf-process", stdin=path))


def flat(row):
    """A signal as the archive's columns have it."""
    s = dict(row)
    scores = s.pop("sentiment", None)
    for name in "neg", "neu", "pos", "compound":
        s[f"sentiment_{name}"] = scores[name] if scores else None
    s.pop("v")
    return s


def same(column, want, got):
    if column in ("ts", "observed_at") and got is not None:
        got = got.strftime("%Y-%m-%dT%H:%M:%S.") + f"{got.microsecond // 1000:03}Z"
    return want == got or (want in ("", []) and got is None) or (got == [] and want is None)


def compare(rows, by_id, who):
    origin = {"arrived_at", "topic", "partition", "offset", "dt"}
    check(len(rows) == len(by_id), who, len(rows), len(by_id))
    for got in rows:
        want = flat(by_id[got["source_id"]])
        check(set(want) <= set(got), who, set(want) - set(got))
        for column, value in got.items():
            check(column in origin or same(column, want.get(column), value), who, column, repr(want.get(column)), repr(value))


def read_as_others_do(run, folder):
    import duckdb
    import pyarrow.dataset
    import pyarrow.parquet
    duckdb.sql("SET TimeZone = 'UTC'")
    rich = folder / "rich.ndjson"
    page = (ROOT / "docs/archive.md").read_text("utf-8")
    (shown,) = re.findall(r"^    (SELECT .*read_parquet.*)$", page, flags=re.M)
    (python_shown,) = re.findall(r"^    (import pyarrow.*\n(?:    .+\n)+)", page, flags=re.M)
    python_shown = python_shown.replace("\n    ", "\n")
    by_id = {r["source_id"]: r for r in map(json.loads, rich.read_text(encoding="utf-8").splitlines())}
    for codec in "zstd", "snappy", "none":
        to = folder / codec
        run("sf-archive", "--to", to, "--codec", codec, stdin=rich)
        files = sorted(to.rglob("*.parquet"))
        rows, encodings = [], set()
        for path in files:
            f = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
            rows += f.read().to_pylist()
            group = f.metadata.row_group(0)
            column = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
            encodings |= {(name, e) for name in ENCODINGS for e in column[name].encodings}
            ranged = column["observed_at"].statistics
            check(ranged.has_min_max and ranged.min <= ranged.max and column["platform"].statistics.min in str(path), codec)
            check(column["title"].compression == {"zstd": "ZSTD", "snappy": "SNAPPY", "none": "UNCOMPRESSED"}[codec], codec)
        compare(rows, by_id, f"pyarrow, {codec}")
        check(set(ENCODINGS.items()) <= encodings, codec, encodings)
        check(pyarrow.dataset.dataset(to, partitioning="hive").count_rows() == len(by_id), "pyarrow's dataset")
        table = duckdb.sql(f"SELECT * FROM read_parquet('{to}/**/*.parquet')").fetchall()
        names = duckdb.sql(f"SELECT * FROM read_parquet('{to}/**/*.parquet') LIMIT 0").columns
        compare([dict(zip(names, row)) for row in table], by_id, f"duckdb, {codec}")
        day = duckdb.sql(shown.replace("archive/", f"{to}/")).fetchall()
        check(sum(n for _, n in day) == len(by_id) // 2, "duckdb by day, as the page shows it", day)
        names = {}
        exec(python_shown.replace('"archive"', repr(str(to))), names)
        check(names["day"].num_rows == len(by_id) // 2, "pyarrow by day, as the page shows it", names["day"].num_rows)
    print(f"pyarrow and duckdb: {len(by_id)} rows, three codecs")


# ---- buckets ----


@contextlib.contextmanager
def server(command, log):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with open(log, "wb") as out:
        p = subprocess.Popen([str(c).replace("PORT", str(port)) for c in command], stdout=out, stderr=out)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        p.terminate()
        p.wait()


def client(service, endpoint, key, secret):
    import boto3
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret)


def moto_account(endpoint):
    """A user who may do everything; from then on moto checks signatures."""
    iam = client("iam", endpoint, "a", "b")
    iam.create_user(UserName="u")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName="u")["AccessKey"]
    urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0",
                                                  headers={"Content-Type": "text/plain"})).read()
    return made["AccessKeyId"], made["SecretAccessKey"]


def incompressible(rich, folder):
    """Enough for an upload in parts: 12 MB that no codec makes less."""
    path = folder / "large.ndjson"
    with open(path, "w", encoding="utf-8") as out:
        for i, line in enumerate(rich.read_text(encoding="utf-8").splitlines()[:120]):
            s = json.loads(line)
            out.write(json.dumps({**s, "platform": "reddit", "source_id": f"l{i}", "body": os.urandom(50_000).hex(),
                                  "observed_at": "2026-01-03T00:00:00.000Z"}) + "\n")
    return path


def use_bucket(run, folder, endpoint, key, secret, rules):
    env = {"SF_S3_KEY": key, "SF_S3_SECRET": secret}
    url = f"s3://sf-bucket/some/archive?region={REGION}&endpoint={endpoint}&part=5242880"
    rich = folder / "rich.ndjson"
    s3 = client("s3", endpoint, key, secret)
    for _ in range(2):
        run("sf-archive", "--setup-bucket", "--to", url, env=env, code=0 if rules else 1)
    if rules:
        rule = s3.get_bucket_lifecycle_configuration(Bucket="sf-bucket")["Rules"][0]
        check(rule["Expiration"]["Days"] == 90 and rule["Status"] == "Enabled", rule)
        check(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1, rule)
        s3.create_bucket(Bucket="others-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
        theirs = {"Rules": [{"ID": "theirs", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 7}}]}
        s3.put_bucket_lifecycle_configuration(Bucket="others-bucket", LifecycleConfiguration=theirs)
        said = run("sf-archive", "--setup-bucket", "--to", url.replace("sf-bucket", "others-bucket"), env=env, code=1, errors=True)
        check(b"rules of its own" in said, said)
        kept = s3.get_bucket_lifecycle_configuration(Bucket="others-bucket")["Rules"]
        check([r["ID"] for r in kept] == ["theirs"], kept)
    said = run("sf-archive", "--to", url, stdin=rich, env={**env, "SF_S3_SECRET": "wrong"}, code=1, errors=True)
    check(b"403" in said and b"secret" in said, said)
    said = run("sf-archive", "--to", url.replace("sf-bucket", "no-bucket"), stdin=rich, env=env, code=1, errors=True)
    check(b"NoSuchBucket" in said and b"--setup-bucket" in said, said)
    check("Contents" not in s3.list_objects_v2(Bucket="sf-bucket"), "a wrong secret put something")
    run("sf-archive", "--to", url, stdin=rich, env=env)
    large = incompressible(rich, folder)
    killed_in_an_upload(run, s3, url, large, env)
    run("sf-archive", "--to", url, stdin=large, env=env)
    sizes = [o["Size"] for o in s3.list_objects_v2(Bucket="sf-bucket")["Contents"]]
    check(max(sizes) > 5 * 1024 * 1024, "no upload in parts", sizes)
    want = sorted(run("sf-ingest", rich).splitlines() + run("sf-ingest", large).splitlines())
    check(sorted(run("sf-ingest", f"replay:{url}", env=env).splitlines()) == want, "came back otherwise")


def killed_in_an_upload(run, s3, url, large, env):
    """Killed once parts are there: the bucket shows nothing of it."""
    before = [o["Key"] for o in s3.list_objects_v2(Bucket="sf-bucket")["Contents"]]
    with open(large, "rb") as f:
        p = subprocess.Popen([run.programs["sf-archive"], "--quiet", "--to", url], stdin=f, env={**os.environ, **env})
    seen = False
    while p.poll() is None and not seen:
        seen = bool(s3.list_multipart_uploads(Bucket="sf-bucket").get("Uploads"))
    p.send_signal(signal.SIGKILL)
    p.wait()
    after = [o["Key"] for o in s3.list_objects_v2(Bucket="sf-bucket")["Contents"]]
    print("killed while an upload was under way" if seen and p.returncode == -signal.SIGKILL else "it was too fast to be killed")
    if p.returncode == -signal.SIGKILL and before != after:  # it had just ended the upload: then all of it is there
        run("sf-ingest", f"replay:{url}", env=env)
    for key in set(after) - set(before):
        s3.delete_object(Bucket="sf-bucket", Key=key)


# ---- all of it ----


class Run:
    """Runs a program; its output, or what it said."""

    def __init__(self, programs):
        self.programs = {pathlib.Path(p).name: p for p in programs}

    def __call__(self, name, *arguments, stdin=os.devnull, code=0, env=None, errors=False):
        with open(stdin, "rb") as f:
            done = subprocess.run([self.programs[name], *([] if errors else ["--quiet"]), *map(str, arguments)], stdin=f,
                                  capture_output=True, env={**os.environ, **(env or {})}, check=False)
        check(done.returncode == code, name, arguments, done.returncode, done.stderr.decode()[-600:])
        return done.stderr if errors else done.stdout


def use_moto(run, folder):
    with server([sys.executable, "-m", "moto.server", "-p", "PORT"], folder / "moto.log") as endpoint:
        use_bucket(run, folder, endpoint, *moto_account(endpoint), True)
    print("moto, with authentication: everything")


def use_versitygw(run, folder, gateway):
    (folder / "gateway").mkdir()
    with server([gateway, "--port", "127.0.0.1:PORT", "--access", "gateway", "--secret", "of the gateway", "--region", REGION,
                 "posix", folder / "gateway"], folder / "gateway.log") as endpoint:
        use_bucket(run, folder, endpoint, "gateway", "of the gateway", False)
    print("versitygw: everything but rules, which it does not have")


def main():
    server_name, keep = sys.argv[1], pathlib.Path(sys.argv[2])
    if os.environ.get("SF_INSIDE") != "1":
        keep.mkdir(parents=True, exist_ok=True)
        python = python_in(keep)
        sys.exit(subprocess.run([python, *sys.argv], env={**os.environ, "SF_INSIDE": "1"}, check=False).returncode)
    run = Run(sys.argv[3:])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        samples(run, folder)
        if server_name == "moto":
            read_as_others_do(run, folder)
            use_moto(run, folder)
        else:
            use_versitygw(run, folder, gateway_in(keep))


main()
