"""Buys 100 SBI from an offer and prints both legs. `npm start` in one terminal; in another:
pip install 'kafka-python==3.0.*' && python client.py"""
import json, os, uuid
from kafka import KafkaConsumer, KafkaProducer

kafka = {"bootstrap_servers": os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")}
producer = KafkaProducer(value_serializer=lambda value: json.dumps(value).encode(), **kafka)
symbol = {"stock_symbol": "SBI", "quantity": 100}
order = {"order_id": str(uuid.uuid4()), "buyer": "HDFC", "price_per_unit": 885.0, **symbol}
producer.send("buy-orders", order)
producer.send("sell-offers", {"offer_id": str(uuid.uuid4()), "seller": "SELLER", **symbol})
producer.flush()

legs = KafkaConsumer("demat-transfers", "cash-movements", auto_offset_reset="earliest",
                     isolation_level="read_committed", consumer_timeout_ms=30_000, **kafka)
mine = (leg for leg in map(lambda record: json.loads(record.value), legs)
        if leg["order_id"] == order["order_id"])
for _, leg in zip(range(2), mine):
    print("DEBIT" if "amount" in leg else "DEMAT", leg.get("amount") or f"{leg['quantity']} SBI")
