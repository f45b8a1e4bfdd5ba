"""Flow B as its original did it, with kafka-python: one program between four topics.

Buy orders meet sell offers by price, then time, with partial fills (the original sold the same offer
without end). A trade's two legs are sent and waited for before the next record is looked at, so that
none is forgotten; offsets are committed by the client now and then. It ends when its standard input does.
"""

import bisect
import json
import os
import sys
import threading
import uuid
from collections import defaultdict
from datetime import datetime

from kafka import KafkaConsumer, KafkaProducer


class Matcher:
    def __init__(self, producer):
        self.producer = producer
        self.offers = defaultdict(list)
        self.buys = defaultdict(list)
        self.taken = 0

    def take_buy(self, order):
        resting = self.offers[order["stock_symbol"]]
        while order["quantity"] > 0 and resting:
            self.trade(order, resting[0])
            if resting[0]["quantity"] == 0:
                resting.pop(0)
        if order["quantity"] > 0:
            self.taken += 1
            rank = (-order["price_per_unit"], self.taken)
            bisect.insort(self.buys[order["stock_symbol"]], (rank, order), key=lambda item: item[0])

    def take_offer(self, offer):
        resting = self.buys[offer["stock_symbol"]]
        while offer["quantity"] > 0 and resting:
            self.trade(resting[0][1], offer)
            if resting[0][1]["quantity"] == 0:
                resting.pop(0)
        if offer["quantity"] > 0:
            self.offers[offer["stock_symbol"]].append(offer)

    def trade(self, order, offer):
        quantity = min(order["quantity"], offer["quantity"])
        order["quantity"] -= quantity
        offer["quantity"] -= quantity
        price = order["price_per_unit"]
        symbol = order["stock_symbol"]
        self.send("demat-transfers", {
            "transfer_id": str(uuid.uuid4()),
            "from_entity": "NSE",
            "to_entity": order["buyer"],
            "stock_symbol": symbol,
            "quantity": quantity,
            "order_id": order["order_id"],
            "timestamp": datetime.now().isoformat(),
        })
        self.send("cash-movements", {
            "movement_id": str(uuid.uuid4()),
            "from_entity": "NSE",
            "to_entity": order["buyer"],
            "amount": float(quantity * price),
            "order_id": order["order_id"],
            "description": f"Payment for {quantity} {symbol} stocks @ \u20b9{price}",
            "timestamp": datetime.now().isoformat(),
        })

    def send(self, topic, leg):
        self.producer.send(topic, json.dumps(leg).encode("utf-8")).get(timeout=30)


def main():
    bootstrap, group = sys.argv[1:3]
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    consumer = KafkaConsumer(
        "buy-orders",
        "sell-offers",
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
    )
    matcher = Matcher(producer)
    for record in consumer:
        value = json.loads(record.value.decode("utf-8"))
        if record.topic == "buy-orders":
            matcher.take_buy(value)
        else:
            matcher.take_offer(value)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    main()
