// Networks per second of the plan, on one thread: node scripts/bench-generate.mjs (after npm run build).
import { netpickingNetworks } from "../dist/generate/index.js";

const cases = [
  { n: 1001 },
  { n: 10_000 },
  { n: 10_000, views: "any" },
  { n: 1001, limits: { macs: 4_000_000 } },
  { n: 1001, limits: { params: 20_000, macs: 1_000_000, memoryElements: 5000 } },
];
const repeats = 5;

for (const options of cases) {
  const rates = [];
  for (let seed = 0; seed < repeats; seed++) {
    const start = performance.now();
    let count = 0;
    for (const _ of netpickingNetworks({ seed, ...options })) count++;
    rates.push((1000 * count) / (performance.now() - start));
  }
  rates.sort((a, b) => a - b);
  const [median, best] = [rates[repeats >> 1], rates.at(-1)].map(rate => Math.round(rate).toLocaleString("en"));
  console.log(`${JSON.stringify(options).padEnd(80)} median ${median} networks/s, best ${best}`);
}
