import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

/** Kafka's numbers of the requests that tests interfere with. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
  describeTransactions: 65,
} as const;

/** Which frames: those of one kind of request on their way to the broker, or their answers. */
export type Direction = "request" | "response";

/** "hold": kept until delivered, with all that follows on the connection. "drop": never arrives.
 * "cut": never arrives, and both ends are reset. */
type Fault = "hold" | "drop" | "cut";

/** A frame that was caught. */
type Caught = {
  /** Sends a held frame on, even if the one who waited for its answer has hung up by now. */
  deliver(): void;
};

/** A TCP proxy in front of one broker that knows where Kafka's frames begin and end. */
export type FrameProxy = {
  readonly bootstrap: string;
  /** Requests that have come from the client so far, by kind. */
  count(apiKey: number): number;
  /** The next such frame meets this fault; resolves when it has come. One rule, one frame. */
  catch(direction: Direction, apiKey: number, fault: Fault): Promise<Caught>;
  /** Every such frame is dropped from now on, until the function that it gives back is called. */
  dropAll(direction: Direction, ...kinds: readonly number[]): () => void;
  /** Cuts all connections at once. */
  cutAll(): void;
  close(): Promise<void>;
};

type Rule = {
  readonly direction: Direction;
  readonly apiKey: number;
  readonly fault: Fault;
  readonly caught: (caught: Caught) => void;
};

/** Starts a proxy before the broker at `localhost:port`, to which its answers lead clients back. */
export async function startFrameProxy(bootstrap: string): Promise<FrameProxy> {
  const brokerPort = Number(bootstrap.split(":")[1]);
  const passage: Passage = {
    brokerPort,
    proxyPort: 0,
    rules: [],
    droppings: new Set(),
    counts: new Map(),
  };
  const { rules, droppings, counts } = passage;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const broker = createConnection({ host: "localhost", port: brokerPort });
    const kinds = new Map<number, number>();
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    const onCut = (): void => cut(client, broker);
    const towardsBroker = openPipe(passage, "request", { to: broker, kinds, onCut });
    const towardsClient = openPipe(passage, "response", { to: client, kinds, onCut });
    client.on("data", (chunk) => towardsBroker.take(chunk));
    broker.on("data", (chunk) => towardsClient.take(chunk));
    // What the client sent and the proxy holds must still be deliverable after it has gone.
    client.on("close", () => {
      if (!towardsBroker.isHolding()) broker.end();
    });
    broker.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  passage.proxyPort = (server.address() as AddressInfo).port;

  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    bootstrap: `localhost:${passage.proxyPort}`,
    count: (apiKey) => counts.get(apiKey) ?? 0,
    catch(direction, apiKey, fault) {
      const { promise, resolve } = Promise.withResolvers<Caught>();
      rules.push({ direction, apiKey, fault, caught: resolve });
      return promise;
    },
    dropAll(direction, ...kinds) {
      const dropping = { direction, kinds };
      droppings.add(dropping);
      return () => void droppings.delete(dropping);
    },
    cutAll,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cutAll();
      await closed;
    },
  };
}

/** What the proxy knows of the frames to come, and of those that came. */
type Passage = {
  readonly brokerPort: number;
  proxyPort: number;
  readonly rules: Rule[];
  readonly droppings: Set<{ readonly direction: Direction; readonly kinds: readonly number[] }>;
  readonly counts: Map<number, number>;
};

/** One direction of one connection: takes bytes as they come, and sends on whole frames. */
function openPipe(
  passage: Passage,
  direction: Direction,
  { to, kinds, onCut }: { to: Socket; kinds: Map<number, number>; onCut: () => void },
) {
  const { rules, droppings, counts, brokerPort } = passage;
  let pending = Buffer.alloc(0);
  let held: Buffer[] | null = null;
  const send = (frame: Buffer) => {
    if (held !== null) held.push(frame);
    else if (!to.destroyed) to.write(frame);
  };
  const handle = (frame: Buffer) => {
    const apiKey = kindOf(direction, frame, kinds);
    if (direction === "request") counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1);
    else leadBack(apiKey, frame, brokerPort, passage.proxyPort);
    for (const dropping of droppings) {
      if (dropping.direction === direction && dropping.kinds.includes(apiKey)) return;
    }
    const index = rules.findIndex((rule) => rule.direction === direction && rule.apiKey === apiKey);
    const rule = index < 0 ? undefined : rules.splice(index, 1)[0];
    if (rule === undefined) return send(frame);
    if (rule.fault === "cut") onCut();
    if (rule.fault === "hold") held ??= [];
    if (rule.fault === "hold") held?.push(frame);
    rule.caught({
      deliver() {
        const kept = held ?? [];
        held = null;
        for (const each of kept) send(each);
      },
    });
  };
  return {
    isHolding: () => held !== null,
    take(chunk: Buffer) {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const end = 4 + pending.readInt32BE(0);
        const frame = Buffer.from(pending.subarray(0, end));
        pending = pending.subarray(end);
        handle(frame);
      }
    },
  };
}

function cut(client: Socket, broker: Socket): void {
  client.resetAndDestroy();
  broker.resetAndDestroy();
}

/** Answers bear no kind, only the number of their request, which is remembered here. */
function kindOf(direction: Direction, frame: Buffer, kinds: Map<number, number>): number {
  if (direction === "request") {
    const apiKey = frame.readInt16BE(4);
    kinds.set(frame.readInt32BE(8), apiKey);
    return apiKey;
  }
  const id = frame.readInt32BE(4);
  const apiKey = kinds.get(id) ?? -1;
  kinds.delete(id);
  return apiKey;
}

/**
 * Puts the proxy's port where an answer names the broker's, so that nobody goes round the proxy.
 */
function leadBack(apiKey: number, frame: Buffer, brokerPort: number, proxyPort: number): void {
  if (apiKey !== apiKeys.metadata && apiKey !== apiKeys.findCoordinator) return;
  const port = Buffer.alloc(4);
  port.writeInt32BE(brokerPort);
  const named = Buffer.concat([Buffer.from("localhost"), port]);
  for (let at = frame.indexOf(named); at >= 0; at = frame.indexOf(named, at + 1)) {
    frame.writeInt32BE(proxyPort, at + named.length - 4);
  }
}
