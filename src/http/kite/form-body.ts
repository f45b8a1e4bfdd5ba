import { shortened } from "../../protocol/unreadable.ts";
import type { Server } from "../typed-server.ts";
import { inputError } from "./kite-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bodies as Kite's clients send them: `application/x-www-form-urlencoded`, each field once,
 * in UTF-8.
 */
export function readForms(kite: Server): void {
  kite.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "buffer" },
    (_request, body, done) => {
      try {
        done(null, readForm(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/**
 * The fields of a form. Throws `KiteError` where one is sent twice, or bytes or escapes are
 * not UTF-8.
 */
function readForm(body: Buffer): object {
  const form = new Map<string, string>();
  for (const pair of decoded(body, utf8.decode.bind(utf8)).split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.replaceAll("+", " ").split("=");
    const field = decoded(name, decodeURIComponent);
    if (form.has(field)) throw inputError(`${shortened(field)}: send it once`);
    form.set(field, decoded(rest.join("="), decodeURIComponent));
  }
  return Object.fromEntries(form);
}

/** Not URLSearchParams: it makes the same replacement character of every wrong byte. */
function decoded<Encoded>(encoded: Encoded, decode: (encoded: Encoded) => string): string {
  try {
    return decode(encoded);
  } catch {
    throw inputError("body: not UTF-8: send UTF-8 in whole percent escapes");
  }
}
