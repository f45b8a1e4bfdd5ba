import { after, before, test } from "node:test";
import { describeFlows, watchOutputs, type Shared } from "./flows.ts";
import { checkWholeMarket } from "./market-records.ts";
import { ephemeralMarket } from "./market-process.ts";
import { openTopics } from "./records.ts";
import { describeStrangers } from "./strangers.ts";
import { describeTerminal } from "./terminal.ts";

const shared = {} as Shared;

before(async () => {
  shared.market = await ephemeralMarket();
  shared.topics = openTopics(shared.market.bootstrap);
});

after(async () => {
  await shared.topics?.close();
  await shared.market?.stop();
});

describeFlows(shared);
describeStrangers(shared);
describeTerminal(shared);

test("after all this the independent checker finds nothing wrong in the log and the topics", async () => {
  await (await watchOutputs(shared.topics)).close();
  await checkWholeMarket(shared.topics, shared.market.bootstrap);
});
