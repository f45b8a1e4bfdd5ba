import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { timeMs } from "../../src/domain/facts/units.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import {
  commandDigest,
  encodeClaim,
  logKey,
  marketRules,
  nextChain,
  type Genesis,
} from "../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import type { AuditedShard } from "../../src/services/audit/log-audit.ts";
import type { LogBreak } from "../../src/services/audit/log-break.ts";
import type { OutRecord } from "../../src/services/log.ts";
import { audited } from "../audited.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";

type Cause = { readonly offset: number; readonly part?: number; readonly last?: boolean };
type Made = {
  readonly commands?: number;
  readonly causes?: readonly Cause[];
  readonly genesis?: Partial<Genesis>;
  readonly rules?: number;
  readonly digest?: string;
};

const commandAt = (offset: number): OutRecord => ({
  key: logKey,
  value: Buffer.from(`{"type":"Tick","n":${offset}}`),
});

/** A shard's log: a claim and then a record of one step for each cause. Audits it. */
async function auditOf({
  commands = 4,
  causes = [{ offset: 0 }, { offset: 1 }, { offset: 2 }],
  genesis: changed = {},
  rules = marketRules,
  digest,
}: Made): Promise<AuditedShard | LogBreak> {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "auditor");
  const commandsTopicId = await log.topicId(commandsTopic);
  const claim = encodeClaim({
    type: "Claim",
    format: 1,
    rules,
    epoch: 1,
    nonce: "n",
    owner: "test",
    genesis: { ...genesis, commandsTopicId, ...changed },
  });
  let chain = nextChain("0".repeat(64), logKey, claim);
  const events = cluster.partition(eventsTopic, 0);
  events.append([{ key: logKey, value: claim }], 0);
  for (const [index, { offset, part = 0, last = true }] of causes.entries()) {
    const { key, value } = commandAt(offset);
    const cause = { offset, digest: digest ?? commandDigest(key, value) };
    const step = { cause, part, last, at: timeMs(1), events: [] };
    const steps = encodeSteps(1, index + 1, chain, [step]);
    chain = nextChain(chain, logKey, steps);
    events.append([{ key: logKey, value: steps }], 0);
  }
  const asked = Array.from({ length: commands }, (_, offset) => commandAt(offset));
  cluster.partition(commandsTopic, 0).append(asked, 0);
  try {
    const found = await audited(log);
    if ("fold" in found) equal(found.fold.chain, chain);
    return found;
  } finally {
    await log.close();
  }
}

async function breakOf(made: Made): Promise<string> {
  const found = await auditOf(made);
  ok("expected" in found, "not found");
  const { topic, partition, offset, expected, found: there } = found;
  return `${topic}-${partition}@${offset}: ${expected} / ${there}`;
}

test("a whole log is counted, with the commands that wait behind its last step", async () => {
  const whole = await auditOf({});
  ok("fold" in whole);
  deepEqual([whole.claims, whole.fold.seq, whole.commands.next, whole.waiting], [1, 3, 4, 1]);
  const parts = [
    { offset: 0, last: false },
    { offset: 0, part: 1 },
    { offset: 1, last: false },
  ];
  const half = await auditOf({ causes: parts, commands: 2 });
  ok("fold" in half);
  deepEqual([half.fold.seq, half.waiting], [3, 1]);
});

test("an empty log, and one with commands that nobody has decided yet, are whole", async () => {
  const [none, waiting] = [
    await auditOf({ causes: [], commands: 0 }),
    await auditOf({ causes: [], commands: 3 }),
  ];
  ok("fold" in none && "fold" in waiting);
  deepEqual([none.commands.next, none.waiting, waiting.waiting], [0, 0, 3]);
});

test("a command without a step, a part left out, and one that comes twice are named", async () => {
  match(
    await breakOf({ causes: [{ offset: 0 }, { offset: 2 }] }),
    /^sauda.events-0@2: step 2 to answer command 1 part 0, .* \/ one that answers command 2 part 0$/,
  );
  match(
    await breakOf({ causes: [{ offset: 1 }] }),
    /^sauda.events-0@1: step 1 to answer command 0 part 0/,
  );
  match(
    await breakOf({
      causes: [
        { offset: 0, last: false },
        { offset: 0, part: 2 },
      ],
    }),
    /^sauda.events-0@2: step 2 to answer command 0 part 1/,
  );
  match(
    await breakOf({ causes: [{ offset: 0, last: false }, { offset: 1 }] }),
    /^sauda.events-0@2: step 2 to answer command 0 part 1/,
  );
  match(
    await breakOf({ causes: [{ offset: 0 }, { offset: 0 }] }),
    /^sauda.events-0@2: a record that may follow .*command 0 part 0 comes after 0$/,
  );
});

test("a command that is not the one a step was decided from, and one that is gone, are named", async () => {
  match(
    await breakOf({ digest: "ff".repeat(32) }),
    /^sauda.commands-0@0: the command that step 1 was decided from, with digest f+ \/ one with /,
  );
  match(
    await breakOf({ commands: 2 }),
    /^sauda.events-0@3: command 2, which step 3 answers, .* \/ an end of it at 2$/,
  );
});

test("a log of another market, shard or number of shards, or of rules nobody knows, is told so", async () => {
  match(
    await breakOf({ genesis: { shard: 1 } }),
    /@0: a claim of this market: shard 0 \/ .*shard 1/,
  );
  match(await breakOf({ genesis: { shards: 2 } }), /@0: .*shards 1 \/ .*shards 2/);
  match(await breakOf({ genesis: { commandsTopicId: "other" } }), /commandsTopicId other$/);
  match(await breakOf({ rules: 1 }), /@0: .*rules 1: this program knows rules 2, 3, 4 and 5 only/);
  ok("fold" in (await auditOf({ rules: 2 })), "a log of rules 2 is read as before");
});
