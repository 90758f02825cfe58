/**
 * Samples per second of whole training steps (batch 25, Adam with AMSGrad, one thread), by class of the netpicking plan.
 * Usage: node scripts/bench-conv.mjs [folder ...], each a build (dist unless told); several take turns and are compared.
 */
import { batch, leastMilliseconds, loadBuilds } from "./training-steps.mjs";

const networksPerClass = 6;
const folders = process.argv.length > 2 ? process.argv.slice(2) : ["dist"];
const builds = await loadBuilds(folders);

const plan = builds[0].netpickingPlan({ n: 1001, seed: 42, limits: { macs: 4e6 } });
for (const computation of builds[0].computations.filter(name => /Conv|ResNet/.test(name))) {
  const networks = plan.filter(network => network.computation === computation);
  // Evenly over the class's activations.
  const step = Math.floor(networks.length / networksPerClass);
  const chosen = networks.filter((_, i) => i % step === 0).slice(0, networksPerClass);
  const times = [];
  for (const { graph } of chosen) times.push(await leastMilliseconds(builds, graph));
  const total = folders.map((_, i) => times.reduce((sum, time) => sum + time[i], 0));
  const speeds = total.map(time => `${Math.round((1000 * batch * chosen.length) / time)}`.padStart(8));
  const ratios = times.map(time => (time[0] / time.at(-1)).toFixed(2)).sort((a, b) => a - b);
  const compared = folders.length > 1 ? `  ${(total[0] / total.at(-1)).toFixed(2)}x, each ${ratios.join(" ")}` : "";
  console.log(`${computation.padEnd(16)}${speeds.join("")} samples/s${compared}`);
}
