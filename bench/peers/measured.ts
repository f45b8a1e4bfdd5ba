import type { Appender } from "../../src/services/log.ts";
import { deepEqual } from "node:assert/strict";
import { append } from "../flow-b.ts";
import { buyRecord, fillOf, offerRecord, Supply, type Fill, type Order } from "./input.ts";
import { checkFills, orderIdOf, type Legs } from "./legs.ts";
import type { Peer } from "./peer.ts";
import { playScenario } from "./scenario.ts";

const batchOrders = 500;

/** A peer at work, and what must have come of all that was sent to it. */
export class Measured {
  readonly peer: Peer;
  readonly legs: Legs;
  readonly buys: Appender;
  readonly #supply: Supply;
  readonly #fills: Fill[] = [];
  readonly #copied: string[] = [];

  constructor(peer: Peer, legs: Legs, buys: Appender, orders: number) {
    this.peer = peer;
    this.legs = legs;
    this.buys = buys;
    this.#supply = new Supply(orders);
  }

  /** The scenario, then the offers for all that follows; a last trade says that they rest. */
  async begin(offers: Appender): Promise<void> {
    this.#fills.push(...(await playScenario(this.buys, offers, this.legs)));
    await append(offers, ...this.#supply.offers, offerRecord("last", "ZYDUS", 1));
    await offers.close();
    const last: Order = { id: "last", symbol: "ZYDUS", quantity: 1, pricePaise: 88_500 };
    await append(this.buys, buyRecord(last));
    this.#fills.push(fillOf(last, 1));
    await this.legs.untilCount(this.#fills.length);
  }

  /** Says what is about to be sent; returns how many records each topic of legs has after it. */
  expect(orders: readonly Order[]): number {
    if (this.peer.isMatcher) this.#fills.push(...this.#supply.take(orders));
    else for (const { id } of orders) this.#copied.push(id);
    return this.#fills.length + this.#copied.length;
  }

  /** Makes the records; what it returns sends them as fast as it goes and waits for their legs. */
  prepare(orders: readonly Order[]): () => Promise<void> {
    const records = orders.map(buyRecord);
    const wanted = this.expect(orders);
    return async () => {
      for (let from = 0; from < records.length; from += batchOrders)
        await append(this.buys, ...records.slice(from, from + batchOrders));
      await this.legs.untilCount(wanted);
    };
  }

  /** Throws unless what came is exactly what had to, each once, in the order of the orders. */
  check(): void {
    if (this.peer.isMatcher) return checkFills(this.legs, this.#fills);
    deepEqual(this.legs.demat.map(orderIdOf), this.#copied);
    deepEqual(this.legs.cash.map(orderIdOf), this.#copied);
  }
}
