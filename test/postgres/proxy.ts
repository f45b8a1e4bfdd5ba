import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What befalls the next write. "request lost": it never arrives, and the connection is cut. "answer
 * lost": it is committed, and the connection is cut before the answer. "held": it arrives when it
 * is delivered, its sender's connection is cut before.
 */
export type WriteFault = "request lost" | "answer lost" | "held";

/** A TCP proxy on loopback in front of a PostgreSQL. */
export type PostgresProxy = {
  readonly url: string;
  /** The next write meets this fault. */
  arm(fault: WriteFault): void;
  /** Sends on what is held, and waits until the database has answered it. */
  deliver(): Promise<void>;
  close(): void;
};

/** Starts a proxy before the database of the URL. */
export async function startProxy(url: string): Promise<PostgresProxy> {
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  const trap: Trap = { armed: null, held: null };
  const server = createServer((client) => {
    const database = createConnection({ host: behind.hostname, port: Number(behind.port) });
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    connect(trap, client, database);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front = new URL(url);
  front.port = String((server.address() as AddressInfo).port);
  return {
    url: front.href,
    arm: (fault) => {
      trap.armed = fault;
    },
    deliver: async () => {
      const { held } = trap;
      trap.held = null;
      if (held === null) throw new Error("nothing is held");
      for (const chunk of held.chunks) held.database.write(chunk);
      const answered = new Promise((resolve) => held.database.once("data", resolve));
      await Promise.race([answered, sleep(5000, undefined, { ref: false })]);
      held.database.destroy();
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Held = { readonly chunks: Buffer[]; readonly database: Socket };
type Trap = { armed: WriteFault | null; held: Held | null };

/**
 * The last words of PostgreSQL's answer to our one statement, which selects one row when it
 * has written.
 */
const committed = Buffer.from("SELECT 1\0");

function connect(trap: Trap, client: Socket, database: Socket): void {
  let own: Held | null = null;
  const cut = (): void => {
    client.destroy();
    database.destroy();
  };
  client.on("data", (chunk) => {
    if (own !== null) {
      own.chunks.push(chunk);
      return;
    }
    if (trap.armed === "request lost") {
      trap.armed = null;
      cut();
    } else if (trap.armed === "held") {
      trap.armed = null;
      own = { chunks: [chunk], database };
      trap.held = own;
      // A large request comes in pieces: what comes after a while belongs to nobody.
      setTimeout(() => client.destroy(), 50);
    } else database.write(chunk);
  });
  database.on("data", (chunk) => {
    if (trap.armed === "answer lost" && chunk.includes(committed)) {
      trap.armed = null;
      cut();
    } else client.write(chunk);
  });
  client.on("close", () => {
    if (own === null) database.destroy();
  });
  database.on("close", () => client.destroy());
}
