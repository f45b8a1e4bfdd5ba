/** A value drawn as long as it is, and what stands behind it. */
export type Bar = { readonly name: string; readonly value: number; readonly text: string };

/** A line through points; a point without a value is a gap. */
export type Line = {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
};

/** A part of a picture. `marks`: upright strokes at these x, where something happened. */
export type Panel =
  | { readonly kind: "bars"; readonly title: string; readonly bars: readonly Bar[] }
  | {
      readonly kind: "lines";
      readonly title: string;
      /** What x is, with its unit. */
      readonly x: string;
      readonly lines: readonly Line[];
      readonly marks: readonly number[];
    };

const width = 780;
const nameWidth = 220;
const textWidth = 160;
/** The length of the longest bar. */
export const barRoom: number = width - nameWidth - textWidth;
const barHeight = 16;
const rowHeight = 24;
const titleHeight = 34;
const plot = { left: 64, right: 16, height: 180, below: 48 };
const legendWidth = 120;
/** Told apart also by who sees no red or green. */
const colors = ["#0b6e4f", "#c2570c", "#2b59c3", "#8a3ffc", "#b8860b", "#5b6472", "#0e8fa3"];

/** Panels one below the other, drawn from the data alone: same data, same bytes. */
export function drawPanels(title: string, panels: readonly Panel[]): string {
  const drawn: string[] = [];
  let top = 0;
  for (const panel of panels) {
    const { shapes, height } =
      panel.kind === "bars" ? drawBars(panel.bars, top) : drawLines(panel, top);
    drawn.push(drawTitle(panel.title, top), ...shapes);
    top += height;
  }
  return drawing(title, top + 16, drawn);
}

/** A whole SVG of shapes, so high. */
export function drawing(title: string, height: number, shapes: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...shapes,
    "</svg>\n",
  ].join("\n");
}

type Drawn = { readonly shapes: readonly string[]; readonly height: number };

function drawBars(bars: readonly Bar[], top: number): Drawn {
  const most = Math.max(...bars.map(({ value }) => value));
  const shapes = bars.flatMap(({ name, value, text: behind }, index) => {
    const length = most > 0 ? Math.round((Math.max(0, value) / most) * barRoom) : 0;
    return drawBar({ name, length, text: behind, color: colors[0] ?? "" }, index, top);
  });
  return { shapes, height: barsHeight(bars.length) };
}

/** How high a panel of so many bars is, with its title. */
export function barsHeight(bars: number): number {
  return titleHeight + bars * rowHeight;
}

/** The bar of so much length in its row of a panel; `cut`: with a mark that it is longer. */
export function drawBar(
  bar: Omit<Bar, "value"> & { readonly length: number; readonly color: string },
  row: number,
  top: number,
  cut = false,
): string[] {
  const y = top + titleHeight + row * rowHeight;
  const foot = y + barHeight - 3;
  return [
    text(nameWidth - 8, foot, bar.name, ' text-anchor="end"'),
    `<rect x="${nameWidth}" y="${y}" width="${bar.length}" height="${barHeight}" ` +
      `fill="${bar.color}"/>`,
    ...(cut ? [cutMark(nameWidth + barRoom - 18, y)] : []),
    text(nameWidth + bar.length + 6, foot, bar.text),
  ];
}

/** Two white strokes through a bar that is longer than it is drawn. */
function cutMark(x: number, y: number): string {
  const strokes = [x, x + 6].map((from) => `M${from} ${y + barHeight}l6 -${barHeight}`).join("");
  return `<path d="${strokes}" stroke="#ffffff" stroke-width="3"/>`;
}

/** A panel's title. */
export function drawTitle(title: string, top: number): string {
  return text(8, top + 22, title, ' font-weight="bold"');
}

/** From 0 to the most that there is, upwards; x from the least to the most. */
function drawLines(panel: Extract<Panel, { kind: "lines" }>, top: number): Drawn {
  const { lines, marks, x: what } = panel;
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const [least, last] = [Math.min(...xs), Math.max(...xs)];
  const most = roundedUp(Math.max(0, ...points.map(([, y]) => y ?? 0)));
  const [from, foot] = [top + titleHeight, top + titleHeight + plot.height];
  const room = width - plot.left - plot.right;
  const atX = (x: number): number =>
    shortened(plot.left + ((x - least) / (last - least || 1)) * room);
  const atY = (y: number): number => shortened(foot - (y / most) * plot.height);
  const axes = [0, most / 2, most].flatMap((y) => [
    `<path d="M${plot.left} ${atY(y)}H${width - plot.right}" stroke="#d5d9e0"/>`,
    text(plot.left - 6, atY(y) + 4, label(y), ' text-anchor="end"'),
  ]);
  const ends = [
    text(plot.left, foot + 18, label(least)),
    text(width - plot.right, foot + 18, `${label(last)} ${what}`, ' text-anchor="end"'),
  ];
  const strokes = marks.map(
    (x) => `<path d="M${atX(x)} ${from}V${foot}" stroke="#d5d9e0" stroke-dasharray="2 3"/>`,
  );
  const drawn = lines.flatMap((line, index) => {
    const color = colors[index % colors.length] ?? "";
    const legendX = plot.left + (index % 6) * legendWidth;
    const legendY = foot + 34 + Math.floor(index / 6) * 16;
    return [
      `<path d="${pathOf(line, atX, atY)}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
      `<rect x="${legendX}" y="${legendY - 9}" width="10" height="10" fill="${color}"/>`,
      text(legendX + 14, legendY, line.name),
    ];
  });
  const legendRows = Math.ceil(lines.length / 6);
  const height = titleHeight + plot.height + plot.below + (legendRows - 1) * 16;
  return { shapes: [...axes, ...strokes, ...drawn, ...ends], height };
}

function pathOf({ points }: Line, atX: (x: number) => number, atY: (y: number) => number): string {
  let isOn = false;
  return points
    .map(([x, y]) => {
      if (y === null) {
        isOn = false;
        return "";
      }
      const step = `${isOn ? "L" : "M"}${atX(x)} ${atY(y)}`;
      isOn = true;
      return step;
    })
    .join("");
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundedUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (value <= power ? 1 : value <= 2 * power ? 2 : value <= 5 * power ? 5 : 10) * power;
}

function label(value: number): string {
  return shortened(value).toLocaleString("en-US");
}

function shortened(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Words in a picture, from their left foot on. `more`: attributes. */
function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" fill="#1b1f27"${more}>${escaped(content)}</text>`;
}
