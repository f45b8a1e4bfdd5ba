"""Flow A's counterparty as a program of its own: every line that is not blank is sent as its word."""

import json
import os

from kafka import KafkaProducer

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


def main():
    producer = KafkaProducer(
        bootstrap_servers=BOOTSTRAP,
        value_serializer=lambda value: json.dumps(value).encode("utf-8"),
    )
    while True:
        text = input().strip()
        if not text:
            continue
        if text.lower() in ("exit", "quit"):
            break
        producer.send("Counter_party", {"type": "Counter_party", "text": text})
        producer.flush()
        print("sent", flush=True)


if __name__ == "__main__":
    main()
