import type { ProcessName } from "./market/run-service.ts";

/**
 * What Node is started with for a process of a market. Most objects of a batch die with it: a
 * larger nursery (MiB) keeps them out of the old space. What a gateway or an exchange keeps
 * outlives any nursery, and three times as much is taken of the machine; a publisher keeps nothing
 * that a larger one would hold back (decision 030). The old space of an exchange and a gateway is
 * collected when it has doubled, where Node would let it grow to four times what lives; much
 * sooner, and buffers alone bring that about at every turn (decision 026).
 */
export function memoryFlags(name: ProcessName): readonly string[] {
  if (name === "publisher") return ["--max-semi-space-size=16"];
  if (["gateway", "exchange", "standby"].includes(name))
    return ["--max-semi-space-size=16", "--heap-growing-percent=100"];
  return ["--max-semi-space-size=64"];
}
