/** A new question is a new file and one line here. */
import { openDatabase } from "../database.js";
import { scoresPath } from "../files.js";
import { leaderboard } from "../leaderboard.js";
import { readScores } from "../scores.js";
import type { Study } from "../store.js";
import { reach } from "./01-reach.js";
import { classes } from "./02-classes.js";
import { baseline } from "./10-baseline.js";
import type { Answer, Evidence, Question } from "./question.js";

export type * from "./question.js";

export const questions: readonly Question[] = [reach, classes, baseline];

/** The answers in the order asked. Everything they look at is read from the study's folder now. */
export async function ask(study: Study, asked: readonly Question[] = questions): Promise<Answer[]> {
  const database = await openDatabase(study);
  const expected = { items: study.file.data.test, classes: study.file.data.classes };
  const evidence: Evidence = {
    study,
    leaderboard: leaderboard(study),
    query: database.query,
    scores: async id => {
      const { epochs } = study.trials.find(trial => trial.id === id)!;
      const [scores] = await readScores(scoresPath(study.folder, id), expected, epochs.length);
      return scores!;
    },
  };
  try {
    const answers: Answer[] = [];
    for (const question of asked) answers.push(await question.ask(evidence));
    return answers;
  } finally {
    database.close();
  }
}
