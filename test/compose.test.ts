import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { parse } from "yaml";

import { kafkaVersion, packageRoot } from "../src/kafka/managed/installation.ts";
import { serverProperties } from "../src/kafka/managed/settings.ts";

type Service = {
  readonly image: string;
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
};

const text = await readFile(join(packageRoot, "compose.yaml"), "utf8");
const compose = parse(text) as {
  services: { kafka: Service; postgres: Service };
  volumes: Record<string, null>;
};
const { kafka, postgres } = compose.services;

test("the container is the very Kafka that is started without Docker", async () => {
  equal(kafka.image, `apache/kafka:${kafkaVersion}`);
  const pom = await readFile(join(packageRoot, "pom.xml"), "utf8");
  match(
    pom,
    new RegExp(`<artifactId>kafka_2.13</artifactId>\\s*<version>${kafkaVersion}</version>`),
  );
});

test("ports are open on this machine only, and Kafka's is the one it advertises to it", () => {
  deepStrictEqual(kafka.ports, ["127.0.0.1:9092:9092"]);
  deepStrictEqual(postgres.ports, ["127.0.0.1:5432:5432"]);
  equal(listeners("KAFKA_ADVERTISED_LISTENERS").get("HOST"), "localhost:9092");
  equal(listeners("KAFKA_LISTENERS").get("HOST"), ":9092");
});

test("every listener has a protocol, and what is advertised is listened to on the same port", () => {
  const open = listeners("KAFKA_LISTENERS");
  const protocols = String(kafka.environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]);
  const named = protocols.split(",").map((pair) => pair.split(":")[0] ?? "");
  deepStrictEqual([...open.keys()].toSorted(), named.toSorted());
  for (const [name, address] of listeners("KAFKA_ADVERTISED_LISTENERS")) {
    equal(portOf(address), portOf(open.get(name)));
  }
  ok(open.has(String(kafka.environment["KAFKA_INTER_BROKER_LISTENER_NAME"])));
  const controller = String(kafka.environment["KAFKA_CONTROLLER_LISTENER_NAMES"]);
  equal(
    portOf(String(kafka.environment["KAFKA_CONTROLLER_QUORUM_VOTERS"])),
    portOf(open.get(controller)),
  );
});

test("what does not depend on the place is set as for the managed Kafka", () => {
  const place =
    /^(process|node|log\.dirs|listeners|advertised|listener|inter|controller)(\.|$)|^log\.dirs$/;
  const managed = serverProperties({ port: 1, controllerPort: 2 }, "log")
    .split("\n")
    .filter(
      (line) => line !== "" && !line.startsWith("#") && !place.test(line.split("=")[0] ?? ""),
    );
  const container = Object.entries(kafka.environment)
    .filter(([name]) => name.startsWith("KAFKA_") && name !== "KAFKA_HEAP_OPTS")
    .map(([name, value]) => [name.slice("KAFKA_".length).toLowerCase().replaceAll("_", "."), value])
    .filter(([name]) => !place.test(String(name)))
    .map(([name, value]) => `${name}=${value}`);
  deepStrictEqual(container.toSorted(), managed.toSorted());
  ok(managed.length > 10);
});

test("data is kept in named volumes, and Kafka's lies where it is told to write", () => {
  deepStrictEqual(kafka.volumes, [`kafka:${kafka.environment["KAFKA_LOG_DIRS"]}`]);
  // From version 18 on the image wants its volume one folder higher than before.
  equal(postgres.image, "postgres:18");
  deepStrictEqual(postgres.volumes, ["postgres:/var/lib/postgresql"]);
  deepStrictEqual(Object.keys(compose.volumes), ["kafka", "postgres"]);
});

test("--wait has something to wait for, and PostgreSQL comes only when asked for", () => {
  ok(kafka.healthcheck.test.includes("localhost:9092"));
  ok(postgres.healthcheck.test.includes("pg_isready"));
  deepStrictEqual(postgres.profiles, ["books"]);
  equal(kafka.profiles, undefined);
});

test("the cluster id is one that Kafka can read: 16 bytes in base64url", () => {
  const id = String(kafka.environment["CLUSTER_ID"]);
  equal(Buffer.from(id, "base64url").length, 16);
  equal(Buffer.from(id, "base64url").toString("base64url"), id);
});

function listeners(name: string): Map<string, string> {
  const pairs = String(kafka.environment[name]).split(",");
  return new Map(
    pairs.map((pair) => {
      const [key = "", address = ""] = pair.split("://");
      return [key, address];
    }),
  );
}

function portOf(address: string | undefined): string | undefined {
  return address?.split(":").at(-1);
}
