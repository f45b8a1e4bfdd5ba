/** One line, and the same for programs. */
export type Fact = { readonly text: string; readonly json: object };
