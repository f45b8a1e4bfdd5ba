import { createRequire } from "node:module";

// The client library has Ajv make code for some forty checks of options while it loads: half of what the start of a command
// costs, and none is asked unless a client is `strict`, which ours are not. So each is made when it is first asked.
// This module must be loaded before the library: `client.ts` sees to it.

type Check = ((options: unknown) => unknown) & { errors?: unknown };
type Compiler = { compile: (this: Compiler, schema: unknown) => Check };

/** The library's own Ajv of its own dialect: what others compile is left as it is. Null: a release that has none. */
function findCompiler(): Compiler | null {
  const fromClient = createRequire(import.meta.resolve("@platformatic/kafka"));
  try {
    const { Ajv2020 } = fromClient("ajv/dist/2020.js") as { Ajv2020: { prototype: Compiler } };
    return Ajv2020.prototype;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return null;
  }
}

function putOff(compiler: Compiler): void {
  const { compile } = compiler;
  compiler.compile = function compileLater(schema) {
    let made: Check | undefined;
    const check = (options: unknown): unknown => (made ??= compile.call(this, schema))(options);
    return Object.defineProperty(check, "errors", { get: () => made?.errors });
  };
}

const compiler = findCompiler();
if (compiler !== null) putOff(compiler);
