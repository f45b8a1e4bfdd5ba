import { hash } from "node:crypto";

/** The namespace of every UUID this market makes: a constant, drawn once, never to change. */
export const saudaNamespace = "4f474326-7c0c-4dfc-93fc-b715d9be4739";

const namespaceBytes = Buffer.from(saudaNamespace.replaceAll("-", ""), "hex");
/** The namespace, and behind it the name that is hashed: memory that is used again. */
let hashed = Buffer.concat([namespaceBytes, Buffer.alloc(256)]);
/** What the first hex digit of the ninth byte is with the variant's two bits in it. */
const variantDigits = "89ab89ab89ab89ab";

/**
 * UUID version 5 (RFC 9562, 5.5): SHA-1 of the namespace and the name, so the same name is the
 * same id.
 */
export function uuidV5(name: string): string {
  const mayTake = namespaceBytes.length + 3 * name.length; // UTF-8 of a UTF-16 unit is 3 at most
  if (mayTake > hashed.length) hashed = Buffer.concat([namespaceBytes, Buffer.alloc(mayTake)]);
  const end = namespaceBytes.length + hashed.write(name, namespaceBytes.length);
  const hex = hash("sha1", hashed.subarray(0, end));
  const variant = variantDigits[Number.parseInt(hex.charAt(16), 16)] ?? "";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
