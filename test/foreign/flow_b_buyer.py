"""Flow B's buyer: sends one buy order for each `quantity symbol price` among its arguments."""

import json
import os
import sys
import uuid
from datetime import datetime

from kafka import KafkaProducer

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


def main():
    producer = KafkaProducer(
        bootstrap_servers=BOOTSTRAP,
        value_serializer=lambda value: json.dumps(value).encode("utf-8"),
    )
    words = sys.argv[1:]
    for quantity, symbol, price in zip(words[0::3], words[1::3], words[2::3]):
        order = {
            "order_id": str(uuid.uuid4()),
            "buyer": "HDFC",
            "stock_symbol": symbol,
            "quantity": int(quantity),
            "price_per_unit": float(price),
            "timestamp": datetime.now().isoformat(),
        }
        producer.send("buy-orders", order).get(timeout=60)
        print(order["order_id"], flush=True)


if __name__ == "__main__":
    main()
