import { describeDashboard } from "./dashboard-script.ts";
import { startKafkaMarket } from "./kafka-market.ts";

describeDashboard("behind Kafka, a process for each service", startKafkaMarket);
