/** Progress of long work: a bar with rate and time left on a terminal, plain lines elsewhere. */
import { SingleBar } from "cli-progress";
import type { LoadOptions } from "../data/index.js";
import type { Study, StudyEvent } from "../study/index.js";
import { many } from "../text/figures.js";
import { type Tally, tallyOf } from "./tally.js";
import { isTerminal } from "./terminal.js";

const say = (line: string): void => console.error(line);
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** Bytes of a download. */
export function downloadProgress(): NonNullable<LoadOptions["onProgress"]> {
  let bar: SingleBar | undefined;
  let last = 0;
  return ({ file, done, total }) => {
    if (!isTerminal()) {
      const tenth = Math.floor((10 * done) / total);
      if (tenth > last) say(`downloading ${file}: ${10 * tenth} %`);
      last = tenth;
      return;
    }
    if (!bar) {
      bar = new SingleBar({
        format: "{bar} {percentage} % of {megabytes} MB, {eta_formatted} left, {file}",
        hideCursor: true,
      });
      bar.start(total, 0, { megabytes: (total / 1e6).toFixed(1), file });
    }
    bar.update(done, { file });
    if (done >= total) bar.stop();
  };
}

export interface StudyProgress {
  readonly onEvent: (event: StudyEvent) => void;
  readonly stop: () => void;
}

/** Networks done, the epoch of each network in work, the best accuracy so far, samples per second, time left. */
export function studyProgress(folder: string): StudyProgress {
  let show: StudyProgress["onEvent"] | undefined;
  let stop = (): void => {};
  return {
    onEvent: event => {
      if (event.kind === "begin") {
        announce(folder, event.study, event.trials.length);
        if (event.trials.length === 0) return;
        const tally = tallyOf(event.study, event.trials);
        const view = isTerminal() ? bar(tally) : lines(tally);
        show = seen => view.show(seen);
        stop = view.stop;
      } else show?.(event);
    },
    stop: () => stop(),
  };
}

function announce(folder: string, { file, trials }: Study, left: number): void {
  const { data, recipe } = file;
  const done = file.trials.length - left;
  say(
    `${many(file.trials.length, "network")}, ${many(recipe.epochs, "epoch")}, ${data.name}: ${data.train} training samples, ${data.test} test items; kept in ${folder}`,
  );
  const { params, macs, memoryElements } = file.plan.limits;
  const limits = [
    params !== undefined && `${many(params, "parameter")} (--max-params)`,
    macs !== undefined && `${many(macs, "multiply-accumulate")} (--max-macs)`,
    memoryElements !== undefined && `${many(memoryElements, "activation element")} (--max-memory)`,
  ].filter(Boolean);
  if (limits.length > 0) say(`no network has more than ${limits.join(", ")} per sample`);
  if (left === 0) say("All are trained already.");
  else if (done > 0 || trials.length > 0) say(`Going on: ${done} are trained already, ${left} are left.`);
}

interface View {
  readonly show: (event: StudyEvent) => void;
  readonly stop: () => void;
}

/** How often a log hears of work that goes on. */
const logMilliseconds = 15_000;

/** One line per epoch and network, and one now and then in between: plain enough for a log. */
function lines(tally: Tally): View {
  let said = performance.now();
  return {
    stop: () => {},
    show: event => {
      tally.see(event);
      if (performance.now() - said > logMilliseconds) {
        said = performance.now();
        const { ended, trials, epoch, best, rate, left } = status(tally);
        const share = Math.floor((100 * tally.work) / tally.total);
        say(
          `${share} % | ${ended}/${trials} networks | epoch ${epoch} | best ${best} | ${rate} samples/s | ${left} left`,
        );
      }
      if (event.kind === "retry") say(`${event.id}: attempt ${event.attempt}, ${event.why}`);
      if (event.kind === "trial" && event.event.kind === "epoch") {
        const { epoch, loss, accuracy, trainSeconds } = event.event.figures;
        say(
          `${event.id}: epoch ${epoch}, loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, ${trainSeconds.toFixed(1)} s`,
        );
      }
      if (event.kind !== "end") return;
      const { name, state, error, trainSeconds } = event.trial;
      const why = error === undefined ? "" : ` (${error})`;
      say(`[${tally.ended}/${tally.trials}] ${name}: ${state}${why} after ${trainSeconds.toFixed(1)} s of training`);
    },
  };
}

/** The words of the display. */
function status(tally: Tally) {
  const left = tally.secondsLeft();
  return {
    ended: tally.ended,
    trials: tally.trials,
    epoch: [...tally.epochs.values()].join(", ") || "-",
    best: tally.best ? `${percent(tally.best.accuracy)} ${tally.best.name}` : "-",
    rate: Math.round(tally.rate).toLocaleString("en-US"),
    left: Number.isFinite(left) ? clock(left) : "?",
  };
}

function bar(tally: Tally): View {
  const format =
    "{bar} {percentage} % | {ended}/{trials} networks | epoch {epoch} | best {best} | {rate} samples/s | {left} left";
  const single = new SingleBar({ format, hideCursor: true, fps: 8, barsize: 20, linewrap: false });
  single.start(tally.total, 0, status(tally));
  return {
    stop: () => single.stop(),
    show: event => {
      tally.see(event);
      single.update(tally.work, status(tally));
    },
  };
}
