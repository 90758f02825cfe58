/**
 * A study as tables that SQL can ask:
 * - `trials` trial, place, name, computation, activation, state, accuracy, params, macs, memory, ops, seconds
 * - `epochs` trial, epoch, loss, accuracy, class_accuracy, auc, log_loss, calibration_error, seconds
 * - `predictions` trial, epoch, item, label, predicted, s0, s1, ...: straight from the Parquet files
 *
 * The database lives in memory and is made anew for each asking: nothing but the study's files is the truth.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { damaged } from "./error.js";
import { derivedPath, scoresPath } from "./files.js";
import { leaderboard } from "./leaderboard.js";
import { readScores } from "./scores.js";
import type { Study } from "./store.js";

export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

export interface Database {
  /** Rows in the order of the query. `values` stand for `$1`, `$2`, ... */
  query(sql: string, ...values: (string | number)[]): Promise<Row[]>;
  close(): void;
}

export async function openDatabase(study: Study): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: "1GB",
    temp_directory: derivedPath(study.folder, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await fill(connection, "trials", TRIALS, trialRows(study));
    await fill(connection, "epochs", EPOCHS, epochRows(study));
    await connection.run(`create view predictions as ${predictions(study)}`);
  } catch (error) {
    close();
    throw await explained(study, error);
  }
  return {
    close,
    query: async (sql, ...values) => {
      try {
        const reader = await connection.runAndReadAll(sql, values);
        return reader.getRowObjectsJS().map(plain);
      } catch (error) {
        throw await explained(study, error);
      }
    },
  };
}

const TRIALS =
  "trial text, place integer, name text, computation text, activation text, state text, accuracy double, params double, macs double, memory double, ops double, seconds double";
const EPOCHS =
  "trial text, epoch integer, loss double, accuracy double, class_accuracy double, auc double, log_loss double, calibration_error double, seconds double";

const trialRows = (study: Study): Value[][] =>
  leaderboard(study).map((row, place) => [
    row.trial,
    place + 1,
    row.name,
    row.computation,
    row.activation,
    row.state,
    row.accuracy ?? null,
    row.params,
    row.macs,
    row.memoryElements,
    row.ops,
    row.trainSeconds,
  ]);

const epochRows = (study: Study): Value[][] =>
  study.trials.flatMap(trial =>
    trial.epochs.map(e => [
      trial.id,
      e.epoch,
      e.loss,
      e.accuracy,
      e.classAccuracy,
      e.auc,
      e.logLoss,
      e.calibrationError,
      e.trainSeconds,
    ]),
  );

async function fill(connection: DuckDBConnection, table: string, columns: string, rows: Value[][]) {
  await connection.run(`create table ${table} (${columns})`);
  const types = columns.split(", ").map(column => column.split(" ")[1]);
  const appender = await connection.createAppender(table);
  for (const row of rows) {
    row.forEach((value, i) => {
      if (value === null) appender.appendNull();
      else if (types[i] === "text") appender.appendVarchar(String(value));
      else if (types[i] === "integer") appender.appendInteger(Number(value));
      else appender.appendDouble(Number(value));
    });
    appender.endRow();
  }
  appender.closeSync();
}

/**
 * A file may hold one epoch more than its trial's JSON, when a run was killed between the two: that epoch is left out.
 * DuckDB takes a path that exists for what it is, brackets and stars included.
 */
function predictions(study: Study): string {
  const files = study.trials.filter(trial => trial.epochs.length > 0).map(trial => scoresPath(study.folder, trial.id));
  const scores = Array.from({ length: study.file.data.classes }, (_, c) => `s${c}`);
  if (files.length === 0) {
    const columns = ["null::int as epoch", "null::int as item", "null::int as label", "null::int as predicted"];
    return `select null::text as trial, ${[...columns, ...scores.map(s => `null::float as ${s}`)].join(", ")} where false`;
  }
  const list = files.map(file => `'${file.replaceAll("'", "''")}'`).join(", ");
  return `select parse_filename(filename, true) as trial, epoch, item, label, predicted, ${scores.join(", ")}
    from read_parquet([${list}], filename = true) as rows
    semi join epochs on epochs.trial = parse_filename(rows.filename, true) and epochs.epoch = rows.epoch`;
}

function plain(row: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : (value as Value)]),
  );
}

/** DuckDB does not always say which file it stumbled over, so after a failure every file is read and checked. */
async function explained(study: Study, error: unknown): Promise<unknown> {
  const expected = { items: study.file.data.test, classes: study.file.data.classes };
  for (const { id, epochs } of study.trials) {
    if (epochs.length === 0) continue;
    try {
      const scores = await readScores(scoresPath(study.folder, id), expected);
      if (scores.length < epochs.length) {
        const mend = "delete both files and start again, the trial is trained anew";
        return damaged(scoresPath(study.folder, id), "it holds fewer epochs than the .json file beside it", mend);
      }
    } catch (found) {
      return found;
    }
  }
  return error;
}
