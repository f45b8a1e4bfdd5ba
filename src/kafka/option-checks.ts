import { Ajv2020 } from "ajv/dist/2020.js";

// The client library has Ajv make code for some forty checks of options while it loads: half of
// what the start of a command costs, and none is asked unless a client is `strict`, which ours are
// not. So each is made when it is first asked. This module must be loaded before the library:
// `client.ts` sees to it.

type Check = ((options: unknown) => unknown) & { errors?: unknown };
type Compiler = { compile: (this: Compiler, schema: unknown) => Check };

function putOff(compiler: Compiler): void {
  const { compile } = compiler;
  compiler.compile = function compileLater(schema) {
    let made: Check | undefined;
    const check = (options: unknown): unknown => (made ??= compile.call(this, schema))(options);
    return Object.defineProperty(check, "errors", { get: () => made?.errors });
  };
}

putOff(Ajv2020.prototype as unknown as Compiler);
