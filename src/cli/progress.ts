/** Progress of long work: a bar with rate and time left on a terminal, plain lines elsewhere. */
import { SingleBar } from "cli-progress";
import type { LoadOptions } from "../data/index.js";
import { many } from "../study/figures.js";
import type { Study, StudyEvent } from "../study/index.js";
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

/** Work of one sample of training, in multiply-accumulates: three passes, and what every step costs however small. */
const workPerSample = (macs: number): number => 3 * macs + 300_000;

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
  if (file.plan.limits.macs !== undefined)
    say(
      `no network above ${file.plan.limits.macs.toLocaleString("en-US")} multiply-accumulates per sample (--max-macs)`,
    );
  if (left === 0) say("All are trained already.");
  else if (done > 0 || trials.length > 0) say(`Going on: ${done} are trained already, ${left} are left.`);
}

/** Running figures over all events. */
interface Tally {
  readonly total: number;
  readonly trials: number;
  work: number;
  ended: number;
  rate: number;
  best: { name: string; accuracy: number } | undefined;
  readonly epochs: Map<string, number>;
  see(event: StudyEvent): void;
}

function tallyOf({ file, networks, trials }: Study, left: readonly string[]): Tally {
  const byId = new Map(file.trials.map(trial => [trial.id, trial]));
  const begun = new Map(trials.map(trial => [trial.id, trial.epochs.length]));
  const perEpoch = (id: string): number =>
    workPerSample(networks.get(byId.get(id)!.network)!.figures.macs) * file.data.train;
  const position = new Map(left.map(id => [id, begun.get(id) ?? 0]));
  const rates = new Map<string, number>();
  const finished = trials
    .filter(trial => trial.epochs.length > 0)
    .map(trial => ({ name: trial.name, accuracy: trial.epochs.at(-1)!.accuracy }));
  const tally: Tally = {
    total: left.reduce((sum, id) => sum + perEpoch(id) * (file.recipe.epochs - (begun.get(id) ?? 0)), 0),
    trials: file.trials.length,
    work: 0,
    ended: file.trials.length - left.length,
    rate: 0,
    best: finished.sort((a, b) => b.accuracy - a.accuracy)[0],
    epochs: new Map(),
    see: event => {
      if (event.kind === "begin" || event.kind === "retry") return;
      const { id } = event;
      const move = (to: number): void => {
        tally.work += Math.max(0, to - position.get(id)!) * perEpoch(id);
        position.set(id, Math.max(to, position.get(id)!));
      };
      if (event.kind === "end") {
        move(file.recipe.epochs);
        rates.delete(id);
        tally.epochs.delete(id);
        tally.ended++;
      } else if (event.event.kind === "steps") {
        const { epoch, step, steps, samplesPerSecond } = event.event;
        move(epoch - 1 + step / steps);
        rates.set(id, samplesPerSecond);
        tally.epochs.set(id, epoch);
      } else {
        const { accuracy } = event.event.figures;
        if (!tally.best || accuracy > tally.best.accuracy) tally.best = { name: byId.get(id)!.name, accuracy };
      }
      tally.rate = [...rates.values()].reduce((sum, rate) => sum + rate, 0);
    },
  };
  return tally;
}

interface View {
  readonly show: (event: StudyEvent) => void;
  readonly stop: () => void;
}

/** One line per network, plain enough for a log. */
function lines(tally: Tally): View {
  return {
    stop: () => {},
    show: event => {
      tally.see(event);
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

function bar(tally: Tally): View {
  const started = performance.now();
  const format =
    "{bar} {percentage} % | {ended}/{trials} networks | epoch {epoch} | best {best} | {rate} samples/s | {left} left";
  const single = new SingleBar({ format, hideCursor: true, fps: 8, barsize: 20, linewrap: false });
  const payload = () => {
    const seconds = (performance.now() - started) / 1000;
    const left = tally.work > 0 ? (seconds * (tally.total - tally.work)) / tally.work : Number.NaN;
    return {
      ended: tally.ended,
      trials: tally.trials,
      epoch: [...tally.epochs.values()].join(", ") || "-",
      best: tally.best ? `${percent(tally.best.accuracy)} ${tally.best.name}` : "-",
      rate: Math.round(tally.rate).toLocaleString("en-US"),
      left: Number.isNaN(left) ? "?" : clock(left),
    };
  };
  single.start(tally.total, 0, payload());
  return {
    stop: () => single.stop(),
    show: event => {
      tally.see(event);
      single.update(tally.work, payload());
    },
  };
}
