import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { logSoftmax, normal, random } from "./fixtures/synthetic.js";
import { checkScores, readScores, ScoresWriter, writeScores } from "./scores.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick scores "));
});
afterEach(() => rmSync(folder, { recursive: true }));

function drawn(items: number, classes: number, epochs: number) {
  const next = random(3);
  return {
    classes,
    labels: Uint8Array.from({ length: items }, (_, i) => i % classes),
    epochs: Array.from({ length: epochs }, () =>
      Float32Array.from(
        Array.from({ length: items }, () => logSoftmax(Array.from({ length: classes }, () => normal(next)))).flat(),
      ),
    ),
  };
}

const MEND = "delete it and the .json file beside it and start again, the trial is trained anew";

it.each([
  [1, 2, 1],
  [37, 3, 2],
  [70, 256, 1],
  [3000, 10, 4],
])("reads back what was written: %i items, %i classes, %i epochs", async (items, classes, epochs) => {
  const file = join(folder, "t.parquet");
  const scores = drawn(items, classes, epochs);
  writeScores(file, scores);
  checkScores(file);
  expect(await readScores(file, { items, classes })).toEqual(scores.epochs);
  expect(await readScores(file, { items, classes }, epochs)).toEqual([scores.epochs.at(-1)]);
});

it("keeps NaN and infinities", async () => {
  const file = join(folder, "t.parquet");
  const epochs = [Float32Array.of(Number.NaN, -1, Number.NEGATIVE_INFINITY, 0)];
  writeScores(file, { classes: 2, labels: Uint8Array.of(0, 1), epochs });
  expect(await readScores(file, { items: 2, classes: 2 })).toEqual(epochs);
});

it("gives equal bytes for equal scores", () => {
  writeScores(join(folder, "a"), drawn(500, 10, 2));
  writeScores(join(folder, "b"), drawn(500, 10, 2));
  expect(readFileSync(join(folder, "a")).equals(readFileSync(join(folder, "b")))).toBe(true);
});

it("gives the same bytes epoch by epoch as all at once, and can be read after each", async () => {
  const [file, whole] = [join(folder, "t.parquet"), join(folder, "whole.parquet")];
  const { epochs, ...items } = drawn(500, 10, 3);
  const writer = new ScoresWriter(items);
  for (const [i, scores] of epochs.entries()) {
    writer.add(scores);
    writer.write(file);
    expect(await readScores(file, { items: 500, classes: 10 })).toEqual(epochs.slice(0, i + 1));
  }
  writeScores(whole, { ...items, epochs });
  expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
});

it("is what DuckDB reads: a row group per epoch, small integers", async () => {
  const file = join(folder, "t.parquet");
  const scores = drawn(20, 3, 2);
  scores.epochs[1]!.fill(Number.NaN, 0, 3);
  writeScores(file, scores);
  const database = await (await DuckDBInstance.create()).connect();
  const rows = async (sql: string) => (await database.runAndReadAll(sql)).getRowObjectsJson();
  expect(await rows(`describe select * from '${file}'`)).toMatchObject([
    { column_name: "epoch", column_type: "INTEGER" },
    { column_name: "item", column_type: "INTEGER" },
    { column_name: "label", column_type: "UTINYINT" },
    { column_name: "predicted", column_type: "UTINYINT" },
    { column_name: "s0", column_type: "FLOAT" },
    { column_name: "s1", column_type: "FLOAT" },
    { column_name: "s2", column_type: "FLOAT" },
  ]);
  expect(await rows(`select * from '${file}' where epoch = 2 and item = 0`)).toMatchObject([
    { epoch: 2, item: 0, label: 0, predicted: 3, s0: "NaN" },
  ]);
  const [row] = await rows(`select s0, s1, s2, label from '${file}' where epoch = 1 and item = 7`);
  expect([row!.s0, row!.s1, row!.s2].map(Number)).toEqual(Array.from(scores.epochs[0]!.slice(21, 24)));
  expect(row!.label).toBe(1);
});

