import { openKafkaLog } from "../../src/kafka/kafka-log.ts";

// A member of a group in a process of its own, for tests that stop or kill one. Says on stdout,
// one line each, when it has partition 0 and when not; "commit" on stdin tries to commit offset 7.

const [bootstrap = "", group = "", topic = "", sessionTimeoutMs] = process.argv.slice(2);
const log = openKafkaLog({ bootstrap, clientId: `member-${process.pid}` });
const member = await log.join(
  group,
  [topic],
  "one",
  sessionTimeoutMs === undefined ? undefined : Number(sessionTimeoutMs),
);
const say = (line: string) => process.stdout.write(`${line}\n`);

process.stdin.on("data", () => {
  member.commit(topic, 0, 7).then(
    () => say("committed"),
    (error: Error) => say(`not committed: ${error.message}`),
  );
});
const ended = new AbortController();
process.stdin.on("end", () => ended.abort());

while (!ended.signal.aborted) {
  say(member.has(topic, 0) ? "has" : "standby");
  await member.changed(ended.signal);
}
process.exit(0);
