import type { Clock } from "./clock.ts";
import type { Group, MarketLog } from "./log.ts";

/**
 * What every service of the log is run with: the log, who works, the time, and who hears
 * its reports.
 */
export type ServiceParts<Report> = {
  readonly log: MarketLog;
  readonly group: Group;
  readonly clock: Clock;
  readonly report: (report: Report) => void;
};