it("refuses scores that do not fit the labels", () => {
  const wrong = { classes: 3, labels: Uint8Array.of(0, 1), epochs: [new Float32Array(5)] };
  expect(() => writeScores(join(folder, "t"), wrong)).toThrow("writeScores: expected 2 x 3 scores per epoch, got 5");
});

it("names a file that does not hold what was expected", async () => {
  const file = join(folder, "t.parquet");
  writeScores(file, drawn(20, 3, 1));
  await expect(readScores(file, { items: 20, classes: 4 })).rejects.toThrow(
    `study: ${file} is damaged (expected 4 columns of scores, got 3); ${MEND}`,
  );
  await expect(readScores(file, { items: 21, classes: 3 })).rejects.toThrow(
    `study: ${file} is damaged (expected 21 rows per epoch, got 20); ${MEND}`,
  );
  await expect(readScores(file, { items: 20, classes: 3 }, 2)).rejects.toThrow(
    `study: ${file} is damaged (expected epoch 2, got 1 epochs); ${MEND}`,
  );
});

it("refuses a file wherever it was cut or changed", async () => {
  const file = join(folder, "t.parquet");
  const whole = drawn(50, 3, 2);
  writeScores(file, whole);
  const bytes = readFileSync(file);
  for (const length of [0, 3, 11, 100, statSync(file).size - 1]) {
    writeFileSync(file, bytes);
    truncateSync(file, length);
    expect(() => checkScores(file)).toThrow(`study: ${file} is damaged (it is cut short or no Parquet file); ${MEND}`);
    await expect(readScores(file, { items: 50, classes: 3 })).rejects.toThrow(`study: ${file} is damaged (`);
  }
  // A changed byte is either refused or harmless (statistics, indexes), never other scores.
  let refused = 0;
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 0x10;
    writeFileSync(file, changed);
    const read = await readScores(file, { items: 50, classes: 3 }).catch((error: Error) => error.message);
    if (typeof read === "string") {
      expect(read.startsWith(`study: ${file} is damaged (`)).toBe(true);
      refused++;
    } else {
      expect(read).toEqual(whole.epochs);
    }
  }
  expect(refused).toBeGreaterThan(30);
});

it("refuses what a library would fill the memory with: pages and lists that say they are longer than the file", async () => {
  const file = join(folder, "t.parquet");
  writeScores(file, drawn(50, 3, 1));
  const bytes = readFileSync(file);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const damages: readonly [(changed: Buffer) => void, string][] = [
    // The last page's encoding: 9, split bytes, as 8, places in a dictionary, each with how often it comes.
    [changed => changed.writeUInt8(0x10, lastPage(changed, footer) + 1), "a page is not what netpick writes"],
    // The schema, field 2 of the footer: a list of 2^28 structures.
    [
      changed => Buffer.from([0xfc, 0xff, 0xff, 0xff, 0x7f]).copy(changed, changed.indexOf(0x19, footer) + 1),
      "a list of 268435455 parts ends behind the file",
    ],
    [
      changed => changed.writeUInt32LE(2 ** 31, changed.length - 8),
      `expected a footer of at most ${bytes.length - 12} bytes, got 2147483648`,
    ],
  ];
  for (const [damage, what] of damages) {
    const changed = Buffer.from(bytes);
    damage(changed);
    writeFileSync(file, changed);
    await expect(readScores(file, { items: 50, classes: 3 })).rejects.toThrow(
      `study: ${file} is damaged (${what}); ${MEND}`,
    );
  }
});

/** Where the last page says its encoding: a field behind the one before (1), a whole number (5), 9 in zigzag. */
const lastPage = (bytes: Buffer, footer: number): number => bytes.lastIndexOf(Buffer.from([0x15, 18]), footer);

it("says when there is no such file", async () => {
  const file = join(folder, "no.parquet");
  await expect(readScores(file, { items: 1, classes: 2 })).rejects.toThrow(`study: ${file} is missing`);
});
