import type { Server } from "../server.ts";
import { inputError } from "./kite-error.ts";

/** Bodies as Kite's clients send them: `application/x-www-form-urlencoded`, each field once. */
export function readForms(kite: Server): void {
  kite.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, text, done) => {
      const form: Record<string, string> = {};
      for (const [name, value] of new URLSearchParams(String(text))) {
        if (Object.hasOwn(form, name)) return done(inputError(`${name}: send it once`));
        form[name] = value;
      }
      done(null, form);
    },
  );
}
