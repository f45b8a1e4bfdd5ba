#!/usr/bin/env node
// Plain JavaScript for any Node: finds the project's own Node 24 and hands over to the commands.
import { spawn } from "node:child_process";
import module from "node:module";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// A clone runs its sources, always: what was once made of them (build/package.ts) may be old. A
// package has nothing else.
const source = join(root, "src", "cli", "main.ts");
const main = existsSync(source) ? source : join(root, "dist", "main.js");
// An installed package's folder is npm's, and may be another user's.
const isInstalled = root.split(sep).includes("node_modules");
const kept = isInstalled ? join(homedir(), ".cache", "sauda") : join(root, ".sauda");
const ownNode = findNode();

/**
 * The program of npm's package `node`, which lies beside an installed package and inside a clone.
 */
function findNode() {
  const places = module.createRequire(import.meta.url).resolve.paths("node") ?? [];
  const found = places.map((place) => join(place, "node", "bin", "node"));
  return found.find((program) => existsSync(program)) ?? found[0] ?? "";
}

if (Number(process.versions.node.split(".")[0]) >= 24) {
  module.enableCompileCache(join(kept, "compile-cache")); // halves the start of a command
  await import(main);
} else if (existsSync(ownNode)) {
  const child = spawn(ownNode, [process.argv[1], ...process.argv.slice(2)], { stdio: "inherit" });
  // The terminal signals the whole group; a signal sent to this process alone must reach the child.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.exitCode = 1;
    process.removeAllListeners(signal); // as the child ended, so ends this: the shell sees 130 for Ctrl-C
    process.kill(process.pid, signal);
  });
} else {
  const say = (line) => process.stderr.write(`${line}\n`);
  say("sauda needs Node 24, which its own package brings: run `npm install` here first");
  say("(with --ignore-scripts it is left out: run `npm rebuild node`)");
  process.exit(1);
}
