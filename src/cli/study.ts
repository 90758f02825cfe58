/** netpick study: the main job, from a plan to the picks. */
import { join } from "node:path";
import { leaderboardTable, pickSentences, textTable } from "../report/index.js";
import { leaderboard, pick, runStudy, type StudyOptions, studyDefaults } from "../study/index.js";
import { interruptible, Stopped } from "./failure.js";
import { downloadProgress, studyProgress } from "./progress.js";
import { quoted, terminalWidth } from "./terminal.js";
import { scheduleOf } from "./training-options.js";
import { writeReport } from "./write-report.js";

interface Options extends Omit<StudyOptions, "batchSize" | "schedule"> {
  readonly schedule?: string;
  readonly batch?: number;
  readonly processes?: number;
  readonly json?: true;
}

export async function run(
  given: string | undefined,
  { json, processes, batch, schedule, ...rest }: Options,
): Promise<number> {
  const options: StudyOptions = {
    ...rest,
    ...(batch !== undefined && { batchSize: batch }),
    ...(schedule !== undefined && { schedule: scheduleOf(schedule) }),
  };
  const folder = given ?? defaultFolder(options);
  const progress = studyProgress(folder);
  const study = await runStudy(folder, options, {
    signal: interruptible(),
    ...(processes !== undefined && { processes }),
    onProgress: downloadProgress(),
    onEvent: progress.onEvent,
  })
    .finally(progress.stop)
    .catch(error => {
      if (error instanceof Error && error.name === "AbortError")
        throw new Stopped("Stopped. Start it again to go on where it was.");
      throw error;
    });
  const rows = leaderboard(study);
  const picks = pick(rows, study.file.data.test);
  const report = await writeReport(study);
  if (json) {
    for (const row of rows) console.log(JSON.stringify(row));
    console.log(JSON.stringify({ picks, report }));
  } else {
    console.log(`\n${textTable(leaderboardTable(rows), terminalWidth())}\n`);
    for (const sentence of pickSentences(picks)) console.log(sentence);
    console.log(`\nThe report, with plots: ${report}`);
    console.log(`More answers: netpick ask ${quoted(folder)}`);
  }
  return rows.some(({ state }) => state === "failed") ? 1 : 0;
}

/** A name made of what the study is about, so that another question gets another folder. */
function defaultFolder(options: StudyOptions): string {
  const { data, networks, epochs, seed } = { ...studyDefaults, ...options };
  const name = [data.split(/[\\/]/).filter(Boolean).at(-1), `${networks}-networks`, `${epochs}-epochs`];
  return join("studies", [...name, ...(seed === studyDefaults.seed ? [] : [`seed-${seed}`])].join("-"));
}
