/** Running figures of a study: how much work is done, what is best so far, how fast it goes. */
import type { Study, StudyEvent } from "../study/index.js";

/** Work of one sample of training, in multiply-accumulates: three passes, and what every step costs however small. */
const workPerSample = (macs: number): number => 3 * macs + 300_000;

/** Running figures over all events. */
export interface Tally {
  readonly total: number;
  readonly trials: number;
  work: number;
  ended: number;
  rate: number;
  best: { name: string; accuracy: number } | undefined;
  readonly epochs: Map<string, number>;
  /** Time left at the speed so far; NaN before there is one. */
  secondsLeft(): number;
  see(event: StudyEvent): void;
}

export function tallyOf({ file, networks, trials }: Study, left: readonly string[]): Tally {
  const byId = new Map(file.trials.map(trial => [trial.id, trial]));
  const begun = new Map(trials.map(trial => [trial.id, trial.epochs.length]));
  const perEpoch = (id: string): number =>
    workPerSample(networks.get(byId.get(id)!.network)!.figures.macs) * file.data.train;
  const position = new Map(left.map(id => [id, begun.get(id) ?? 0]));
  const rates = new Map<string, number>();
  const finished = trials
    .filter(trial => trial.epochs.length > 0)
    .map(trial => ({ name: trial.name, accuracy: trial.epochs.at(-1)!.accuracy }));
  const started = performance.now();
  const tally: Tally = {
    total: left.reduce((sum, id) => sum + perEpoch(id) * (file.recipe.epochs - (begun.get(id) ?? 0)), 0),
    trials: file.trials.length,
    work: 0,
    ended: file.trials.length - left.length,
    rate: 0,
    best: finished.sort((a, b) => b.accuracy - a.accuracy)[0],
    epochs: new Map(),
    secondsLeft: () => ((performance.now() - started) / 1000) * ((tally.total - tally.work) / tally.work),
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
