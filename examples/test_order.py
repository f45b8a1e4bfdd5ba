"""A test of your own system against a whole market: pytest test_order.py

SAUDA_HOME is the folder of your clone of Sauda, installed with `npm install`.
"""

import json
import os
import subprocess
import uuid
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

HOME = Path(os.environ.get("SAUDA_HOME", Path(__file__).parent.parent))


@pytest.fixture(scope="session")
def bootstrap():
    """A market of this test run's own; it ends and cleans up with the run, however that ends."""
    command = ["node", str(HOME / "bin" / "sauda.js"), "up", "--ephemeral", "--json"]
    up = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        facts = map(json.loads, up.stdout)
        ready = next((fact for fact in facts if fact["type"] == "ready"), None)
        assert ready, "the market did not start; see above"
        yield ready["bootstrap"]
    finally:
        up.terminate()
        up.wait()


def test_a_buy_meets_an_offer_and_settles(bootstrap):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        value_serializer=lambda value: json.dumps(value).encode(),
    )
    order_id = str(uuid.uuid4())
    offer = {"offer_id": str(uuid.uuid4()), "seller": "SELLER"}
    order = {"order_id": order_id, "buyer": "HDFC", "price_per_unit": 885.0}
    producer.send("sell-offers", {**offer, "stock_symbol": "SBI", "quantity": 100})
    producer.send("buy-orders", {**order, "stock_symbol": "SBI", "quantity": 100})
    producer.flush()

    legs = KafkaConsumer(
        "cash-movements",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=60_000,
    )
    amounts = (json.loads(leg.value) for leg in legs)
    settled = next((leg for leg in amounts if leg["order_id"] == order_id), None)
    assert settled is not None and settled["amount"] == 88500.0
