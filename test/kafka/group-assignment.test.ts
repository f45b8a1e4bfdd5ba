import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assign, type Candidate } from "../../src/kafka/group-assignment.ts";

const topics = new Map([
  ["a", 3],
  ["b", 2],
]);
const places = [...topics].flatMap(([topic, count]) =>
  Array.from({ length: count }, (_, partition) => [topic, partition] as const),
);

const owned = fc.subarray(places as (readonly [string, number])[]).map((list) => {
  const map = new Map<string, Set<number>>();
  for (const [topic, partition] of list) {
    map.set(topic, (map.get(topic) ?? new Set()).add(partition));
  }
  return map;
});
const members = fc.uniqueArray(
  fc.record({ memberId: fc.string({ minLength: 1 }), owned, generation: fc.nat(5) }),
  { selector: (member) => member.memberId, minLength: 1, maxLength: 6 },
);

type Assignment = ReturnType<typeof assign>;

function ownersIn(assignment: Assignment): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [memberId, byTopic] of assignment) {
    for (const [topic, partitions] of byTopic) {
      for (const partition of partitions) {
        ok(!owners.has(`${topic}/${partition}`), "assigned twice");
        owners.set(`${topic}/${partition}`, memberId);
      }
    }
  }
  return owners;
}

/** The members as they come back for the next generation. */
function comeBack(assignment: Assignment, generation: number): Candidate[] {
  return [...assignment].map(([memberId, byTopic]) => ({ memberId, owned: byTopic, generation }));
}

for (const spread of ["each", "one"] as const) {
  test(`property: "${spread}" gives everything to exactly one member, whatever they claim`, () => {
    fc.assert(
      fc.property(members, (list) => {
        const owners = ownersIn(assign(spread, list, topics));
        strictEqual(owners.size, places.length);
        if (spread === "one") strictEqual(new Set(owners.values()).size, 1);
      }),
    );
  });

  test(`property: "${spread}" moves nothing when others come or go, and does not ask who leads`, () => {
    fc.assert(
      fc.property(members, members, fc.nat(), (list, newcomers, gone) => {
        const first = assign(spread, list, topics);
        const before = ownersIn(first);
        const known = comeBack(first, 9);
        const leaver = known[gone % known.length];
        const strangers = newcomers
          .filter(({ memberId }) => !first.has(memberId))
          .map((each) => ({ ...each, owned: new Map() }));
        const rest = [...strangers, ...known.filter((each) => each !== leaver)];
        if (rest.length === 0) return;
        const next = assign(spread, rest, topics);
        const after = ownersIn(next);
        for (const [place, owner] of before) {
          if (owner !== leaver?.memberId) strictEqual(after.get(place), owner);
        }
        deepStrictEqual(ownersIn(assign(spread, rest.toReversed(), topics)), after);
      }),
    );
  });
}

test("of two who claim the same, the one of the later generation has it", () => {
  const all = new Map([["b", new Set([0, 1])]]);
  const two = [
    { memberId: "a slept", owned: all, generation: 3 },
    { memberId: "b has it", owned: all, generation: 7 },
  ];
  const assignment = assign("each", two, new Map([["b", 2]]));
  deepStrictEqual(assignment.get("b has it"), all);
});
