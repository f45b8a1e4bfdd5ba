import { hash } from "node:crypto";

/** The namespace of every UUID this market makes: a constant, drawn once, never to change. */
export const saudaNamespace = "4f474326-7c0c-4dfc-93fc-b715d9be4739";

const namespaceBytes = Buffer.from(saudaNamespace.replaceAll("-", ""), "hex");

/**
 * UUID version 5 (RFC 9562, 5.5): SHA-1 of the namespace and the name, so the same name is the
 * same id.
 */
export function uuidV5(name: string): string {
  const bytes = hash("sha1", Buffer.concat([namespaceBytes, Buffer.from(name)]), "buffer");
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
