import { many } from "../../text/figures.js";
import type { Study } from "../store.js";

/** How much of the study the answer rests on, e.g. "37 of 40 networks are trained; 2 diverged, 1 failed." */
export function progress(study: Study): string {
  const planned = study.file.trials.length;
  const count = (state: string) => study.trials.filter(trial => trial.state === state).length;
  const done = count("done");
  const rest = [
    ["diverged", count("diverged")],
    ["failed", count("failed")],
    ["still in training", count("running")],
    ["not begun", planned - study.trials.length],
  ] as const;
  const parts = rest.filter(([, n]) => n > 0).map(([state, n]) => `${n} ${state}`);
  if (parts.length === 0)
    return planned === 1 ? "The one network is trained." : `All ${many(planned, "network")} are trained.`;
  return `${done} of ${many(planned, "network")} ${done === 1 ? "is" : "are"} trained; ${parts.join(", ")}.`;
}
