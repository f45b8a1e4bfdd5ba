import { text } from "../picture.ts";
import { thousands } from "../statistics.ts";
import { summarize, type PeersData, type PeerSummary } from "./report.ts";

type Panel = {
  readonly title: string;
  /** How long a peer's bar is, and what stands behind it; null: it has none. */
  readonly bar: (peer: PeerSummary) => { readonly value: number; readonly text: string } | null;
};

const width = 780;
const nameWidth = 220;
const textWidth = 160;
const barHeight = 16;
const rowHeight = 24;
const titleHeight = 34;

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
  const panelHeight = titleHeight + peers.length * rowHeight;
  const height = panels.length * panelHeight + 16;
  const drawn = panels.flatMap((panel, index) => drawPanel(panel, peers, index * panelHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>Sauda beside its peers, ${data.day}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

/**
 * Bars stand in the scale of Sauda's and Kafka Streams'. What is longer, as a copy loop's, ends at
 * the edge with a mark, or nothing else could be told apart.
 */
function drawPanel(panel: Panel, peers: readonly PeerSummary[], top: number): string[] {
  const scaled = peers.filter(({ name }) => /^(Sauda|Kafka Streams)/.test(name));
  const most = Math.max(...scaled.map((peer) => panel.bar(peer)?.value ?? 0));
  const room = width - nameWidth - textWidth;
  const rows = peers.flatMap((peer, index) => {
    const y = top + titleHeight + index * rowHeight;
    const bar = panel.bar(peer) ?? { value: 0, text: "not measured" };
    const isCut = bar.value > most;
    const length = Math.round(Math.min(1, bar.value / most) * room);
    const color = peer.name.startsWith("Sauda") ? "#0b6e4f" : "#8a94a6";
    const line = y + barHeight - 3;
    return [
      text(nameWidth - 8, line, peer.name, ' text-anchor="end"'),
      `<rect x="${nameWidth}" y="${y}" width="${length}" height="${barHeight}" fill="${color}"/>`,
      ...(isCut ? [mark(nameWidth + room - 18, y)] : []),
      text(nameWidth + length + 6, line, bar.text),
    ];
  });
  return [text(8, top + 22, panel.title, ' font-weight="bold"'), ...rows];
}

/** Two white strokes through a bar that is longer than it is drawn. */
function mark(x: number, y: number): string {
  const strokes = [x, x + 6].map((from) => `M${from} ${y + barHeight}l6 -${barHeight}`).join("");
  return `<path d="${strokes}" stroke="#ffffff" stroke-width="3"/>`;
}
