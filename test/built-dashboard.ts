import { execFileSync } from "node:child_process";
import { join } from "node:path";

const web = join(import.meta.dirname, "..", "web");
let isBuilt = false;

/**
 * The folder of the built dashboard, as users' gateways serve it; built first where its sources
 * have changed since. A route that the pages catch is caught in tests too.
 */
export function builtDashboard(): string {
  if (!isBuilt) execFileSync(process.execPath, [join(web, "build.ts")], { stdio: "inherit" });
  isBuilt = true;
  return join(web, "dist");
}
