#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The live feed as clients see it: live.py HUB_SERVER SF_PROCESS."""
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from clients import Client, Events, Server, wait_for

PROGRAM, PROCESS = sys.argv[1:3]


def signal(i, **more):
    return {"type": "signal", "v": 1, "platform": "reddit", "source_id": f"t3_{i}", "kind": "post", "title": "", "body": "",
            "raw_score": 1, "ts": None, **more}


def joined(server, *queries):
    """Clients that the hub has for sure: each has an answer to a ping."""
    clients = [Client(server.port, q) for q in queries]
    for c in clients:
        c.send(9, b"there?")
        while c.frame() != (10, b"there?"):
            pass
    return clients


def test_messages_are_unchanged_but_for_the_cursor():
    server = Server(PROGRAM)
    a, b = joined(server, "", "")
    texts = ['{"type":"signal", "a":1.50,"b":"\\u00e9 é"}', json.dumps(signal(1)), json.dumps(signal(2, body="x" * 70000))]
    for text in texts:
        assert server.publish(text) == 0
    for c in (a, b):
        epochs = set()
        for i, text in enumerate(texts):
            got = c.text()
            cursor = json.loads(got)["cursor"]
            assert got == '{"cursor":"%s",' % cursor + text[1:]
            epoch, number = cursor.rsplit("-", 1)
            epochs.add(epoch)
            assert int(number) == i + 1
        assert len(epochs) == 1
    for wrong in ("[1]", "{}", "{", '{"a":1}x', "nothing"):
        assert server.publish(wrong) == -3
    assert server.publish(signal(3, body="x" * 1000000)) == -4
    assert a.message()["type"] == "reset"  # it was lost, so nobody must believe to have all
    server.stop()


def test_resume():
    server = Server(PROGRAM, "ring_messages=8")
    a, = joined(server, "")
    cursors = []
    for i in range(6):
        server.publish(signal(i))
        cursors.append(a.message()["cursor"])
    again = Client(server.port, "cursor=" + cursors[2])
    assert [again.message()["source_id"] for _ in range(3)] == ["t3_3", "t3_4", "t3_5"]
    newest = Client(server.port, "cursor=" + cursors[5])
    assert newest.silent()
    epoch = cursors[0].split("-")[0]
    for unknown in ("0000-3", "nonsense", epoch + "-99", epoch + "-", epoch + "-1x", "x" * 500):
        assert Client(server.port, "cursor=" + unknown).text() == '{"type":"reset"}', unknown
    for i in range(6, 16):  # read in step: who is more than the ring behind is closed
        server.publish(signal(i))
        assert newest.message()["source_id"] == f"t3_{i}"
    assert Client(server.port, "cursor=" + cursors[0]).text() == '{"type":"reset"}'  # overrun
    server.say("reset")
    assert newest.message()["type"] == "reset"
    server.stop()


def test_events():
    server = Server(PROGRAM)
    server.publish(signal(0))
    a, = joined(server, "")
    one = Events(server.port)
    time.sleep(0.3)
    for i in range(1, 4):
        server.publish(signal(i))
    got = [one.event() for _ in range(3)]
    assert [m["source_id"] for _, m in got] == ["t3_1", "t3_2", "t3_3"]
    assert all(number == m["cursor"] for number, m in got)
    again = Events(server.port, got[0][0])
    assert [again.event()[1]["source_id"] for _ in range(2)] == ["t3_2", "t3_3"]
    assert Events(server.port, "x-1").event() == (None, {"type": "reset"})
    server.stop()


FILTERS = [
    ("platform=bluesky", {"platform": "bluesky"}),
    ("topic=IBM", {"topics": ["ibm", "mainframes"]}),
    ("min_velocity=1.5", {"velocity": 1.5}),
    ("q=quantum+comp*", {"title": "A QUANTUM jump", "body": "in computing"}),
    ("q=%22quantum+leap%22", {"title": "A quántum   leap"}),
    ("label=nsfw", {"labels": ["nsfw"]}),
    ("rising=1", {"rising": True}),
    ("channel=technology&author=me", {"channel": "technology", "author": "me"}),
    ("min_sentiment=0.5", {"sentiment": {"neg": 0, "neu": 0, "pos": 1, "compound": 0.6}, "sentiment_cover": 0.9}),
    ("kind=comment", {"kind": "comment"}),
]


