import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readsPerSecondDefault } from "../src/http/limits.ts";
import type { Latencies } from "../src/cli/load/latencies.ts";
import { measureHttp, type BenchedGateway, type Load } from "./gateway.ts";

/** So many read at once, each as much as a key may. */
export const readers = 4;

/** What a gateway needs for them: the bench has one key, so its budget is that of all. */
export const readsPerSecond: number = readers * readsPerSecondDefault;

/** Orders' latencies alone and beside the readers, and what those got. */
type ReadsBeside = {
  readonly alone: Latencies;
  readonly beside: Latencies;
  readonly answers: number;
  readonly refused: number;
};

/**
 * Sends orders over HTTP at a fixed rate, first alone, then while the longest lists are read as
 * fast as may be.
 */
export async function measureReads(gateway: BenchedGateway, load: Load): Promise<ReadsBeside> {
  const alone = await measureHttp(gateway, load);
  const ended = new AbortController();
  const reading = Array.from({ length: readers }, () => readUntil(gateway, ended.signal));
  const beside = await measureHttp(gateway, load);
  ended.abort();
  const counts = await Promise.all(reading);
  const answers = counts.reduce((sum, one) => sum + one.answers, 0);
  const refused = counts.reduce((sum, one) => sum + one.refused, 0);
  return { alone, beside, answers, refused };
}

async function readUntil(
  { url, key }: BenchedGateway,
  signal: AbortSignal,
): Promise<{ readonly answers: number; readonly refused: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${key}`, "sauda-participant": "HDFC" };
  let answers = 0;
  let refused = 0;
  while (!signal.aborted) {
    const asked = request(`${url}/v1/orders?limit=1000`, { agent, headers });
    asked.end();
    const [answer] = (await once(asked, "response")) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];
    answer.resume();
    await once(answer, "end");
    if (answer.statusCode === 200) answers += 1;
    else refused += 1;
    if (answer.statusCode === 429) await sleep(20);
    else if (answer.statusCode !== 200)
      throw new Error(`a list was answered with ${answer.statusCode}`);
  }
  agent.destroy();
  return { answers, refused };
}
