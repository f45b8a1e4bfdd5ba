/** Largest order: 100 crore shares. */
export const quantityMax = 1e9;

/** Highest price: Rs 1 crore. */
export const priceMaxPaise = 1e9;

/** Most resting orders one order may take: what keeps a step small enough to write (rule R10). */
export const fillsMax = 1_000;
