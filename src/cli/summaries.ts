/**
 * What each command is for, in the order in which help lists them: all that `sauda --help` needs to know of a
 * command, whose own file is loaded when it is named.
 */
export const summaries = {
  up: "start the whole market and stay up (npm start)",
  down: "end the market that runs here",
  reset: "delete the market's data and begin anew",
  broker: "buy: lines qty,symbol,price to Trade_Order, or with --book to buy-orders",
  counterparty: "answer waiting orders: CONFIRM or REJECT to Counter_party",
  seller: "offer shares: lines qty,symbol to sell-offers",
  watch: "show what settles: DEMAT 100 SBI, DEBIT 98500",
  order: "place an order and print the market's answer",
  cancel: "take what is left of an order out of the market, or all orders of a member, or of all",
  confirm: "say yes to an order that waits for a counterparty",
  reject: "say no to an order that waits for a counterparty",
  affirm: "settle a trade for a custodian's client, or reject it",
  offer: "offer shares in the buy-in auction of a symbol",
  "pay-dues": "pay what an account owes from its free cash",
  "pay-in": "pay in shares sold, or the money for shares bought, before the time",
  deposit: "bring cash or shares of an account into the market",
  withdraw: "take free cash or shares of an account out of the market",
  "lift-suspension": "let a member in default trade again, once it owes nothing",
  orders: "show the orders that live; with --all also those that ended",
  accounts: "show cash and shares of every account, free, blocked and due",
  charges: "what a trade costs: each charge, its rate and where that is from",
  report: "documents: contract-note, statement, holdings, obligations, trial-balance, day-file",
  dlq: "dead letters: records nobody could read or use",
  topics: "show the market's topics: partitions, records, who writes them",
  demo: "fill the market with life: seeded traders around a random walk",
  doctor: "look at this machine and the market: one line a check, and how to put it right",
  intake: "relays what strangers write (the seeds' topics, sauda.orders) into sauda.commands",
  exchange: "decides commands: the one writer of sauda.events",
  publisher: "puts what the log says on the public topics",
  gateway: "HTTP, WebSocket, Kite's dialect and the dashboard",
  books: "keeps the books: journals, balances and trades in PostgreSQL",
  reconcile: "compare the log with the books and the public topics, record by record",
  keys: "the gateway's keys: list, add, revoke",
  scenario: "play files of days on a virtual clock, or list them",
  kafka: "the Kafka that Sauda runs when none is given",
  postgres: "the PostgreSQL that Sauda runs when DATABASE_URL names none",
  completion: "print the script by which a shell completes commands and options",
} as const;

/** A command's name, as it is typed. */
export type CommandName = keyof typeof summaries;
