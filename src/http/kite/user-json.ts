/**
 * Who a user is, in Kite's fields. Source: Kite Connect v3, "User". A member has no mail address.
 */
export function kiteUser(participant: string): object {
  return {
    user_id: participant,
    user_type: "individual",
    email: "",
    user_name: participant,
    user_shortname: participant,
    broker: "SAUDA",
    exchanges: ["NSE"],
    products: ["CNC", "MIS"],
    order_types: ["LIMIT", "MARKET"],
    avatar_url: null,
    meta: { demat_consent: "consent" },
  };
}
