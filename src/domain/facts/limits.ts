/** Largest order: 100 crore shares. */
export const quantityMax = 1e9;

/** Highest price: Rs 1 crore. */
export const priceMaxPaise = 1e9;

/**
 * Most resting orders that an order meets in one part of its step: what keeps a part small enough
 * to write (rule R10). It meets the others in further parts.
 */
export const fillsMax = 1_000;
