/** Requests of one key in a second that are sequenced, where nothing else is said. */
export const ordersPerSecondDefault = 10;

/** Reads of one key in a second: a dashboard needs some ten. */
export const readsPerSecondDefault = 200;

/** Connections at a time: the streams and callers of a busy market, and some more. */
export const connectionsDefault = 2_000;
