/**
 * True if the Kafka can work now: it gave a producer id. For that the broker must be registered and
 * the controller must write; an open port proves neither. Gives up after two seconds.
 */
export async function isReady(bootstrap: string): Promise<boolean> {
  // Only now: most who look at a Kafka of ours find none that runs.
  const { Producer } = await import("../client.ts");
  const producer = new Producer({
    clientId: "sauda-ready",
    bootstrapBrokers: bootstrap.split(","),
    idempotent: true,
    retries: false,
    connectTimeout: 1_000,
    requestTimeout: 2_000,
    timeout: 2_000,
  });
  try {
    await producer.initIdempotentProducer({});
    return true;
  } catch {
    return false;
  } finally {
    await producer.close(true).catch(() => undefined);
  }
}
