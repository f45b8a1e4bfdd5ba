"""Flow B's reader of both legs, strict about types as the models of such programs are.

Prints `DEMAT <quantity> <symbol> <order_id>` and `DEBIT <amount> <order_id>`; a record it cannot
accept is a line that begins with BROKEN.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime

from kafka import KafkaConsumer

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


def check(message, field, kinds, is_positive=False):
    value = message[field]
    # A bool is an int to Python; no reader takes one for a quantity.
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise ValueError(f"{field}: {value!r} is no {kinds}")
    if is_positive and not value > 0:
        raise ValueError(f"{field}: {value!r} is not above 0")
    return value


def check_time(message):
    if datetime.fromisoformat(check(message, "timestamp", str)).tzinfo is not None:
        raise ValueError("timestamp: has a zone")


@dataclass
class DematTransfer:
    quantity: int
    symbol: str
    order_id: str

    @staticmethod
    def read(message):
        for field in ("transfer_id", "from_entity", "to_entity"):
            check(message, field, str)
        check_time(message)
        quantity = check(message, "quantity", int, is_positive=True)
        symbol = check(message, "stock_symbol", str)
        return DematTransfer(quantity, symbol, check(message, "order_id", str))


@dataclass
class CashMovement:
    amount: float
    order_id: str

    @staticmethod
    def read(message):
        for field in ("movement_id", "from_entity", "to_entity", "description"):
            check(message, field, str)
        check_time(message)
        amount = check(message, "amount", (int, float), is_positive=True)
        return CashMovement(amount, check(message, "order_id", str))


def main():
    consumer = KafkaConsumer(
        "demat-transfers",
        "cash-movements",
        bootstrap_servers=BOOTSTRAP,
        group_id="hdfc-consumer-group",
        auto_offset_reset="earliest",
        value_deserializer=lambda value: json.loads(value.decode("utf-8")),
    )
    for record in consumer:
        try:
            if record.topic == "demat-transfers":
                leg = DematTransfer.read(record.value)
                print("DEMAT", leg.quantity, leg.symbol, leg.order_id, flush=True)
            else:
                leg = CashMovement.read(record.value)
                print("DEBIT", f"{leg.amount:g}", leg.order_id, flush=True)
        except (KeyError, ValueError) as problem:
            print("BROKEN", repr(problem), record.value, flush=True)


if __name__ == "__main__":
    main()
