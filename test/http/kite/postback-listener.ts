import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A postback as it was received. */
type Postback = Readonly<Record<string, unknown>>;

/** An address of a test's own that takes postbacks. */
export type PostbackListener = {
  readonly url: string;
  readonly received: Postback[];
  /** The status of each answer to come; 200 when the list is empty. */
  readonly answers: number[];
  /** Requests so far, the refused ones too. */
  requests(): number;
  close(): Promise<void>;
};

/** Listens on a free port of loopback. A redirect leads to `/elsewhere`, which takes anything. */
export async function listenForPostbacks(): Promise<PostbackListener> {
  const received: Postback[] = [];
  const answers: number[] = [];
  let requests = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    const text = Buffer.concat(await request.toArray()).toString("utf8");
    const status = request.url === "/elsewhere" ? 200 : (answers.shift() ?? 200);
    if (status === 200)
      received.push({ ...(JSON.parse(text || "{}") as Postback), path: request.url });
    response.writeHead(status, { location: "/elsewhere" }).end();
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/postback`,
    received,
    answers,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
