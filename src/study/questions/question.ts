import type { Table } from "../../text/table.js";
import type { Row } from "../database.js";
import type { LeaderboardRow } from "../leaderboard.js";
import type { Study } from "../store.js";

export interface Plot {
  readonly title: string;
  /** A Vega-Lite specification with its data inside, without colours of its own for text and axes. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly tables: readonly Table[];
  readonly plots: readonly Plot[];
}

/** What a question may look at. */
export interface Evidence {
  readonly study: Study;
  readonly leaderboard: readonly LeaderboardRow[];
  /** SQL over the tables `trials`, `epochs` and `predictions`, see `database.ts`. */
  query(sql: string, ...values: (string | number)[]): Promise<Row[]>;
  /** Log-probabilities `[items * classes]` of a trial after its last epoch. */
  scores(trial: string): Promise<Float32Array>;
}

export interface Question {
  /** As in the list of questions in docs/study.md. */
  readonly number: number;
  readonly title: string;
  ask(evidence: Evidence): Promise<Answer>;
}
