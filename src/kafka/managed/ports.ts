import { randomInt } from "node:crypto";
import { createServer, connect } from "node:net";

import { findFreePort as findFree, noFreePort } from "../../services/free-port.ts";
import { KafkaProblem } from "./problem.ts";

/**
 * A port of the loopback address on which nothing listens, and not `other`. Breaks with
 * KafkaProblem where there is none.
 */
export async function findFreePort(other?: number): Promise<number> {
  const isAnother = async (port: number): Promise<boolean> => port !== other && isFree(port);
  const port = await findFree(isAnother, randomInt);
  if (port === null) throw new KafkaProblem("PORT_TAKEN", noFreePort.message, noFreePort.way);
  return port;
}

/** True if nothing answers on the port of this machine's loopback addresses and it can be bound. */
export async function isFree(port: number): Promise<boolean> {
  // Asking both ways matters: on macOS a port can be bound on 127.0.0.1 while another listens on
  // all addresses, and a client that looks for localhost may ask ::1 first.
  const answers = await Promise.all([answersOn(port, "127.0.0.1"), answersOn(port, "::1")]);
  return !answers.includes(true) && canBind(port);
}

/** What to say when the wanted port belongs to somebody else. */
export function portTaken(port: number): KafkaProblem {
  return new KafkaProblem(
    "PORT_TAKEN",
    `port ${port} on localhost is taken by something else than our own Kafka`,
    `use that Kafka, if it is one: KAFKA_BOOTSTRAP_SERVERS=localhost:${port}; or another port: --kafka-port ${port + 1}; ` +
      "or end what listens there",
  );
}

/** True if somebody accepts a connection there. */
export function answersOn(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 1_000 });
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
