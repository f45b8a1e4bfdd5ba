import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import {
  ephemeralMarket,
  groupLimitMs,
  until,
  watchProcess,
  type SaudaProcess,
  type TestMarket,
} from "../acceptance/market-process.ts";
import { header, openTopics, type Topics } from "../acceptance/records.ts";
import { describeExamples } from "./examples.ts";
import { makeVenv, type Venv } from "./venv.ts";

let market: TestMarket;
let topics: Topics;
let venv: Venv | null = null;
let missing = "";
const started: Program[] = [];

before(async () => {
  const made = await makeVenv();
  venv = made.venv;
  if (made.venv === null) missing = made.missing;
  else market = await ephemeralMarket();
  if (market !== undefined) topics = openTopics(market.bootstrap);
});

after(async () => {
  for (const program of started) program.end();
  await topics?.close();
  await market?.stop();
  await venv?.remove();
});

/** A foreign program that runs: what it says, and its prompt. */
type Program = SaudaProcess & { type(line: string): void; end(): void };

function startProgram(file: string, args: readonly string[] = []): Program {
  if (venv === null) throw new Error("no Python");
  const child = spawn(venv.python, [join(import.meta.dirname, file), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, KAFKA_BOOTSTRAP_SERVERS: market.bootstrap },
  });
  child.stdin.on("error", () => {});
  const program = {
    ...watchProcess(child, file),
    type: (line: string) => void child.stdin.write(`${line}\n`),
    end: () => void child.kill("SIGKILL"),
  };
  started.push(program);
  return program;
}

/** Starts a program, types the lines and lets it leave by its own word. */
async function runProgram(file: string, lines: readonly string[]): Promise<readonly string[]> {
  const program = startProgram(file);
  for (const line of [...lines, "exit"]) program.type(line);
  strictEqual((await program.ended()).code, 0, program.err.join("\n"));
  return program.out;
}

async function sendOffer(words: readonly string[]): Promise<void> {
  const from = await topics.end("sauda.commands");
  const seller = startProgram("flow_b_seller.py", words);
  strictEqual((await seller.ended()).code, 0, seller.err.join("\n"));
  // The two topics have no common order: the offer must be in before a buy is sent.
  await topics.awaitCount("sauda.commands", from, words.length / 2);
}

async function buy(words: readonly string[]): Promise<readonly string[]> {
  const buyer = startProgram("flow_b_buyer.py", words);
  strictEqual((await buyer.ended()).code, 0, buyer.err.join("\n"));
  return buyer.out;
}

const isLeg = (line: string): boolean => /^(DEMAT|DEBIT|BROKEN)/.test(line);

/**
 * Waits for so many legs and gives all that were shown, shares first: the topics have no
 * common order.
 */
async function legs(program: Program, count: number): Promise<string[]> {
  const shown = (): string[] => program.out.filter(isLeg);
  await until(
    `${count} legs`,
    () => shown().length >= count,
    undefined,
    () => shown().join("\n"),
  );
  const by = (word: string): string[] => shown().filter((line) => line.startsWith(word));
  return [...by("DEMAT"), ...by("DEBIT"), ...by("BROKEN")];
}

function withPython(name: string, run: () => Promise<void>): void {
  test(name, async (context: TestContext) => {
    if (venv === null) return context.skip(`${missing} is missing: no foreign client was tried`);
    await run();
  });
}

