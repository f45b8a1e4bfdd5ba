"""Sends what the lines on stdin say, with a Kafka client that nobody here wrote (librdkafka).

A line is a JSON object: `topic`, `partition`, `count`, `codec` (none, gzip, snappy, lz4, zstd), `value`, `key`
and `headers` (each a list of pieces: {"hex": "..", "times": n}; null for a tombstone), `timestamp` in ms, and `end`:
"plain", "commit", "abort", "open" (a transaction left open, for `timeout_ms`) or "crash" (sent, aborted, sent again, committed).
Answers with one line each: {"offsets": [...]} of what a committed reader is to see, or {"error": ".."}.
"""

import json
import os
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions

bootstrap = sys.argv[1]
# What it costs a stranger to pack is his own affair; here he only happens to share the market's machine. Where Linux
# shares it out by sessions, niceness counts within one only, and the session has one of its own.
os.nice(10)
if os.path.exists("/proc/self/autogroup"):
    with open("/proc/self/autogroup", "w") as autogroup:
        autogroup.write("10")
producers = {}
transactions = 0


def settings(codec):
    return {
        "bootstrap.servers": bootstrap,
        "compression.type": codec,
        "acks": "all",
        "message.max.bytes": 1_000_000_000,
        "queue.buffering.max.kbytes": 2_000_000,
        "linger.ms": 5,
        "log_level": 0,
    }


def plain(codec):
    if codec not in producers:
        producers[codec] = Producer(settings(codec))
    return producers[codec]


def transactional(codec, timeout_ms):
    global transactions
    transactions += 1
    more = {"transactional.id": f"stranger-{transactions}", "transaction.timeout.ms": timeout_ms}
    producer = Producer({**settings(codec), **more})
    producer.init_transactions(30)
    return producer


def whole(pieces):
    if pieces is None:
        return None
    return b"".join(bytes.fromhex(piece["hex"]) * piece["times"] for piece in pieces)


def produce(producer, request):
    offsets, errors = [], []

    def delivered(error, message):
        if error is not None:
            errors.append(str(error))
        else:
            offsets.append(message.offset())

    value, key = whole(request["value"]), whole(request.get("key"))
    headers = [(name, whole(pieces)) for name, pieces in request.get("headers", [])]
    for _ in range(request.get("count", 1)):
        producer.produce(
            request["topic"],
            value=value,
            key=key,
            headers=headers,
            partition=request.get("partition", 0),
            timestamp=request.get("timestamp", 0),
            on_delivery=delivered,
        )
        producer.poll(0)
    if producer.flush(60) != 0:
        errors.append("not delivered within 60 s")
    if errors:
        raise RuntimeError(errors[0])
    return offsets


left_open = []


def grow(topic, partitions):
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    if len(admin.list_topics(topic, timeout=30).topics[topic].partitions) >= partitions:
        return
    for made in admin.create_partitions([NewPartitions(topic, partitions)]).values():
        made.result(30)
    producers.clear()  # they know of the partitions that were there


def send(request):
    if "grow" in request:
        grow(request["topic"], request["grow"])
    end = request.get("end", "plain")
    if end == "plain":
        return produce(plain(request["codec"]), request)
    producer = transactional(request["codec"], request.get("timeout_ms", 10_000))
    producer.begin_transaction()
    offsets = produce(producer, request)
    if end == "commit":
        producer.commit_transaction(30)
        return offsets
    if end == "open":
        left_open.append(producer)
        return []
    producer.abort_transaction(30)
    if end == "abort":
        return []
    producer.begin_transaction()
    offsets = produce(producer, request)
    producer.commit_transaction(30)
    return offsets


for line in sys.stdin:
    try:
        answer = {"offsets": send(json.loads(line))}
    except Exception as error:  # every kind is to be told, whatever the client raises
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
