/** A small share of the proof of surgery (`npm run proof:surgery`): random edits of random networks, each proved when made. */
import { expect, test } from "vitest";
import { emptyTally, proveChain } from "./battery/edits/chains.js";

/** NETPICK_EDITS=5000 makes so many. */
const edits = Number(process.env.NETPICK_EDITS ?? 400);

test(`${edits} random edits leave every channel connected as it was, and their subject as it is`, async () => {
  const tally = emptyTally();
  for (let chain = 0; tally.edits < edits; chain++) await proveChain(chain, edits - tally.edits, tally);
  expect(tally.failures).toEqual([]);
  const made = Object.values(tally.made).reduce((sum, count) => sum + count, 0);
  expect(made).toBeGreaterThan(edits / 4);
  expect(tally.seen["networks whose every output is as with masks"]).toBeGreaterThan(edits / 10);
  expect(tally.seen["of them where rounding is amplified"] ?? 0).toBeLessThan(edits / 100);
}, 300_000);
