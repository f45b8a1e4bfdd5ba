import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const writerAheadWords = "The clock of the exchange minus the broker's, when it wrote last";
const snapshotWords = "Last step in the newest snapshot that fits the log";
const batchWords = "Steps in one record of the log, mean so far";
const gatewayAheadWords = "The clock of this gateway minus the broker's, as last answered";

/** The gateway's instruments for Prometheus: base units, no ids in labels. */
export type Meters = ReturnType<typeof newMeters>;

/** From a millisecond to ten seconds. */
const secondsBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** New instruments in a registry of their own. */
export function newMeters() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const seconds = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Histogram({ name, help, labelNames, registers, buckets: secondsBuckets });
  return {
    registry,
    orders: counter("sauda_orders_total", "Orders accepted, of the whole log", ["kind"]),
    rejects: counter("sauda_rejects_total", "Orders and requests refused, of the whole log", [
      "reason",
    ]),
    trades: counter("sauda_trades_total", "Trades, of the whole log", ["kind"]),
    tradedPaise: counter("sauda_traded_paise_total", "Value of the trades in paise"),
    settlements: counter("sauda_settlements_total", "Trades settled, of the whole log"),
    quarantined: counter(
      "sauda_quarantined_total",
      "Commands that broke the exchange, refused undecided",
    ),
    repeats: counter("sauda_repeats_total", "Inputs seen before and answered so"),
    deadLetters: counter("sauda_dead_letters_total", "Dead letters, of the whole log", ["reason"]),
    stepSeq: gauge("sauda_step_seq", "Number of the last step folded", ["shard"]),
    epoch: gauge("sauda_epoch", "Claims of the shard so far", ["shard"]),
    lagRecords: gauge("sauda_lag_records", "Records not handled yet", ["follower"]),
    lagSeconds: gauge("sauda_lag_seconds", "Age of what is not handled yet", ["follower"]),
    snapshotSeq: gauge("sauda_snapshot_seq", snapshotWords, ["shard"]),
    snapshotAge: gauge("sauda_snapshot_age_seconds", "Age of that snapshot", ["shard"]),
    sourceHeld: gauge(
      "sauda_source_held_seconds",
      "Age of an open transaction that holds back a source",
      ["topic", "partition", "producer_id"],
    ),
    inputsMissing: counter(
      "sauda_inputs_missing_total",
      "Records of a source deleted unread, of the whole log",
      ["topic"],
    ),
    members: gauge("sauda_group_members", "Processes in a service's group", ["service"]),
    troubles: gauge(
      "sauda_troubles",
      "What keeps the market from moving or from being whole, by kind",
      ["kind"],
    ),
    clockAhead: gauge(
      "sauda_market_clock_ahead_seconds",
      "The last step's time minus the broker's time of its record",
      ["shard"],
    ),
    writerAhead: gauge("sauda_writer_clock_ahead_seconds", writerAheadWords, ["shard"]),
    gatewayAhead: gauge("sauda_gateway_clock_ahead_seconds", gatewayAheadWords),
    pending: gauge("sauda_gateway_pending", "Requests that wait for their step"),
    shed: counter("sauda_gateway_shed_total", "Requests refused because too many wait"),
    batchSteps: gauge("sauda_batch_steps", batchWords, ["shard"]),
    orderToEvent: seconds("sauda_order_to_event_seconds", "From an input's arrival to its step"),
    orderToSettlement: seconds(
      "sauda_order_to_settlement_seconds",
      "From the input that traded to its settlement on the public topic",
    ),
    requests: seconds("sauda_http_request_seconds", "From a request to its answer", [
      "method",
      "route",
      "status",
    ]),
  };
}
