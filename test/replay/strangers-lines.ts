/**
 * What strangers write, in the order in which the relay takes it: every kind of line, and what
 * nobody can read.
 */
export const strangersLines: readonly (readonly [topic: string, text: string | null])[] = [
  ["sell-offers", offer("s1", 1_000)],
  ["buy-orders", buy("b1", 100, "885.0")],
  ["Trade_Order", '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}'],
  ["Counter_party", '{"type":"Counter_party","text":"CONFIRM"}'],
  ["Counter_party", '{"type":"Counter_party","text":" reject"}'],
  ["Trade_Order", '{"type":"Trade_Order","qty":7,"symbol":"RELIANCE","price":1300}'],
  ["Counter_party", '{"type":"Counter_party","text":"PERHAPS"}'],
  ["sauda.orders", order("n1", '"side":"BUY","quantity":10,"price_paise":98500')],
  ["sauda.orders", order("n2", '"side":"SELL","quantity":4,"price_paise":98500,"product":"MIS"')],
  ["sauda.orders", order("n3", '"side":"BUY","quantity":1,"price_paise":98500.5')],
  ["sauda.orders", order("n4", '"side":"BUY","quantity":1,"price_paise":98501')],
  [
    "sauda.orders",
    order("n5", '"side":"BUY","quantity":5,"price_paise":98500,"counterparty":"SELLER"'),
  ],
  ["sauda.orders", line("Confirm", '"client_order_id":"k1","order_id":"n5"', "SELLER")],
  ["sauda.orders", line("Reject", '"client_order_id":"k2","order_id":"n5"', "SELLER")],
  ["sauda.orders", line("Cancel", '"client_order_id":"k3","orig_client_order_id":"n1"')],
  ["sauda.orders", line("Modify", '"client_order_id":"k4","orig_client_order_id":"n1"')],
  ["sauda.orders", line("Affirm", '"client_order_id":"k5","trade_id":"T-0-7-0-0","side":"BUY"')],
  [
    "sauda.orders",
    line("RejectTrade", '"client_order_id":"k6","trade_id":"T-0-7-0-0","side":"BUY"'),
  ],
  [
    "sauda.orders",
    line("OfferInAuction", '"client_order_id":"k7","quantity":100,"price_paise":98500'),
  ],
  [
    "sauda.orders",
    line("PayInEarly", '"client_order_id":"k8","settlement_number":"M2026100","quantity":1'),
  ],
  [
    "sauda.orders",
    '{"type":"PayDues","participant":"HDFC","client_order_id":"k9","amount_paise":100}',
  ],
  ["sauda.orders", '{"type":"CancelAll","participant":"HDFC","client_order_id":"k10"}'],
  ["sauda.orders", '{"type":"Deposit","participant":"HDFC","client_order_id":"k11"}'],
  ["sauda.orders", order("n1", '"side":"BUY","quantity":10,"price_paise":98500')],
  ["sauda.orders", order("n1", '"side":"BUY","quantity":11,"price_paise":98500')],
  ["buy-orders", buy("b2", 1, "1.005")],
  ["buy-orders", buy("b3", 1, "1e30")],
  ["buy-orders", buy("b4", 0, "885.0")],
  ["buy-orders", '{"order_id":7}'],
  ["buy-orders", '{"order_id":"b5"}'],
  ["sell-offers", offer("", 5)],
  ["sell-offers", "[1]"],
  ["sell-offers", "rubbish"],
  ["sell-offers", null],
  ["Trade_Order", '{"type":"Cash_movement","qty":1,"symbol":"SBI","price":1}'],
  ["Trade_Order", `{"pad":"${"x".repeat(66_000)}"}`],
];

function offer(id: string, quantity: number): string {
  return `{"offer_id":"${id}","seller":"SELLER","stock_symbol":"SBI","quantity":${quantity}}`;
}

function buy(id: string, quantity: number, price: string): string {
  return (
    `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI","quantity":${quantity},` +
    `"price_per_unit":${price},"timestamp":"2026-01-05T10:15:00.123456"}`
  );
}

function order(id: string, fields: string): string {
  return (
    `{"v":1,"type":"NewOrder","participant":"HDFC","client_order_id":"${id}","symbol":"SBIN",` +
    `${fields}}`
  );
}

function line(type: string, fields: string, participant = "HDFC"): string {
  return `{"type":"${type}","participant":"${participant}","symbol":"SBIN",${fields}}`;
}
