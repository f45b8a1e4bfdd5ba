"""Flow B's seller: sends one offer for each `quantity symbol` among its arguments. An offer has no price."""

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
    for quantity, symbol in zip(words[0::2], words[1::2]):
        offer = {
            "offer_id": str(uuid.uuid4()),
            "seller": "SELLER",
            "stock_symbol": symbol,
            "quantity": int(quantity),
            "timestamp": datetime.now().isoformat(),
        }
        producer.send("sell-offers", offer).get(timeout=60)
        print(offer["offer_id"], flush=True)


if __name__ == "__main__":
    main()
