"""Flow A's broker as a program of its own: a prompt that sends orders, and a watcher of what settles.

Written from the wire formats alone. kafka-python's defaults throughout: no keys, no headers,
read_uncommitted. A line the watcher prints is what a person would see.
"""

import json
import os
import threading

from kafka import KafkaConsumer, KafkaProducer

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


def number(value):
    """Without a trailing .0; paise only when there are any."""
    return str(int(value)) if float(value).is_integer() else f"{value:.2f}"


def watch():
    consumer = KafkaConsumer(
        "Demat_allocation",
        "Cash_movement",
        bootstrap_servers=BOOTSTRAP,
        group_id="hdfc-broker-group",
        auto_offset_reset="earliest",
        value_deserializer=lambda value: json.loads(value.decode("utf-8")),
    )
    for record in consumer:
        message = record.value
        if message.get("type") == "Demat_allocation":
            print(message["action"], message["qty"], message["symbol"], flush=True)
        elif message.get("type") == "Cash_movement":
            print(message["action"], number(message["amount"]), flush=True)


def main():
    threading.Thread(target=watch, daemon=True).start()
    producer = KafkaProducer(
        bootstrap_servers=BOOTSTRAP,
        value_serializer=lambda value: json.dumps(value).encode("utf-8"),
    )
    while True:
        line = input().strip()
        if not line:
            continue
        if line.lower() in ("exit", "quit"):
            break
        try:
            qty, symbol, price = [part.strip() for part in line.split(",")]
            order = {"type": "Trade_Order", "qty": int(qty), "symbol": symbol, "price": float(price)}
        except ValueError:
            print("Bad format. Use: qty,symbol,price", flush=True)
            continue
        producer.send("Trade_Order", order)
        producer.flush()
        print("sent", flush=True)


if __name__ == "__main__":
    main()
