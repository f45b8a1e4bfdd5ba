import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { spanOf, spanQuery } from "../../../src/http/routes/params.ts";

const day = Date.parse("2026-11-30T00:00:00+05:30");
const spanOfQuery = (query: Readonly<Record<string, string>>) => spanOf(spanQuery.parse(query));

test("a date is India's day, whole; a time has its zone", () => {
  deepEqual(spanOfQuery({ since: "2026-11-30", until: "2026-11-30" }), {
    since_ms: day,
    until_ms: day + 86_400_000,
  });
  equal(spanOfQuery({ since: "2026-11-30T00:00:00+05:30" }).since_ms, day);
  equal(spanOfQuery({ since: "2026-11-29T18:30Z" }).since_ms, day);
  equal(spanOfQuery({ since: "0001-01-01" }).since_ms, 0);
});

test("a day that no calendar has is refused, and the leap day is taken", () => {
  for (const since of [
    "2026-02-29",
    "2026-06-31",
    "2026-13-01",
    "2026-11-30T24:00Z",
    "2026-11-30T10:00",
  ])
    equal(spanQuery.safeParse({ since }).success, false, since);
  equal(spanQuery.safeParse({ since: "2028-02-29" }).success, true);
});

test("where an end is said as text and as a number, both hold", () => {
  const both = { since: "2026-11-30", since_ms: "5", until: "2026-11-30", until_ms: "7" };
  deepEqual(spanOfQuery(both), { since_ms: day, until_ms: 7 });
});