def test_filters():
    server = Server(PROGRAM)
    clients = joined(server, *(query for query, _ in FILTERS))
    for i, (_, more) in enumerate(FILTERS):
        server.publish(signal(i, **more))
    server.publish(signal(2, kind="delete"))  # whoever shows it must hear of it
    server.publish({"type": "signal", "no": "signal"})
    for i, (c, (query, more)) in enumerate(zip(clients, FILTERS)):
        got = c.message()
        assert got["source_id"] == f"t3_{i}", (query, got)
        if query != "platform=bluesky":
            assert c.message()["kind"] == "delete", query
        assert c.silent(0.1), query
    server.stop()


def test_subscriptions():
    server = Server(PROGRAM)
    a, b = joined(server, "platform=youtube", "topic=a&topic=b")
    a.say({"type": "subscribe", "platform": ["bluesky", "reddit"], "min_score": 5})
    assert a.message() == {"type": "subscribed"}
    for wrong in ({"min_velocity": "fast"}, {"platform": {}}, {"label": [1]}, {"q": "..."}):
        b.say({"type": "subscribe", **wrong})
        answer = b.message()
        name = list(wrong)[0]
        assert answer["type"] == "error" and answer["detail"].startswith((name, name.replace("_", "-"))), answer
    b.say({"type": "something"})
    b.send(1, b"hello")
    server.publish(signal(1, raw_score=4))
    server.publish(signal(2, raw_score=5))
    server.publish(signal(3, topics=["b"]))
    assert a.message()["source_id"] == "t3_2"
    assert b.message()["source_id"] == "t3_3"  # the filters it had stay
    a.say({"type": "subscribe"})
    assert a.message() == {"type": "subscribed"}
    server.publish(signal(4))
    assert a.message()["source_id"] == "t3_4"
    server.stop()


def test_resume_with_filters():
    server = Server(PROGRAM)
    a, = joined(server, "")
    server.publish(signal(0))
    cursor = a.message()["cursor"]
    for i in range(1, 9):
        server.publish(signal(i, velocity=i))
    b = Client(server.port, f"cursor={cursor}&min_velocity=7")
    assert [b.message()["source_id"] for _ in range(2)] == ["t3_7", "t3_8"]
    server.stop()


def test_slow_clients():
    """Who does not read is conflated, and closed at last; nobody else notices."""
    server = Server(PROGRAM, "ring_bytes=8000000", "backlog_bytes=100000", "backlog_ms=60000")
    slow = Client(server.port, receive_buffer=4096)
    fast, = joined(server, "")
    n = 1500
    for i in range(n):
        server.publish(signal(i % 10, body="x" * 1000, raw_score=i))
        assert fast.message()["raw_score"] == i
    got = []
    while not got or got[-1] != n - 1:
        got.append(slow.message()["raw_score"])
    assert len(got) < n - 300 and got == sorted(got), len(got)
    assert set(range(n - 10, n)) <= set(got)  # the newest about each
    server.stop()


def test_too_slow():
    server = Server(PROGRAM, "ring_bytes=400000", "backlog_bytes=100000")
    slow = Client(server.port, receive_buffer=4096)
    fast, = joined(server, "")
    for i in range(3000):
        server.publish(signal(i, body="x" * 1000))
        assert fast.message()["source_id"] == f"t3_{i}"
    try:
        assert slow.close_code() == 1013
    except (EOFError, ConnectionResetError):
        pass  # it was so slow that it was cut off before the close frame fitted
    assert [m["source_id"] for m in slow.last] == [f"t3_{i}" for i in range(len(slow.last))] and len(slow.last) < 3000
    server.stop()


def test_closes():
    server = Server(PROGRAM)
    soon = int(time.time() * 1000) + 1200
    expiring, kicked, stays, stopped = joined(server, f"expires={soon}", "user=7", "user=70", f"expires={soon + 3600000}")
    server.say("kick 7")
    assert kicked.close_code() == 1008
    assert expiring.close_code() == 4401
    assert time.time() * 1000 >= soon
    server.publish(signal(1))
    assert stays.message()["source_id"] == "t3_1" and stopped.message()["source_id"] == "t3_1"
    server.process.stdin.close()
    assert stays.close_code() == 1001 and stopped.close_code() == 1001
    server.stop()


