import { join } from "node:path";
import { names, startProgram, type Peer } from "./peer.ts";

const here = import.meta.dirname;
let runs = 0;

/** A name of its own for each run: a group's offsets are of topics that are made anew. */
function runName(name: string): string {
  return `${name}-${(runs += 1)}`;
}

/** Two hops through Kafka and nothing else. */
export const copyLoop: Peer = {
  name: names.copy,
  what: "an order read is written twice; Sauda's own client, nothing decided, no transaction",
  isMatcher: false,
  hasEvents: false,
  oneIn: 1,
  start: async (bootstrap) =>
    startProgram(process.execPath, [join(here, "copy-loop.ts"), bootstrap]),
};

/** Commits so often, so that a leg waits less for its transaction's end. */
const quickCommitMs = 10;

/** The program of Kafka Streams, as it is set by default and with quick commits. */
export function streamsPeers(classPath: string, stateDir: string): readonly Peer[] {
  const quick = [`commit.interval.ms=${quickCommitMs}`];
  return [
    streamsPeer(names.streams, "its default commit interval, 100 ms", []),
    streamsPeer(names.quickStreams, `the same, a commit each ${quickCommitMs} ms`, quick),
  ];

  function streamsPeer(name: string, how: string, settings: readonly string[]): Peer {
    return {
      name,
      what: `exactly_once_v2, one thread, one store in memory with its changelog; ${how}`,
      isMatcher: true,
      hasEvents: false,
      oneIn: 1,
      start: async (bootstrap) => {
        const id = runName("streams-matcher");
        const java = ["-XX:+UseParallelGC", "-Xms256m", "-Xmx1g", "-cp", classPath];
        const place = [bootstrap, id, join(stateDir, id)];
        return startProgram("java", [...java, "StreamsMatcher", ...place, ...settings]);
      },
    };
  }
}

/** Flow B's original. */
export function kafkaPythonPeer(python: string): Peer {
  return {
    name: names.python,
    what: "flow B's original: one order at a time, each leg sent and waited for; not exactly once",
    isMatcher: true,
    hasEvents: false,
    oneIn: 40,
    start: async (bootstrap) =>
      startProgram(python, [join(here, "matcher.py"), bootstrap, runName("nse-consumer-group")]),
  };
}
