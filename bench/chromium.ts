import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { chromiumPath } from "../test/web/dashboard-browser.ts";

/** A page of a Chromium that nothing else looks at. */
export type LonePage = {
  /** Runs the text in every document of the page before its own code. */
  runFirst(script: string): Promise<void>;
  goTo(address: string): Promise<void>;
  /** The value of an expression, once it is one; a promise is waited for. */
  evaluate<Value>(expression: string): Promise<Value>;
  close(): Promise<void>;
};

/**
 * Opens a page without Playwright: that has every frame of every WebSocket told to it, which at
 * thousands a second costs the browser more than the page does.
 */
export async function openLonePage(width: number, height: number): Promise<LonePage> {
  if (chromiumPath === undefined)
    throw new Error("no Chromium here: apt-get install chromium, or name one in SAUDA_CHROMIUM");
  const folder = await mkdtemp(join(tmpdir(), "sauda-chromium-"));
  const own = ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run"];
  const args = [...own, `--user-data-dir=${folder}`, `--window-size=${width},${height}`];
  const browser = spawn(chromiumPath, [...args, "--remote-debugging-port=0", "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(browser, "exit");
  const port = await listeningPort(browser.stderr);
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const [page] = (targets as Target[]).filter(({ type }) => type === "page");
  const ask = await openSession(page?.webSocketDebuggerUrl ?? "");
  await ask("Page.enable", {});
  return {
    runFirst: async (source) =>
      void (await ask("Page.addScriptToEvaluateOnNewDocument", { source })),
    goTo: async (url) => void (await ask("Page.navigate", { url })),
    evaluate: async <Value>(expression: string) => {
      const how = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = (await ask("Runtime.evaluate", how)) as Evaluated;
      if (exceptionDetails !== undefined)
        throw new Error(`${expression}: ${exceptionDetails.text}`);
      return result.value as Value;
    },
    close: async () => {
      browser.kill();
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Target = { readonly type: string; readonly webSocketDebuggerUrl: string };
type Evaluated = {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
};
type Ask = (method: string, params: object) => Promise<unknown>;

async function listeningPort(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const [, port] = /^DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error("Chromium ended before it listened");
}

/** The DevTools protocol, as far as it is asked here. */
async function openSession(address: string): Promise<Ask> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  socket.on("message", (data: Buffer) => {
    const answer = JSON.parse(data.toString("utf8")) as Answer;
    const asked = waiting.get(answer.id ?? 0);
    if (answer.error === undefined) asked?.resolve(answer.result);
    else asked?.reject(new Error(answer.error.message));
    waiting.delete(answer.id ?? 0);
  });
  return (method, params) => {
    lastId += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(lastId, asked);
    socket.send(JSON.stringify({ id: lastId, method, params }));
    return asked.promise;
  };
}

type Answer = {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};
