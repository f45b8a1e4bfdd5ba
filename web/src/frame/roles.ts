/** A part one can play. */
export type Role = {
  readonly id: string;
  readonly label: string;
  /** The member acted for; null: nobody, the market's operator. */
  readonly participant: string | null;
};

/** The four parts of the play. Any other member is typed in. */
export const roles: readonly Role[] = [
  { id: "broker", label: "Broker", participant: "HDFC" },
  { id: "seller", label: "Seller", participant: "SELLER" },
  { id: "counterparty", label: "Counterparty", participant: "COUNTERPARTY" },
  { id: "operator", label: "Operator", participant: null },
];

/** The parts a key may play. */
export function rolesOf(participants: "*" | readonly string[]): readonly Role[] {
  if (participants === "*") return roles;
  return participants.map(
    (participant) =>
      roles.find((role) => role.participant === participant) ?? memberRole(participant),
  );
}

/** The part of a member that is none of the four. */
export function memberRole(participant: string): Role {
  return { id: `member-${participant}`, label: "Member", participant };
}

/** A member's short name, as the market takes it. */
export const memberPattern = /^[A-Za-z0-9_&.-]{1,32}$/;
