"""Zerodha's own Python library against the market: says what it saw, one fact of JSON a line."""

import json
import sys
import threading
import time

from kiteconnect import KiteConnect, KiteTicker
from kiteconnect.exceptions import KiteException
from twisted.internet import reactor

root, ticker_root, api_key, api_secret, seller_key, seller_token = sys.argv[1:]


def say(fact, value):
    print(json.dumps({"fact": fact, "value": value}, sort_keys=True), flush=True)


def until(what, find):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = find()
        if found:
            return found
        time.sleep(0.01)
    raise TimeoutError(what)


def refused(call):
    try:
        call()
    except KiteException as error:
        return [type(error).__name__, error.code, str(error)]
    return None


kite = KiteConnect(api_key=api_key, root=root)
session = kite.generate_session("any text", api_secret=api_secret)
say("session", [session["user_id"], session["access_token"] == kite.access_token])
seller = KiteConnect(api_key=seller_key, access_token=seller_token, root=root)

instruments = kite.instruments("NSE")
sbin = next(each for each in instruments if each["tradingsymbol"] == "SBIN")
say("instruments", [len(instruments), sbin["tick_size"], sbin["lot_size"], sbin["instrument_type"]])
token = int(sbin["instrument_token"])

terms = {"variety": "regular", "exchange": "NSE", "tradingsymbol": "SBIN", "product": "CNC"}
order_id = kite.place_order(
    **terms, transaction_type="BUY", quantity=10, order_type="LIMIT", price=985.05, tag="swing1"
)

ticks = []
updates = []
ticker = KiteTicker(api_key, kite.access_token, root=ticker_root, reconnect=False)
connected = threading.Event()
ticker.on_connect = lambda *_: connected.set()
ticker.on_ticks = lambda _, seen: ticks.extend(seen)
ticker.on_order_update = lambda _, order: updates.append(order)
ticker.connect(threaded=True)
if not connected.wait(10):
    raise TimeoutError("the ticker does not connect")
until("an open line", ticker.is_connected)


def tick(mode):
    return until(mode, lambda: next((each for each in ticks if each["mode"] == mode), None))


reactor.callFromThread(ticker.subscribe, [token])
quote = tick("quote")
say("quote tick", [quote["last_price"], quote["total_buy_quantity"], quote["ohlc"]["close"]])
reactor.callFromThread(ticker.set_mode, ticker.MODE_FULL, [token])
full = tick("full")
say("full tick", [full["depth"]["buy"][0], len(full["depth"]["sell"])])
reactor.callFromThread(ticker.set_mode, ticker.MODE_LTP, [token])
say("ltp tick", tick("ltp")["last_price"])

seller.place_order(**terms, transaction_type="SELL", quantity=4, order_type="MARKET")
until("the fill", lambda: updates)
say("trade tick", until("a trade", lambda: [t for t in ticks if t["last_price"] == 985.05])[0]["mode"])
say("cancelled", kite.cancel_order("regular", order_id) == order_id)
until("the cancel", lambda: len(updates) == 2)
say("updates", [[each["status"], each["filled_quantity"], each["tag"]] for each in updates])
ticker.close()

orders = kite.orders()
say("orders", [[o["status"], o["filled_quantity"], o["cancelled_quantity"], o["average_price"], o["tag"]] for o in orders])
say("dates", hasattr(orders[0]["order_timestamp"], "year"))
say("history", [each["status"] for each in kite.order_history(order_id)])
say("trades", [[t["quantity"], t["average_price"], t["transaction_type"]] for t in kite.trades()])
say("order trades", len(kite.order_trades(order_id)))
say("positions", [[p["tradingsymbol"], p["quantity"], p["average_price"]] for p in kite.positions()["net"]])
say("holdings", [[h["tradingsymbol"], h["quantity"]] for h in kite.holdings()])
say("margins", [kite.margins("equity")["net"], kite.margins()["commodity"]["enabled"]])
say("profile", [kite.profile()["user_id"], kite.profile()["products"]])
book = kite.quote("NSE:SBIN")["NSE:SBIN"]
say("quote", [book["last_price"], book["volume"], len(book["depth"]["buy"]), book["ohlc"]["high"]])
say("ohlc", kite.ohlc(["NSE:SBIN", "NSE:INFY"])["NSE:INFY"]["ohlc"]["close"])
say("ltp", kite.ltp("NSE:SBIN")["NSE:SBIN"]["last_price"])
candles = kite.historical_data(token, "2020-01-01", "2099-01-01", "5minute")
say("candles", [sum(candle["volume"] for candle in candles), candles[0]["close"]])

buy = {**terms, "transaction_type": "BUY", "quantity": 1}
say("market buy", refused(lambda: kite.place_order(**buy, order_type="MARKET")))
say("off tick", refused(lambda: kite.place_order(**buy, order_type="LIMIT", price=985.01)))
say("modify", refused(lambda: kite.modify_order("regular", order_id, quantity=5)))
say("gtt", refused(kite.get_gtts))
say("closed", refused(lambda: kite.cancel_order("regular", order_id)))
say("logout", kite.invalidate_access_token())
say("after logout", refused(kite.profile)[:2])
