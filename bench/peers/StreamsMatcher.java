import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Flow B as a Kafka Streams program: buy orders meet sell offers by price, then time, with partial fills, and a
 * trade's two legs leave in the transaction that moves the book and the input's place. No accounts, no checks, no
 * repeats by id, no books, no gateway.
 *
 * <p>Arguments: bootstrap servers, application id, folder for its state, then settings as name=value. It ends when
 * its standard input does.
 */
public final class StreamsMatcher {
  private static final String BOOK = "book";

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("application.id", args[1]);
    settings.put("state.dir", args[2]);
    settings.put("processing.guarantee", "exactly_once_v2");
    for (int index = 3; index < args.length; index += 1) {
      String[] setting = args[index].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    KafkaStreams streams = new KafkaStreams(topology(), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    streams.start();
    while (System.in.read() != -1) {}
    streams.close(Duration.ofSeconds(5));
  }

  private static Topology topology() {
    Topology topology = new Topology();
    var bytes = Serdes.ByteArray();
    topology.addSource("buys", bytes.deserializer(), bytes.deserializer(), "buy-orders");
    topology.addSource("offers", bytes.deserializer(), bytes.deserializer(), "sell-offers");
    topology.addProcessor("matcher", Matcher::new, "buys", "offers");
    var store = Stores.inMemoryKeyValueStore(BOOK);
    topology.addStateStore(Stores.keyValueStoreBuilder(store, Serdes.String(), bytes), "matcher");
    topology.addSink("demat", "demat-transfers", bytes.serializer(), bytes.serializer(), "matcher");
    topology.addSink("cash", "cash-movements", bytes.serializer(), bytes.serializer(), "matcher");
    return topology;
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Buy(String order_id, String buyer, String stock_symbol, long quantity, BigDecimal price_per_unit) {
    Buy less(long taken) {
      return new Buy(order_id, buyer, stock_symbol, quantity - taken, price_per_unit);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Offer(String offer_id, String seller, String stock_symbol, long quantity) {
    Offer less(long taken) {
      return new Offer(offer_id, seller, stock_symbol, quantity - taken);
    }
  }

  record Demat(
      String transfer_id, String from_entity, String to_entity, String stock_symbol, long quantity, String order_id,
      String timestamp) {}

  record Cash(
      String movement_id, String from_entity, String to_entity, BigDecimal amount, String order_id,
      String description, String timestamp) {}

  /** What rests lies in one store, so that the first key below a prefix is next: price, then time. */
  private static final class Matcher implements Processor<byte[], byte[], byte[], byte[]> {
    private static final ObjectMapper JSON =
        new ObjectMapper().configure(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN, true);
    private static final ObjectReader BUYS = JSON.readerFor(Buy.class);
    private static final ObjectReader OFFERS = JSON.readerFor(Offer.class);
    private static final ObjectWriter WRITER = JSON.writer();
    private static final ZoneId KOLKATA = ZoneId.of("Asia/Kolkata");
    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS");
    private static final long PRICE_MOST = 10_000_000_000L;

    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<String, byte[]> book;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      this.context = context;
      this.book = context.getStateStore(BOOK);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      RecordMetadata place = context.recordMetadata().orElseThrow();
      try {
        if (place.topic().equals("buy-orders")) takeBuy(BUYS.readValue(record.value()), place.offset(), record);
        else takeOffer(OFFERS.readValue(record.value()), place.offset(), record);
      } catch (IOException problem) {
        throw new IllegalArgumentException(place.topic() + " " + place.offset(), problem);
      }
    }

    private void takeBuy(Buy incoming, long offset, Record<byte[], byte[]> cause) throws IOException {
      Buy buy = incoming;
      try (KeyValueIterator<String, byte[]> resting = below("S|" + buy.stock_symbol() + "|")) {
        while (buy.quantity() > 0 && resting.hasNext()) {
          KeyValue<String, byte[]> next = resting.next();
          Offer offer = OFFERS.readValue(next.value);
          long quantity = Math.min(buy.quantity(), offer.quantity());
          settle(buy, quantity, offset + "/" + next.key, cause);
          buy = buy.less(quantity);
          keep(next.key, offer.quantity() == quantity ? null : offer.less(quantity));
        }
      }
      if (buy.quantity() > 0) keep(buyKey(buy, offset), buy);
    }

    private void takeOffer(Offer incoming, long offset, Record<byte[], byte[]> cause) throws IOException {
      Offer offer = incoming;
      try (KeyValueIterator<String, byte[]> resting = below("B|" + offer.stock_symbol() + "|")) {
        while (offer.quantity() > 0 && resting.hasNext()) {
          KeyValue<String, byte[]> next = resting.next();
          Buy buy = BUYS.readValue(next.value);
          long quantity = Math.min(buy.quantity(), offer.quantity());
          settle(buy, quantity, offset + "/" + next.key, cause);
          offer = offer.less(quantity);
          keep(next.key, buy.quantity() == quantity ? null : buy.less(quantity));
        }
      }
      if (offer.quantity() > 0) keep("S|" + offer.stock_symbol() + "|" + padded(offset), offer);
    }

    private KeyValueIterator<String, byte[]> below(String prefix) {
      return book.range(prefix, prefix + "~");
    }

    private static String buyKey(Buy buy, long offset) {
      long paise = buy.price_per_unit().movePointRight(2).longValueExact();
      return "B|" + buy.stock_symbol() + "|" + padded(PRICE_MOST - paise) + "|" + padded(offset);
    }

    private static String padded(long number) {
      String digits = Long.toString(number);
      return "0".repeat(19 - digits.length()) + digits;
    }

    private void keep(String key, Object resting) throws IOException {
      if (resting == null) book.delete(key);
      else book.put(key, WRITER.writeValueAsBytes(resting));
    }

    private void settle(Buy buy, long quantity, String trade, Record<byte[], byte[]> cause) throws IOException {
      String moment = MOMENT.format(LocalDateTime.ofInstant(Instant.ofEpochMilli(context.currentSystemTimeMs()), KOLKATA));
      String symbol = buy.stock_symbol();
      BigDecimal price = asPythonFloat(buy.price_per_unit());
      BigDecimal amount = asPythonFloat(buy.price_per_unit().multiply(BigDecimal.valueOf(quantity)));
      String description = "Payment for " + quantity + " " + symbol + " stocks @ ₹" + price.toPlainString();
      Demat demat = new Demat(id(trade, "DEMAT"), "NSE", buy.buyer(), symbol, quantity, buy.order_id(), moment);
      Cash cash = new Cash(id(trade, "CASH"), "NSE", buy.buyer(), amount, buy.order_id(), description, moment);
      context.forward(leg(demat, cause), "demat");
      context.forward(leg(cash, cause), "cash");
    }

    private static Record<byte[], byte[]> leg(Object message, Record<byte[], byte[]> cause) throws IOException {
      return new Record<>(null, WRITER.writeValueAsBytes(message), cause.timestamp());
    }

    private static String id(String trade, String leg) {
      return UUID.nameUUIDFromBytes((trade + "/" + leg).getBytes(StandardCharsets.UTF_8)).toString();
    }

    /** 88500 as 88500.0, 88500.50 as 88500.5. */
    private static BigDecimal asPythonFloat(BigDecimal rupees) {
      BigDecimal shortest = rupees.stripTrailingZeros();
      return shortest.scale() < 1 ? shortest.setScale(1) : shortest;
    }
  }
}
