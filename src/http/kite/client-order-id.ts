import { keyIdPattern } from "../keys.ts";

/** What an order's client id says of how it came: by which key, with which tag. */
type KiteMark = { readonly keyId: string; readonly tag: string | null };

/**
 * The client order id of an order that came through Kite's dialect. Kite's orders have no
 * client id, so this one carries what the market itself does not keep: the key and the tag. At
 * most 127 characters.
 */
export function kiteClientOrderId(keyId: string, tag: string | null, uniqueId: string): string {
  return `kite-${keyId}-${tag ?? ""}-${uniqueId}`;
}

/**
 * What the id says; null for an order from any other door. Tags have no dash, unique ids a
 * fixed form.
 */
export function readKiteMark(clientOrderId: string): KiteMark | null {
  const [, keyId = "", tag = ""] = markPattern.exec(clientOrderId) ?? [];
  return keyIdPattern.test(keyId) ? { keyId, tag: tag === "" ? null : tag } : null;
}

const markPattern = /^kite-(.+)-([A-Za-z0-9]{0,20})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