describe("kafka-python as a foreign client", { timeout: groupLimitMs }, () => {
  describe("flow A", { timeout: groupLimitMs }, () => {
    let broker: Program;

    withPython("a confirmation sent first is used for the order that comes", async () => {
      broker = startProgram("flow_a_broker.py");
      broker.type("hello");
      await broker.line(/^Bad format/);
      const from = await topics.end("sauda.commands");
      await runProgram("flow_a_counterparty.py", ["CONFIRM"]);
      await topics.awaitCount("sauda.commands", from, 1);
      broker.type("11,SBI,985");
      deepStrictEqual(await legs(broker, 2), ["DEMAT 11 SBI", "DEBIT 10835"]);
    });

    withPython(
      "an order and its confirmation: the broker sees DEMAT 100 SBI and DEBIT 98500",
      async () => {
        broker.type("100,SBI,985");
        await until("it is sent", () => broker.out.filter((line) => line === "sent").length === 2);
        await runProgram("flow_a_counterparty.py", ["", "CONFIRM"]);
        const shown = await legs(broker, 4);
        deepStrictEqual([shown[1], shown[3]], ["DEMAT 100 SBI", "DEBIT 98500"]);
      },
    );

    withPython(
      "bad lines are answered, two orders before two answers settle in order, paise are shown",
      async () => {
        for (const line of ["", "hello", "1,SBI", " 105 , SBI , 938.10 ", "7,SBI,900"])
          broker.type(line);
        await until(
          "both are sent",
          () => broker.out.filter((line) => line === "sent").length === 4,
        );
        const bad = broker.out.filter((line) => line === "Bad format. Use: qty,symbol,price");
        strictEqual(bad.length, 3);
        await runProgram("flow_a_counterparty.py", ["confirm", "CONFIRM"]);
        const all = ["DEMAT 11 SBI", "DEMAT 100 SBI", "DEMAT 105 SBI", "DEMAT 7 SBI"];
        const cash = ["DEBIT 10835", "DEBIT 98500", "DEBIT 98500.50", "DEBIT 6300"];
        deepStrictEqual(await legs(broker, 8), [...all, ...cash]);
      },
    );

    withPython(
      "REJECT settles nothing, hello is a dead letter, the order behind them settles",
      async () => {
        broker.type("8,SBI,985");
        broker.type("9,SBI,985");
        await until(
          "both are sent",
          () => broker.out.filter((line) => line === "sent").length === 6,
        );
        await runProgram("flow_a_counterparty.py", ["REJECT", "hello", "CONFIRM"]);
        const shown = await legs(broker, 10);
        deepStrictEqual([shown[4], shown[9], shown.length], ["DEMAT 9 SBI", "DEBIT 8865", 10]);
        const [letter] = await topics.awaitCount("sauda.dead-letters", 0, 1);
        deepStrictEqual(JSON.parse(String(letter?.value)), {
          type: "Counter_party",
          text: "hello",
        });
      },
    );

    withPython(
      "a confirmation sent twice settles one order, not the next, " +
        "and the broker leaves by its own word",
      async () => {
        broker.type("12,SBI,985");
        await until("it is sent", () => broker.out.filter((line) => line === "sent").length === 7);
        await runProgram("flow_a_counterparty.py", ["CONFIRM", "CONFIRM"]);
        const [, letter] = await topics.awaitCount("sauda.dead-letters", 0, 2);
        strictEqual(letter && header(letter, "x-reason"), "ANSWER_REPEATED");
        broker.type("13,SBI,985");
        await until("it is sent", () => broker.out.filter((line) => line === "sent").length === 8);
        await runProgram("flow_a_counterparty.py", ["REJECT"]);
        const shown = await legs(broker, 12);
        deepStrictEqual([shown[5], shown[11], shown.length], ["DEMAT 12 SBI", "DEBIT 11820", 12]);
        broker.type("exit");
        strictEqual((await broker.ended()).code, 0);
      },
    );
  });

  describe("flow B", { timeout: groupLimitMs }, () => {
    withPython(
      "an offer of 1000 serves 300, 300 and 500 as 300, 300, 400; strict readers accept all",
      async () => {
        const reader = startProgram("flow_b_readers.py");
        await sendOffer(["1000", "SBI"]);
        const [one, two, three] = await buy([
          "300",
          "SBI",
          "885",
          "300",
          "SBI",
          "885",
          "500",
          "SBI",
          "885",
        ]);
        const demat = [`DEMAT 300 SBI ${one}`, `DEMAT 300 SBI ${two}`, `DEMAT 400 SBI ${three}`];
        const cash = [`DEBIT 265500 ${one}`, `DEBIT 265500 ${two}`, `DEBIT 354000 ${three}`];
        deepStrictEqual(await legs(reader, 6), [...demat, ...cash]);
        await sendOffer(["100", "SBI"]);
        const all = await legs(reader, 8);
        deepStrictEqual([all[3], all[7]], [`DEMAT 100 SBI ${three}`, `DEBIT 88500 ${three}`]);
        strictEqual(all.length, 8);
      },
    );
  });
});

describeExamples(() => ({ venv, missing, market }));
