/**
 * What a reader of untrusted bytes gives: the value, or what was wrong with the bytes. Readers
 * never throw.
 */
export type Result<Value, Problem = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem };
