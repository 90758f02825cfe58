// All checks of the project, or those named: node scripts/check.mjs types imports
import { spawnSync } from "node:child_process";

const bin = name => `node_modules/.bin/${name}`;
const checks = {
  format: [bin("biome"), "check", "--error-on-warnings"],
  types: [bin("tsc"), "-p", "tsconfig.json"],
  imports: ["node", "scripts/import-table.mjs"],
  records: ["node", "scripts/op-names.mjs"],
  package: [bin("publint"), "--strict"],
  features: ["npm", "run", "--silent", "features", "--", "--check"],
  // The type budget is one of the tests: test/types/budget.test.ts.
  tests: ["npm", "test", "--silent"],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !(name in checks));
if (unknown.length > 0) {
  console.error(
    `check: there is no such check, got ${unknown.join(", ")}; there are ${Object.keys(checks).join(", ")}`,
  );
  process.exit(2);
}
const failed = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(checks)) {
  console.log(`\n--- ${name}`);
  const [command, ...args] = checks[name];
  if (spawnSync(command, args, { stdio: "inherit" }).status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
