import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { isPaused, pausedWords } from "../../kafka/managed/process.ts";
import { Failure } from "../output.ts";
import { whyOf } from "../../services/why.ts";
import { findNote, noteOnFolder, readNote } from "./folder-note.ts";

/** What a running `up` can be asked by other commands. */
export type ControlMessage = { readonly do: "status" | "down" | "reset" };
/** Its answer: facts, or why not. */
export type ControlAnswer = { readonly ok: boolean; readonly [fact: string]: unknown };

const upState = z.object({
  pid: z.int().positive(),
  began: z.string(),
  socket: z.string(),
  bootstrap: z.string().nullable(),
});

/** Where a running `up` says who it is: `up.json` in the data folder. */
export type UpState = Readonly<z.infer<typeof upState>>;

/** The running `up` of the data folder; null when there is none or it died without saying so. */
export function findUp(dataDir: string): Promise<UpState | null> {
  return findNote(stateFile(dataDir), upState);
}

/** Asks a running `up` and waits for its answer. */
export async function askUp(
  { pid, socket: socketPath }: UpState,
  message: ControlMessage,
  timeoutMs: number,
): Promise<ControlAnswer> {
  const socket = connect(socketPath);
  const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), timeoutMs);
  try {
    socket.write(`${JSON.stringify({ ...message, untilMs: Date.now() + timeoutMs })}\n`);
    for await (const line of createInterface({ input: socket })) {
      return JSON.parse(line) as ControlAnswer;
    }
    throw new Error("the connection was closed");
  } catch (error) {
    const complaint = whyOf(error);
    const why = (await isPaused(pid)) ? pausedWords(pid) : complaint;
    throw new Failure(`the running market does not answer: ${why}`);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The control socket of a running `up`. `setBootstrap` is called once the log is reachable. */
export type ControlServer = {
  readonly socket: string;
  setBootstrap(bootstrap: string | null): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens the control socket and writes `up.json`. Only one `up` may own a data folder: throws
 * `Failure` naming the other one.
 */
export async function openControl(
  dataDir: string,
  handle: (message: ControlMessage) => Promise<ControlAnswer>,
): Promise<ControlServer> {
  const dead = await readNote(stateFile(dataDir), upState);
  const socket = join(tmpdir(), `sauda-${randomUUID().slice(0, 8)}.sock`);
  const server = await listen(socket, handle);
  const close = async (): Promise<void> => {
    server.close();
    await rm(socket, { force: true });
  };
  try {
    const note = await noteOnFolder(stateFile(dataDir), { socket, bootstrap: null }, async () => {
      const other = await findUp(dataDir);
      return other === null ? null : alreadyRuns(other);
    });
    if (dead !== null) await rm(dead.socket, { force: true });
    return {
      socket,
      setBootstrap: (bootstrap) => note.setFacts({ socket, bootstrap }),
      close: async () => {
        await note.remove();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function alreadyRuns({ pid }: UpState): string {
  return `the market already runs here (pid ${pid}): use it, or end it with \`npx sauda down\``;
}

function listen(
  socket: string,
  handle: (message: ControlMessage) => Promise<ControlAnswer>,
): Promise<Server> {
  const server = createServer((client) => {
    client.on("error", () => client.destroy()); // the asker went away
    createInterface({ input: client }).on("line", (line) => void answer(client, line, handle));
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => resolve(server));
  });
}

async function answer(
  client: Socket,
  line: string,
  handle: (message: ControlMessage) => Promise<ControlAnswer>,
): Promise<void> {
  let reply: ControlAnswer;
  try {
    const { untilMs, ...message } = JSON.parse(line) as ControlMessage & { untilMs: number };
    // This process was paused: the asker was told that nobody answers, and nothing may become of
    // it now.
    if (Date.now() > untilMs) return void client.destroy();
    reply = await handle(message);
  } catch (error) {
    reply = { ok: false, why: whyOf(error) };
  }
  client.end(`${JSON.stringify(reply)}\n`);
}

function stateFile(dataDir: string): string {
  return join(dataDir, "up.json");
}