def test_pings():
    server = Server(PROGRAM, "ping_ms=300")
    answers, = joined(server, "")
    dumb = Client(server.port)
    for _ in range(5):
        while answers.frame()[0] != 9:
            pass
    dumb.socket.settimeout(5)
    while dumb.socket.recv(65536):
        pass  # closed: it has not answered
    server.publish(signal(1))
    assert answers.message()["source_id"] == "t3_1"
    server.stop()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Redis:
    def __init__(self, folder, port):
        self.port = port
        self.process = subprocess.Popen(["redis-server", "--port", str(port), "--save", "", "--dir", folder],
                                        stdout=subprocess.DEVNULL)
        wait_for(self.answers)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(10) == b"+PONG\r\n"
        except OSError:
            return False

    def command(self, *words):
        with socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words)))
            return s.recv(4096)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def look(score, at, **more):
    return json.dumps({"v": 1, "platform": "reddit", "source_id": "t3_a", "kind": "post", "title": "IBM is great",
                       "body": "", "raw_score": score, "ts": "2026-01-02T03:00:00Z", "observed_at": at, **more})


LOOKS = [look(45, "2026-01-02T03:04:05Z"), look(45, "2026-01-02T03:04:05Z"),  # the second tells nothing new
         look(1200, "2026-01-02T03:09:05Z"), look(None, "2026-01-02T03:10:05Z", kind="delete", title="")]


def process(folder, looks, *arguments):
    subprocess.run([PROCESS, "--quiet", "--store", f"sqlite:{folder}/s.db", *arguments], input="\n".join(looks) + "\n",
                   text=True, check=True)


def check_looks(client, each):
    """45, then 1200 with the velocity between the two, then gone."""
    each(LOOKS[:1])
    first = client.message()
    assert first["type"] == "signal" and first["raw_score"] == 45 and first["velocity"] is None
    assert first["topics"] == ["ibm"] and first["sentiment"]["compound"] > 0.5
    each(LOOKS[1:2])
    each(LOOKS[2:3])
    second = client.message()
    assert second["raw_score"] == 1200 and second["previous_score"] == 45 and second["velocity"] == 3.85, second
    assert set(first) == set(second)
    each(LOOKS[3:])
    gone = client.message()
    assert gone["kind"] == "delete" and gone["source_id"] == "t3_a" and gone["title"] == ""


def test_redis():
    if shutil.which("redis-server") is None:
        print("no redis-server: the feed from Redis is not tested")
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        redis = Redis(folder, port)
        url = f"redis://127.0.0.1:{port}/2"
        server = Server(PROGRAM, url)
        client, = joined(server, "")
        subscribers = b"*2\r\n$21\r\nasgi:group:posts_feed\r\n:1\r\n"
        wait_for(lambda: redis.command("PUBSUB", "NUMSUB", "asgi:group:posts_feed") == subscribers)
        check_looks(client, lambda looks: process(folder, looks, "--publish", url))
        redis.stop()
        assert client.message()["type"] == "reset"
        process(folder, [look(5, "2026-01-02T04:00:00Z", source_id="t3_b")], "--publish", url)  # holds nothing up
        redis = Redis(folder, port)
        wait_for(lambda: redis.command("PUBSUB", "NUMSUB", "asgi:group:posts_feed") == subscribers)
        process(folder, [look(6, "2026-01-02T04:00:00Z", source_id="t3_c")], "--publish", url)
        assert client.message()["type"] == "reset"
        assert client.message()["source_id"] == "t3_c"
        server.stop()
        redis.stop()


def test_sqlite():
    with tempfile.TemporaryDirectory() as folder:
        process(folder, [look(1, "2026-01-02T03:00:00Z", source_id="t3_before")])
        server = Server(PROGRAM, f"sqlite:{folder}/s.db")
        client, = joined(server, "")
        time.sleep(0.5)
        check_looks(client, lambda looks: process(folder, looks))
        many = [look(i, "2026-01-02T05:00:00Z", source_id=f"t3_{i}") for i in range(3000)]
        process(folder, many, "--batch-size", "100")
        assert {client.message()["source_id"] for _ in range(3000)} == {f"t3_{i}" for i in range(3000)}
        server.stop()


def main():
    for name, test in list(globals().items()):
        if name.startswith("test_") and (len(sys.argv) < 4 or sys.argv[3] in name):
            started = time.time()
            test()
            print(f"{name}: {time.time() - started:.1f} s", flush=True)


main()
