import { deepStrictEqual, ok } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createPartitionsV3,
  deleteGroupsV2,
  deleteRecordsV2,
  deleteTopicsV6,
  describeGroupsV5,
  leaveGroupV5,
} from "@platformatic/kafka";
import { sourceTopics } from "../../src/protocol/topics.ts";
import { openCluster, connectToCoordinator, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { checkSources } from "../../src/cli/doctor/doctor-sources.ts";
import type { LogClient } from "../../src/cli/log-client.ts";
import { followWaitMs } from "../../src/services/log.ts";
import { startSauda, type SaudaProcess } from "../acceptance/market-process.ts";
import { loadServices, type Services } from "../services/service-variant.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { makeTopic } from "./topic.ts";
import { apiKeys, startFrameProxy, type FrameProxy } from "./frame-proxy.ts";
import {
  openMarketInProcess,
  until,
  type MarketInProcess,
  type RunningIntake,
} from "./market-in-process.ts";

// Rule R12 on a real Kafka: whatever becomes of a source and of its intake, every record that
// is there is decided exactly once. `settled` asks the independent checker, until it finds
// nothing wrong.

const source = "buy-orders";
const timeoutMs = 3000;

let kafka: TestKafka;
let market: MarketInProcess;
let services: Services;
let cluster: Cluster;

before(async () => {
  kafka = await testKafka();
  market = await openMarketInProcess(kafka.bootstrap);
  services = await loadServices();
  cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "stranger" });
  await market.exchange({ services, bootstrap: kafka.bootstrap });
});

after(async () => {
  await market?.stop();
  cluster?.close();
  await kafka?.stop();
});

async function growTo(partitions: number): Promise<void> {
  const spec = { name: source, count: partitions, assignments: [{ brokerIds: [1] }] };
  await cluster.ask(createPartitionsV3.api, [spec], timeoutMs, false);
  const isThere = async () => (await cluster.findLeader(source, partitions - 1)) !== null;
  await until("the new partition has a leader", isThere);
}

/** Deletes every record of the source's first partition before this offset, as retention does. */
async function deleteBefore(offset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, offset: BigInt(offset) }];
  await cluster.ask(deleteRecordsV2.api, [{ name: source, partitions }], timeoutMs);
}

async function makeAnew(): Promise<void> {
  await remove(source);
  await makeTopic(cluster, source);
}

async function remove(topic: string): Promise<void> {
  await cluster.ask(deleteTopicsV6.api, [{ name: topic }], timeoutMs);
  await until("the topic is gone", async () => (await cluster.findTopic(topic)) === null);
}

/** What the market noted as missing, from the first step on. */
async function missing(): Promise<string[]> {
  const { steps } = await market.settled();
  return steps.flatMap(({ step }) =>
    step.events.flatMap((event) =>
      event.type === "InputsMissingNoted" ? [`${event.from} to ${event.to}`] : [],
    ),
  );
}

async function withIntake(
  work: (intake: RunningIntake) => Promise<void>,
  bootstrap = kafka.bootstrap,
): Promise<void> {
  const intake = await market.intake(services, bootstrap);
  try {
    await until("it relays", () => intake.reports.some(({ type }) => type === "relaying"));
    await work(intake);
  } finally {
    await intake.stop();
  }
}

describe("R12: a source that has grown is relayed from its new partition's first record", () => {
  test("while no intake is there", async () => {
    await withIntake(async () => {
      await market.order(10);
      await market.settled();
    });
    await growTo(2);
    await market.order(5, 1);
    await market.order(5);
    await withIntake(async () => {
      await market.order(5, 1);
      await market.settled();
    });
  });

  test("while an intake works", () =>
    withIntake(async () => {
      await growTo(3);
      await market.order(5, 2);
      await market.order(5);
      await market.settled();
      await market.order(5, 2);
      await market.settled();
    }));
});

