import { test } from "node:test";
import { offer, tick } from "../clearing-given.ts";
import { given } from "../given.ts";
import { monday, placed, terms } from "./short-sale.ts";

test("an offer is refused outside the auction, outside the band, off the tick and from a short member", () => {
  const start = given(monday(), terms);
  const offered = (time: string, ...fields: Parameters<typeof offer>) =>
    start.when(placed(time, offer(...fields)));
  offered("02 10:00", "M3", "early", 10, 200_00).emits(["REFUSED OfferInAuction early NO_AUCTION"]);
  start.when(tick("02 10:30"));
  offered("02 14:29", "M3", "a", 10, 200_00).emits(["REFUSED OfferInAuction a NO_AUCTION"]);
  offered("02 14:30", "M3", "b", 10, 159_95).emits(["REFUSED OfferInAuction b PRICE_OUT_OF_BAND"]);
  offered("02 14:30", "M3", "c", 10, 240_05).emits(["REFUSED OfferInAuction c PRICE_OUT_OF_BAND"]);
  offered("02 14:30", "M3", "d", 10, 200_01).emits(["REFUSED OfferInAuction d PRICE_OFF_TICK"]);
  offered("02 14:30", "M3", "e", 0, 200_00).emits([
    "REFUSED OfferInAuction e QUANTITY_OUT_OF_RANGE",
  ]);
  offered("02 14:30", "M1", "f", 10, 200_00).emits(["REFUSED OfferInAuction f DEFAULTING_MEMBER"]);
  offered("02 14:30", "M2", "g", 1e9, 200_00, { client: "buyer" }).emits([
    "REFUSED OfferInAuction g INSUFFICIENT_HOLDINGS",
  ]);
  offered("02 14:30", "M3", "A-1", 10, 200_00).emits(["REFUSED OfferInAuction A-1 RESERVED_ID"]);
  offered("02 14:30", "M3", "h", 10, 200_00).emits([
    "OFFERED U-0-17 M3 10 SBIN @ 200.00",
    "BLOCK U-0-17: M3 SBIN free -10, M3 SBIN blocked 10",
  ]);
  offered("02 14:31", "M3", "h", 10, 200_00).emits(["REPEATED h of 18"]);
  offered("02 14:31", "M3", "h", 10, 200_05).emits(["REFUSED OfferInAuction h DUPLICATE_ID"]);
  offered("02 15:00", "M3", "late", 10, 200_00).emits(["REFUSED OfferInAuction late NO_AUCTION"]);
});
