/** How figures are spelled, in sentences as in tables. */

export const integer = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A share, as percent with two decimals: of 10,000 items the second decimal is one item. */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** The difference of two shares, in percentage points. */
export const points = (share: number): string => {
  const value = (Math.abs(share) * 100).toFixed(2);
  return `${value} percentage ${value === "1.00" ? "point" : "points"}`;
};

/** Four significant digits, and no decimals where they are not needed. */
export const number = (value: number): string => {
  if (Number.isInteger(value)) return integer(value);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(digits, 20) });
};

/** How many times one figure is another: three significant digits. */
export const times = (value: number): string =>
  value.toLocaleString("en-US", value < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });

export const seconds = (value: number): string =>
  value >= 100 ? integer(value) : value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "1 network", "12 networks". */
export const many = (count: number, noun: string): string => `${integer(count)} ${noun}${count === 1 ? "" : "s"}`;