describe("R12: a source whose head was deleted tells the market what is missing, and goes on", () => {
  test("while no intake is there", async () => {
    const read = await market.topics.end(source);
    await market.order(10);
    await deleteBefore(read + 4);
    await withIntake(async () => {
      deepStrictEqual((await missing()).slice(-1), [`${read} to ${read + 3}`]);
      await market.order(5);
      await market.settled();
    });
  });

  /** As Kafka does after a week without a member. */
  async function forgetGroup(): Promise<void> {
    const connection = await connectToCoordinator(cluster, "group", "sauda-intake");
    try {
      await connection.call(deleteGroupsV2.api, timeoutMs, ["sauda-intake"]);
    } finally {
      connection.destroy();
    }
  }

  async function doctorSays(): Promise<string[]> {
    const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "doctor" });
    const checks: string[] = [];
    const logClient = { log, shards: 1, close: () => log.close() };
    for await (const check of checkSources(logClient as unknown as LogClient, Date.now()))
      checks.push(`${check.level} ${check.what} ${check.detail}`);
    await log.close();
    return checks;
  }

  test("while the group forgets its place: what the log has not taken is missing", async () => {
    await market.settled();
    const read = await market.topics.end(source);
    await market.order(10);
    await deleteBefore(read + 4);
    await forgetGroup();
    await withIntake(async () => {
      await until("it is noted", async () => (await missing()).includes(`${read} to ${read + 3}`));
      await market.order(5);
      await market.settled();
    });
    const gone = `offsets ${read} to ${read + 3}`;
    const alarm = `FAIL buy-orders-0 ${gone} were deleted before they were read`;
    ok((await doctorSays()).some((line) => line.startsWith(alarm)));
  });

  test("while the group forgets its place, and all that is gone was taken: nothing is", async () => {
    await withIntake(async () => {
      await market.order(5);
      await market.settled();
    });
    const before = await missing();
    await deleteBefore(await market.topics.end(source));
    await forgetGroup();
    await withIntake(async () => {
      await market.order(5);
      await market.settled();
    });
    deepStrictEqual(await missing(), before);
  });

  test("while an intake works, and all that it has not read is gone", async () => {
    const proxy = await startFrameProxy(kafka.bootstrap);
    const deleteUnread = async () => {
      await market.settled();
      const read = await market.topics.end(source);
      const letRead = proxy.dropAll("request", apiKeys.fetch);
      await sleep(followWaitMs + 500); // the last fetch that has come through ends without a record
      await market.order(10);
      await deleteBefore(read + 10);
      letRead();
      await market.order(5);
      await until("it is noted", async () => (await missing()).length > 1);
      deepStrictEqual((await missing()).slice(-1), [`${read} to ${read + 9}`]);
    };
    try {
      await withIntake(deleteUnread, proxy.bootstrap);
    } finally {
      await proxy.close();
    }
  });
});

describe("R12: a source made anew under its name is another one, read from its first record", () => {
  for (const orders of [3, 80]) {
    const more = orders === 3 ? "fewer" : "more";
    test(`while no intake is there, when it has ${more} records than were read before`, async () => {
      await withIntake(async () => {
        await market.order(40);
        await market.settled();
      });
      await makeAnew();
      await market.order(orders);
      await withIntake(async () => {
        await market.order(3);
        await market.settled();
      });
    });

    test(`while an intake works, when it has ${more} records than were read before`, () =>
      withIntake(async () => {
        await market.order(40);
        await market.settled();
        await makeAnew();
        await market.order(orders);
        await market.settled();
      }));
  }
});

describe("R12: trouble with one source stops no other, while an intake works", () => {
  const other = "sell-offers";

  /** Orders on the healthy source are decided, within less than a stuck source's longest wait. */
  async function goesOn(): Promise<void> {
    await market.order(5);
    await market.settled();
  }

  test("one that is made anew with fewer partitions", async () => {
    await remove(other);
    await makeTopic(cluster, other, { partitions: 2 });
    await withIntake(async ({ reports }) => {
      await until("both partitions are relayed", () =>
        reports.some((one) => one.type === "relaying" && one.sources === sourcesWith(2)),
      );
      await remove(other);
      await makeTopic(cluster, other);
      await goesOn();
      await until(
        "the one that is gone is let go",
        () => {
          const last = reports.findLast(({ type }) => type === "relaying");
          return last?.type === "relaying" && last.sources === sourcesWith(1);
        },
        20_000,
      );
      await goesOn();
    });
  });

  test("one that is deleted altogether", () =>
    withIntake(async ({ reports }) => {
      await remove(other);
      const isSaid = (): boolean =>
        reports.some(
          (one) => "source" in one && one.source === `${other}-0` && /no such/.test(one.why),
        );
      await until("it is said", isSaid, 20_000);
      await goesOn();
      await makeTopic(cluster, other);
      await goesOn();
    }));
});

