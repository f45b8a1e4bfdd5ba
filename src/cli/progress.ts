import { clearLine, cursorTo } from "node:readline";
import { styleText } from "node:util";

const frames = ["-", "\\", "|", "/"];
const frameMs = 120;

/** What a long start is doing. Lines that must stay are printed above it by `above`. */
export type Progress = {
  /** A new step begins; the one before is done. */
  readonly step: (what: string) => void;
  /** News of the step: at a terminal it replaces the last news. */
  readonly news: (line: string) => void;
  /** News that come by the dozen: shown only where one line replaces the other. */
  readonly detail: (line: string) => void;
  readonly above: (print: () => void) => void;
  /** The last step is done. */
  readonly end: () => void;
};

/** Where progress is shown; `columns` at a terminal. */
type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/**
 * Shows steps on stderr: at a terminal one moving line with the step's seconds, else a line for
 * each step and each news.
 */
export function showProgress(err: ProgressStream = process.stderr): Progress {
  const isLive = err.isTTY === true;
  let step: { what: string; news: string; sinceMs: number } | null = null;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const dim = (text: string): string => styleText("dim", text, { stream: err });

  const wipe = (): void => {
    if (!isLive || step === null) return;
    cursorTo(err, 0);
    clearLine(err, 0);
  };
  const draw = (): void => {
    if (!isLive || step === null) return;
    const seconds = Math.floor((performance.now() - step.sinceMs) / 1000);
    const line = `${frames[frame % frames.length]} ${step.what} ${seconds} s  ${step.news}`;
    wipe();
    err.write(dim(line.slice(0, Math.max(20, (err.columns ?? 80) - 1))));
  };
  const done = (): void => {
    if (step === null || !isLive) return;
    const seconds = ((performance.now() - step.sinceMs) / 1000).toFixed(1);
    wipe();
    err.write(`${dim(`+ ${step.what} ${seconds} s`)}\n`);
  };
  return {
    step: (what) => {
      done();
      step = { what, news: "", sinceMs: performance.now() };
      if (!isLive) err.write(`- ${what}\n`);
      clearInterval(timer);
      if (!isLive) return;
      draw();
      timer = setInterval(() => {
        frame += 1;
        draw();
      }, frameMs).unref();
    },
    news: (line) => {
      if (!isLive || step === null) err.write(`${dim(line)}\n`);
      else step.news = line;
      draw();
    },
    detail: (line) => {
      if (step !== null && isLive) step.news = line;
      draw();
    },
    above: (print) => {
      wipe();
      print();
      draw();
    },
    end: () => {
      done();
      clearInterval(timer);
      step = null;
    },
  };
}
