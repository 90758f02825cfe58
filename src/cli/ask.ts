/** netpick ask: the questions of a study. */
import { answerText } from "../report/index.js";
import { ask, openStudy, type Question, questions } from "../study/index.js";
import { UsageError } from "./failure.js";
import { terminalWidth } from "./terminal.js";
import { writeReport } from "./write-report.js";

export async function run(folder: string, numbers: readonly string[], { json }: { json?: true }): Promise<number> {
  const asked = numbers.length === 0 ? questions : [...new Set(numbers)].map(find);
  const study = openStudy(folder);
  const answers = await ask(study, asked);
  if (json) {
    answers.forEach((answer, i) => {
      console.log(JSON.stringify({ number: asked[i]!.number, ...answer }));
    });
    return 0;
  }
  for (const answer of answers) console.log(answerText(answer, terminalWidth()));
  console.log(`The plots are in ${await writeReport(study)}`);
  return 0;
}

function find(text: string): Question {
  const found = questions.find(({ number }) => String(number) === text);
  if (found) return found;
  throw new UsageError(
    `ask: there is no such question, got ${text}; there are ${questions.map(({ number }) => number).join(", ")}`,
  );
}
