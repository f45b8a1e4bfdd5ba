import { describeDashboard } from "./dashboard-script.ts";
import { startMemoryMarket } from "./memory-market.ts";

describeDashboard("on a market in memory", startMemoryMarket);
