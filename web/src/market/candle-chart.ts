import {
  CandlestickSeries,
  ColorType,
  HistogramSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { chartSeconds } from "../format/moments.ts";
import { formatRupees } from "../format/rupees.ts";
import type { BarJson } from "../wire.ts";
import { priceRange } from "./price-range.ts";

/** A chart on the page. */
export type CandleChart = {
  /** Shows the bars; only what changed is drawn anew. */
  show(bars: readonly BarJson[]): void;
  /** Takes the colours of the style sheet again, after the theme changed. */
  recolor(): void;
  close(): void;
};

/** Opens a chart of candles and volume in the element. */
export function openCandleChart(element: HTMLElement, lengthMs: number): CandleChart {
  const chart = createChart(element, {
    autoSize: true,
    // Its logo brings a style element, which a strict page refuses; ours stands beside the chart.
    layout: { attributionLogo: false },
    timeScale: { timeVisible: true, secondsVisible: lengthMs < 60_000, rightOffset: 4 },
    localization: { priceFormatter: (rupees: number) => formatRupees(Math.round(rupees * 100)) },
  });
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.26 } });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
  let shown: readonly BarJson[] = [];
  // One stray print would press all other candles flat: the scale is made by what most of them say.
  candles.applyOptions({
    autoscaleInfoProvider: () => {
      const visible = chart.timeScale().getVisibleLogicalRange();
      const [from, to] = visible === null ? [0, shown.length] : [visible.from, visible.to];
      const range = priceRange(shown.slice(Math.max(0, Math.floor(from)), Math.ceil(to) + 1));
      if (range === null) return null;
      return {
        priceRange: { minValue: range.lowPaise / 100, maxValue: range.highPaise / 100 },
      };
    },
  });
  let tones = readTones(element);

  const volumeOf = (bar: BarJson) => ({
    time: timeOf(bar),
    value: bar.quantity,
    color: bar.close_paise >= bar.open_paise ? tones.buySoft : tones.sellSoft,
  });
  const reset = (): void => {
    candles.setData(shown.map(candleOf));
    volume.setData(shown.map(volumeOf));
  };
  const recolor = (): void => {
    tones = readTones(element);
    paint(chart, candles, tones);
    reset();
  };
  paint(chart, candles, tones);
  return {
    show: (bars) => {
      const from = firstChange(shown, bars);
      shown = bars;
      if (from === null) return reset();
      for (const bar of bars.slice(from)) {
        candles.update(candleOf(bar));
        volume.update(volumeOf(bar));
      }
    },
    recolor,
    close: () => chart.remove(),
  };
}

function paint(chart: IChartApi, candles: ISeriesApi<"Candlestick">, tones: Tones): void {
  const { panel, muted, line, grid, buy, sell, font: fontFamily } = tones;
  const label = { color: muted, labelBackgroundColor: line };
  chart.applyOptions({
    layout: {
      background: { type: ColorType.Solid, color: panel },
      textColor: muted,
      fontFamily,
      fontSize: 11,
      panes: { separatorColor: line },
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    rightPriceScale: { borderColor: line },
    timeScale: { borderColor: line },
    crosshair: { vertLine: label, horzLine: label },
  });
  // Rising candles are hollow: the direction shows without colour too.
  candles.applyOptions({
    upColor: panel,
    downColor: sell,
    borderVisible: true,
    borderUpColor: buy,
    borderDownColor: sell,
    wickUpColor: buy,
    wickDownColor: sell,
  });
}

/** The first bar to draw anew; null where more than the end differs. */
function firstChange(shown: readonly BarJson[], bars: readonly BarJson[]): number | null {
  const last = shown.length - 1;
  const isSameStart = shown[0]?.start_ms === bars[0]?.start_ms;
  const isSameBefore = last < 1 || shown[last - 1] === bars[last - 1];
  return last >= 0 && isSameStart && isSameBefore && bars.length > last ? last : null;
}

function timeOf({ start_ms }: BarJson): UTCTimestamp {
  return chartSeconds(start_ms) as UTCTimestamp;
}

function candleOf(bar: BarJson) {
  return {
    time: timeOf(bar),
    open: bar.open_paise / 100,
    high: bar.high_paise / 100,
    low: bar.low_paise / 100,
    close: bar.close_paise / 100,
  };
}

type Tones = ReturnType<typeof readTones>;

function readTones(element: HTMLElement) {
  const style = getComputedStyle(element);
  const tone = (name: string): string => style.getPropertyValue(name).trim();
  return {
    panel: tone("--panel"),
    muted: tone("--muted"),
    line: tone("--line"),
    grid: tone("--grid"),
    buy: tone("--buy"),
    sell: tone("--sell"),
    buySoft: tone("--buy-soft"),
    sellSoft: tone("--sell-soft"),
    font: style.fontFamily,
  };
}
