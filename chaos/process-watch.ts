import { readFile } from "node:fs/promises";
import type { TestMarket } from "../test/acceptance/market-process.ts";

const sampleMs = 250;

/** The services whose processes are watched. */
export const watchedServices = ["intake", "exchange", "publisher", "gateway"] as const;
/** One of them. */
export type WatchedService = (typeof watchedServices)[number];

/** Their pids as they run now; null for one that does not. */
export async function pidsOf(market: TestMarket): Promise<Record<WatchedService, number | null>> {
  const pids = await Promise.all(watchedServices.map((name) => market.pid(name)));
  const [intake = null, exchange = null, publisher = null, gateway = null] = pids;
  return { intake, exchange, publisher, gateway };
}

/**
 * Samples the memory of the processes. `end` gives the most seen of each, in MiB; again the same.
 */
export function watchMemory(pids: Readonly<Record<WatchedService, number | null>>): {
  end(): Readonly<Record<WatchedService, number>>;
} {
  const most = { intake: 0, exchange: 0, publisher: 0, gateway: 0 };
  const timer = setInterval(() => {
    for (const name of watchedServices)
      void residentMiB(pids[name]).then((now) => {
        most[name] = Math.max(most[name], now);
      });
  }, sampleMs);
  return {
    end: () => {
      clearInterval(timer);
      return most;
    },
  };
}

/** 0 where the system does not say (only Linux does in this way) or the process is gone. */
async function residentMiB(pid: number | null): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
}
