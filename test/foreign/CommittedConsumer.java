import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Prints the offsets that Kafka's own read_committed consumer is given of each topic's first partition, a line each. */
public class CommittedConsumer {
  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.putAll(Map.of(
        "bootstrap.servers", args[0],
        "isolation.level", "read_committed",
        "enable.auto.commit", "false",
        "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
        "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer"));
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      for (int index = 1; index < args.length; index += 1)
        System.out.println(offsets(consumer, new TopicPartition(args[index], 0)));
    }
  }

  private static String offsets(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    StringBuilder offsets = new StringBuilder();
    while (consumer.position(partition) < end)
      consumer.poll(Duration.ofMillis(500)).forEach(record -> offsets.append(record.offset()).append(' '));
    return offsets.toString().trim();
  }
}
