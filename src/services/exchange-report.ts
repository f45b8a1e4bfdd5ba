/** What a running exchange has to say to people; nothing in the market depends on it. */
export type ExchangeReport =
  | { readonly type: "standby"; readonly shard: number }
  | {
      readonly type: "claimed";
      readonly shard: number;
      readonly epoch: number;
      readonly seq: number;
      readonly marketId: string;
    }
  | { readonly type: "doubt"; readonly shard: number; readonly why: string }
  | { readonly type: "released"; readonly shard: number; readonly why: string }
  | { readonly type: "alarm"; readonly shard: number; readonly what: string };
