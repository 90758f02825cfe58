// Prunes published networks and proves each result: npm run proof:models -- --shares 0.8,0.4 --only ResNet-18
//   --shares N,N  shares of the parameters to prune to (0.9 to 0.1)
//   --only NAME   one of the models
//   --report      prints the report of every edit
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const { values } = parseArgs({
  options: {
    shares: { type: "string", default: "0.9,0.8,0.7,0.6,0.5,0.4,0.3,0.2,0.1" },
    only: { type: "string" },
    report: { type: "boolean", default: false },
  },
});
const { prunedModel, realModels } = await createJiti(import.meta.url).import("../test/battery/edits/real-models.ts");

const million = count => (count / 1e6).toFixed(2);
const row = cells => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(11))).join(""));
const models = realModels.filter(({ name }) => values.only === undefined || name === values.only);
if (models.length === 0) {
  console.error(
    `models: there is no such model, got ${values.only}; give one of ${realModels.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
row([
  "network",
  "share",
  "10^6 params",
  "10^6 after",
  "10^9 macs",
  "10^9 after",
  "seconds",
  "changed",
  "compared",
  "outputs",
]);
for (const model of models) {
  for (const share of values.shares.split(",").map(Number)) {
    try {
      const { before, after, seconds, changed, layers, compared, amplified, outputs, report } = await prunedModel(
        model,
        share,
      );
      const macs = [before, after].map(({ macs }) => (macs / 1e9).toFixed(3));
      const told = [
        `${changed}/${layers}`,
        amplified > 0 ? `${compared} (${amplified})` : String(compared),
        outputs ? "yes" : "no",
      ];
      const params = [before, after].map(({ params }) => million(params));
      row([model.name, String(share), ...params, ...macs, seconds.toFixed(2), ...told]);
      if (values.report) console.log(report);
    } catch (error) {
      row([model.name, String(share)]);
      console.log(`  ${error.name}: ${error.message}`);
      if (error.name !== "SurgeryError") process.exitCode = 1;
    }
  }
}