test("R12: a commit that arrives when its source was made anew moves nothing there", async () => {
  const proxy = await startFrameProxy(kafka.bootstrap);
  try {
    await withIntake(async () => {
      await market.order(20);
      await market.settled();
      const holding = proxy.catch("request", apiKeys.offsetCommit, "hold");
      await market.order(10);
      const held = await holding;
      await makeAnew();
      await market.order(100);
      held.deliver();
      await market.settled();
    }, proxy.bootstrap);
  } finally {
    await proxy.close();
  }
});

describe("R12: an intake killed -9 under orders", () => {
  const points = [
    { when: "when it has fetched", direction: "response", kind: apiKeys.fetch, fault: "drop" },
    {
      when: "before its chunk arrives",
      direction: "request",
      kind: apiKeys.produce,
      fault: "drop",
    },
    { when: "before it is told so", direction: "response", kind: apiKeys.produce, fault: "drop" },
    { when: "before its commit", direction: "request", kind: apiKeys.offsetCommit, fault: "drop" },
    { when: "after its commit", direction: "response", kind: apiKeys.offsetCommit, fault: "drop" },
    { when: "with a chunk on its way", direction: "request", kind: apiKeys.produce, fault: "hold" },
  ] as const;

  test("at every point of its way leaves one decision for each record", async (context) => {
    const proxy = await startFrameProxy(kafka.bootstrap);
    const ended = new AbortController();
    const ordering = keepOrdering(ended.signal);
    try {
      for (const { when, direction, kind, fault } of points) {
        const intake = await startIntakeProcess(proxy);
        const caught = await proxy.catch(direction, kind, fault);
        intake.signal("SIGKILL");
        await intake.ended();
        await buryTheDead();
        // A chunk that was held arrives when its successor has relayed the same records.
        if (fault === "hold") await withIntake(() => letPass(() => caught.deliver()));
        context.diagnostic(`killed ${when}`);
      }
      await withIntake(async () => {
        await letPass(() => ended.abort());
        await ordering;
        await market.settled();
      });
    } finally {
      ended.abort();
      await ordering;
      await proxy.close();
    }
    const { steps } = await market.settled();
    const events = steps.flatMap(({ step }) => step.events);
    const isRepeat = (event: (typeof events)[number]): boolean =>
      event.type === "Repeated" && event.firstSeq === null;
    ok(events.filter(isRepeat).length >= 3, "what was relayed twice is repeated");
  });
});

/** The partitions of all sources, when `sell-offers` has so many. `buy-orders` was grown before. */
function sourcesWith(partitions: number): number {
  return sourceTopics.length - 1 + partitions;
}

async function letPass(then: () => void): Promise<void> {
  await sleep(300);
  then();
}

async function keepOrdering(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await market.order(2);
    await sleep(10);
  }
}

async function startIntakeProcess(proxy: FrameProxy): Promise<SaudaProcess> {
  const intake = startSauda(["intake", "--json", "--kafka", proxy.bootstrap]);
  await intake.line(/"type":"relaying"/);
  return intake;
}

/** Takes the dead out of the group at once; the coordinator would miss each only after 6 s. */
async function buryTheDead(): Promise<void> {
  const connection = await connectToCoordinator(cluster, "group", "sauda-intake");
  try {
    const described = await connection.call(
      describeGroupsV5.api,
      timeoutMs,
      ["sauda-intake"],
      false,
    );
    const members = described.groups.flatMap((group) =>
      group.members.map(({ memberId }) => ({ memberId, groupInstanceId: null, reason: "killed" })),
    );
    await connection.call(leaveGroupV5.api, timeoutMs, "sauda-intake", members);
  } finally {
    connection.destroy();
  }
}
