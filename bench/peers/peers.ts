import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyOf } from "../../src/services/why.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { makeVenv } from "../../test/foreign/venv.ts";
import { machineNow, watchBusy } from "../figure.ts";
import { makeJavaPeers } from "./java.ts";
import { measureKafkaOwn, type KafkaOwn } from "./kafka-tools.ts";
import { copyLoop, kafkaPythonPeer, streamsPeers } from "./others.ts";
import { names, type Peer } from "./peer.ts";
import type { PeersData } from "./report.ts";
import { measurePeer, type PeerRun, type Plan } from "./run.ts";
import { saudaAlike, saudaWhole } from "./sauda.ts";

/** What this machine has of the peers, and what it lacks. */
type Found = {
  readonly peers: readonly Peer[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** Of Kafka's own measures; null where there are none. */
  readonly classPath: string | null;
  remove(): Promise<void>;
};

/** What is to be measured, of whom, and how it is asked for at the terminal. */
type Ask = {
  readonly plan: Plan;
  readonly rounds: number;
  /** Names of the peers that are wanted; null: all. */
  readonly only: readonly string[] | null;
  readonly command: string;
};

/**
 * Measures Sauda and its peers one after the other on the same broker, in rounds: every round has
 * all of them, each time another one first. A peer that this machine cannot run is left out, with
 * the reason. `onRun` is told of each run as it ends.
 */
export async function measurePeers(
  bootstrap: string,
  { plan, rounds, only, command }: Ask,
  onRun: (round: number, run: PeerRun) => void,
): Promise<PeersData> {
  const busy = watchBusy();
  const found = await findPeers();
  const { leftOut, classPath } = found;
  const peers = found.peers.filter(({ name }) => only === null || only.includes(name));
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  const runs: (PeerRun & { readonly round: number })[] = [];
  const kafkaOwn: KafkaOwn[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const first = (round - 1) % peers.length;
      for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
        const run = await measurePeer(log, bootstrap, peer, plan);
        onRun(round, run);
        runs.push({ round, ...run });
      }
      if (classPath !== null)
        kafkaOwn.push(await measureOwn(log, classPath, bootstrap, plan.orders));
    }
  } finally {
    await log.close();
    await found.remove();
  }
  return {
    day: new Date().toISOString().slice(0, 10),
    machine: machineNow(),
    command,
    busy: busy(),
    plan,
    peers: peers.map(({ name, what }) => ({ name, what })),
    leftOut: leftOut.filter(({ name }) => only === null || only.includes(name)),
    runs,
    kafkaOwn,
  };
}

/** On a topic of the market that was just made anew. */
async function measureOwn(
  log: KafkaLog,
  classPath: string,
  bootstrap: string,
  records: number,
): Promise<KafkaOwn> {
  await log.deleteMarket([]);
  await log.createTopics(1);
  await log.bounds("sell-offers", 0);
  return measureKafkaOwn(classPath, bootstrap, "sell-offers", records);
}

/** What this machine has, fetched, compiled and installed. `remove` takes it away again. */
export async function findPeers(): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-bench-java-"));
  const leftOut: { name: string; why: string }[] = [];
  const leave = (name: string, why: string): null => {
    leftOut.push({ name, why });
    return null;
  };
  const [java, python] = await Promise.all([
    makeJavaPeers(folder).catch((error: unknown) => leave(names.streams, whyOf(error))),
    makeVenv(["kafka-python==3.0.*"]).catch((error: unknown) => {
      process.stderr.write(`${whyOf(error)}\n`);
      return leave(names.python, "missing, and could not be installed");
    }),
  ]);
  if (python?.venv === null) leave(names.python, `${python.missing} is missing`);
  const venv = python?.venv ?? null;
  return {
    peers: [
      saudaAlike,
      ...(java === null ? [] : streamsPeers(java.classPath, folder)),
      saudaWhole,
      copyLoop,
      ...(venv === null ? [] : [kafkaPythonPeer(venv.python)]),
    ],
    leftOut,
    classPath: java?.classPath ?? null,
    remove: async () => {
      await venv?.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
