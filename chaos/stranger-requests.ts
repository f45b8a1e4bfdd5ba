import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

/** Where the gateway is, and a key that works. */
export type Endpoint = { readonly url: string; readonly key: string };

/** A kind of hostile request: what came of it, in a word that `outcome` must fit. */
type RequestKind = {
  readonly name: string;
  readonly outcome: RegExp;
  readonly send: (endpoint: Endpoint, id: string) => Promise<string>;
};

/** How long an answer may take before it is none. */
const answerLimitMs = 30_000;

/** Every kind of hostile request, each with the outcome it must have. None may place an order. */
export const requestKinds: readonly RequestKind[] = [
  body("nested 5,000 deep", "[".repeat(5_000) + "]".repeat(5_000), /^4\d\d$/),
  body("nested in a field", `{"symbol":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`, /^4\d\d$/),
  body("no JSON", "{", /^400$/),
  body("no UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), /^400$/),
  body("two megabytes", `{"symbol":"${"S".repeat(2_000_000)}"}`, /^(413|closed)$/),
  body("a prototype", '{"__proto__":{"symbol":"SBIN"}}', /^400$/),
  field("a quantity with an exponent", '"quantity":1e2,"price_paise":98500', /^400$/),
  field("a price finer than floats", '"quantity":1,"price_paise":98500.0000000000001', /^400$/),
  field("more than a safe integer", '"quantity":9007199254740993,"price_paise":98500', /^400$/),
  field("a deadline without end", '"quantity":1,"price_paise":98500,"deadline_in_ms":1e9', /^400$/),
  field("somebody else's name", '"quantity":1,"price_paise":98500,"participant":"SELLER"', /^400$/),
  asked("no key", "GET", "/v1/orders", {}, /^401$/),
  asked("a wrong key", "GET", "/v1/orders", { authorization: "Bearer sauda_x_y" }, /^401$/),
  asked(
    "a key of 8,000 letters",
    "GET",
    "/v1/orders",
    { authorization: "k".repeat(8_000) },
    /^4\d\d$/,
  ),
  asked("a path upwards", "GET", "/..%2f..%2fetc%2fpasswd", {}, /^4\d\d$/),
  asked("a zero byte in a path", "GET", "/v1/orders/%00", {}, /^4\d\d$/),
  asked("a path of no UTF-8", "GET", "/v1/orders/%ff", {}, /^4\d\d$/),
  asked("an unknown method", "PROPFIND", "/v1/orders", {}, /^(4\d\d|closed)$/),
  asked("a page of Kite's that is none", "GET", "/kite/nothing", {}, /^(4\d\d|501)$/),
  asked("a huge limit", "GET", "/v1/orders?limit=1e9", {}, /^4\d\d$/),
  raw("bytes of another protocol", "\u0016\u0003\u0001\u0002\u0000", /^(400|closed)$/),
  raw(
    "two lengths",
    request("Content-Length: 5\r\nContent-Length: 6\r\n", "{}{}{}"),
    /^(400|closed)$/,
  ),
  raw(
    "a length and chunks",
    request(
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    ),
    /^(400|401|closed)$/,
  ),
  raw(
    "a header line of 100,000 letters",
    `GET / HTTP/1.1\r\nX: ${"y".repeat(100_000)}\r\n\r\n`,
    /^(431|closed)$/,
  ),
  raw("a hang-up in mid-body", request("Content-Length: 1000\r\n", "{"), /^(4\d\d|closed)$/, true),
  upgrade("an upgrade of an unknown path", "/v1/nothing", [], /^4\d\d$/),
  upgrade("a socket that says nothing", "/v1/stream", null, /^(\d+|closed)$/),
  upgrade("a socket that says no JSON", "/v1/stream", ["{"], /^(\d+|error)$/),
  upgrade(
    "a socket with a wrong key",
    "/v1/stream",
    ['{"op":"auth","key":"sauda_x_y"}'],
    /^(\d+|error)$/,
  ),
  upgrade("a socket nested 5,000 deep", "/v1/stream", ["[".repeat(5_000)], /^(\d+|error)$/),
  upgrade(
    "a socket that says two megabytes",
    "/v1/stream",
    ["x".repeat(2_000_000)],
    /^(\d+|error)$/,
  ),
];

function body(name: string, content: string | Buffer, outcome: RegExp): RequestKind {
  return {
    name: `a body: ${name}`,
    outcome,
    send: ({ url, key }) =>
      statusOf(
        fetch(`${url}/v1/orders`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${key}`,
            "sauda-participant": "HDFC",
            "content-type": "application/json",
          },
          body: content,
          signal: AbortSignal.timeout(answerLimitMs),
        }),
      ),
  };
}

function field(name: string, member: string, outcome: RegExp): RequestKind {
  const bodyOf = (id: string): string =>
    `{"client_order_id":"${id}","symbol":"SBIN","side":"BUY",${member}}`;
  return {
    name: `a field: ${name}`,
    outcome,
    send: (endpoint, id) => body(name, bodyOf(id), outcome).send(endpoint, id),
  };
}

function asked(
  name: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  outcome: RegExp,
): RequestKind {
  return {
    name: `asked with ${name}`,
    outcome,
    send: ({ url, key }) => {
      // What is about the path or the method comes with a good key, so that the key is not why.
      const isAboutKey = name.includes("key");
      const good = { authorization: `Bearer ${key}`, "sauda-participant": "HDFC" };
      const lines = Object.entries(isAboutKey ? headers : good).map(
        ([at, to]) => `${at}: ${to}\r\n`,
      );
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${lines.join("")}`;
      return exchange(url, `${head}Connection: close\r\n\r\n`, false);
    },
  };
}

function raw(name: string, bytes: string, outcome: RegExp, hangsUp = false): RequestKind {
  return {
    name,
    outcome,
    send: ({ url, key }) =>
      exchange(url, bytes.replace("HOST", new URL(url).host).replace("KEY", key), hangsUp),
  };
}

function request(headers: string, content: string): string {
  const common = "Host: HOST\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\n";
  return `POST /v1/orders HTTP/1.1\r\n${common}Sauda-Participant: HDFC\r\n${headers}\r\n${content}`;
}

/** `says` null: it waits to be sent away. */
function upgrade(
  name: string,
  path: string,
  says: readonly string[] | null,
  outcome: RegExp,
): RequestKind {
  return {
    name,
    outcome,
    send: ({ url }) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}${path}`, { origin: url });
        const limit = setTimeout(() => end("still open"), answerLimitMs);
        const end = (what: string): void => {
          clearTimeout(limit);
          socket.terminate();
          resolve(what);
        };
        socket.on("unexpected-response", (_, { statusCode }) => end(String(statusCode)));
        socket.on("open", () => says?.forEach((line) => socket.send(line)));
        socket.on("message", (data) => {
          if (Buffer.isBuffer(data) && data.includes('"error"')) end("error");
        });
        socket.on("close", (code) => end(String(code)));
        socket.on("error", () => end("closed"));
      }),
  };
}

async function statusOf(answer: Promise<Response>): Promise<string> {
  try {
    const { status } = await answer;
    return String(status);
  } catch {
    return "closed";
  }
}

/** Writes bytes to the port; the status of the first answer, or `closed`. */
function exchange(url: string, bytes: string, hangsUp: boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    const limit = setTimeout(() => end("no answer"), answerLimitMs);
    let heard = "";
    const end = (what: string): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(what);
    };
    socket.on("connect", () => {
      socket.write(bytes, "latin1");
      if (hangsUp) void sleep(50).then(() => end("closed"));
    });
    socket.on("data", (data) => {
      heard += data.toString("latin1");
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(heard) ?? [];
      if (status !== undefined) end(status);
    });
    socket.on("close", () => end("closed"));
    socket.on("error", () => end("closed"));
  });
}
