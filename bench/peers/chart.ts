import { barRoom, barsHeight, drawBar, drawing, drawTitle } from "../picture.ts";
import { thousands } from "../statistics.ts";
import { summarize, type PeersData, type PeerSummary } from "./report.ts";

type Panel = {
  readonly title: string;
  /** How long a peer's bar is, and what stands behind it; null: it has none. */
  readonly bar: (peer: PeerSummary) => { readonly value: number; readonly text: string } | null;
};

/**
 * Bars of orders a second, of CPU an order and of latency, drawn from the data alone: same data,
 * same bytes.
 */
export function chartOf(data: PeersData): string {
  const peers = summarize(data);
  const [rate = 0] = data.plan.rates;
  const panels: readonly Panel[] = [
    {
      title: "orders/s, first send to last leg (longer is better)",
      bar: ({ ordersPerSecond: value }) => ({ value, text: thousands(value) }),
    },
    {
      title: "microseconds of CPU an order, broker in it (shorter is better)",
      bar: ({ cpuUs: value }) => ({ value, text: value.toFixed(0) }),
    },
    {
      title: `order to both legs at ${rate} orders/s, p50 in ms (shorter is better)`,
      bar: ({ ordersPerSecond, latencies }) => {
        const found = latencies.find((latency) => latency.rate === rate);
        if (found === undefined) return null;
        if (rate > ordersPerSecond) return { value: 0, text: "falls behind" };
        return { value: found.p50, text: `${found.p50.toFixed(1)} (p99 ${found.p99.toFixed(1)})` };
      },
    },
  ];
  const panelHeight = barsHeight(peers.length);
  const drawn = panels.flatMap((panel, index) => drawPanel(panel, peers, index * panelHeight));
  return drawing(`Sauda beside its peers, ${data.day}`, panels.length * panelHeight + 16, drawn);
}

/**
 * Bars stand in the scale of Sauda's and Kafka Streams'. What is longer, as a copy loop's, ends at
 * the edge with a mark, or nothing else could be told apart.
 */
function drawPanel(panel: Panel, peers: readonly PeerSummary[], top: number): string[] {
  const scaled = peers.filter(({ name }) => /^(Sauda|Kafka Streams)/.test(name));
  const most = Math.max(...scaled.map((peer) => panel.bar(peer)?.value ?? 0));
  const rows = peers.flatMap((peer, row) => {
    const { value, text } = panel.bar(peer) ?? { value: 0, text: "not measured" };
    const length = Math.round(Math.min(1, value / most) * barRoom);
    const color = peer.name.startsWith("Sauda") ? "#0b6e4f" : "#8a94a6";
    return drawBar({ name: peer.name, length, text, color }, row, top, value > most);
  });
  return [drawTitle(panel.title, top), ...rows];
}
