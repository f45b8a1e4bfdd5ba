/** The ports of a broker, both on loopback. */
export type BrokerPorts = { readonly port: number; readonly controllerPort: number };

/**
 * The text of server.properties for a node that is broker and controller in one. Folders are
 * relative to the data folder, in which the broker runs: so the folder may be moved, and its path
 * may hold anything.
 */
export function serverProperties(ports: BrokerPorts, logDir: string): string {
  return `process.roles=broker,controller
node.id=1
log.dirs=${logDir}

# On loopback only. Bound by address and advertised by name, since clients may look for either.
listeners=PLAINTEXT://127.0.0.1:${ports.port},CONTROLLER://127.0.0.1:${ports.controllerPort}
advertised.listeners=PLAINTEXT://localhost:${ports.port},CONTROLLER://localhost:${ports.controllerPort}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=localhost:${ports.controllerPort}

# A topic is made on purpose: one made by a client that was early would have the wrong settings.
auto.create.topics.enable=false

# There is one node, and few groups: fewer files to make at the first start.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1

# A stranger's transaction that is left open holds back its partition: at most for as long as clients ask for by default.
transaction.max.timeout.ms=60000
# The broker looks for those that are over this often; its default is 10 s.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# A group of one need not wait for others, and a killed member should be missed soon.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# After a kill the restarted broker waits until its old registration has run out.
# A heartbeat must come twice within it.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000

# The default, 128 MiB, is a quarter of our heap; ours has a handful of small compacted topics.
log.cleaner.dedupe.buffer.size=16777216
`;
}

/**
 * The text of the logging settings: broker.log in the data folder, at most three files of 10 MB.
 */
export function loggingProperties(): string {
  return `status=off
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=broker.log
appender.file.filePattern=broker.%i.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %m (%c{1})%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
`;
}

/**
 * The text of a file of arguments for `java`, one a line: the class path of 46 jars would drown
 * everything in \`ps\`.
 */
export function javaArguments(jars: readonly string[], flags: readonly string[]): string {
  const lines = ["-XX:+UseSerialGC", ...flags, "-Dlog4j2.configurationFile=log4j2.properties"];
  return [...lines, "-cp", jars.join(":")]
    .map((word) => `"${word.replaceAll(/["\\]/g, "\\$&")}"\n`)
    .join("");
}
