// FEATURES.md from the built records: op by capability. npm run features writes it, with --check it only compares.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = resolve(root, "dist");
const front = await import(`${dist}/build/index.js`);
const { allComposed, allOps } = await import(`${dist}/op/index.js`);
const { folds } = await import(`${dist}/formats/onnx/fold.js`);
const { ruledOperators } = await import(`${dist}/formats/onnx/infer.js`);
const { views } = await import(`${dist}/formats/onnx/views.js`);
const { deriveSeed, random } = await import(`${dist}/random.js`);

/** Names in the `Operators` interfaces of the declarations: what the types offer on a tensor. */
const declarations = readdirSync(`${dist}/ops`)
  .filter(name => name.endsWith(".d.ts"))
  .map(name => readFileSync(`${dist}/ops/${name}`, "utf8"))
  .join("\n");
const methods = new Set(
  [...declarations.matchAll(/interface Operators \{([\s\S]*?)\n {4}\}/g)].flatMap(([, body]) =>
    Array.from(body.matchAll(/^ {8}(?:readonly )?(\w+)[<(:]/gm), ([, name]) => name),
  ),
);
const makers = Object.keys(front).filter(name => /^[A-Z]/.test(name));
const makerOf = name => makers.find(maker => maker.toLowerCase() === name.toLowerCase());

/** Some places where an op may stand, from its own samples. */
function sites(op) {
  const { arity } = op;
  const counts = typeof arity === "number" ? [arity] : (arity.oneOf ?? [arity.atLeast, arity.atLeast + 1]);
  const shapes = [6, 4, 1].flatMap(dim => [1, 2, 3, 4].map(axes => Array(axes).fill(dim)));
  const inputs = counts.flatMap(count => shapes.map(shape => Array(count).fill(shape)));
  return inputs.flatMap(shapes =>
    Array.from({ length: 20 }, (_, seed) => op.sample(random(deriveSeed("features", seed)), shapes, {})).flatMap(
      attrs => (attrs ? [{ attrs, inputs: shapes, output: op.shape(shapes, attrs) }] : []),
    ),
  );
}

const notes = [];
/** A capability that is missing, with its reason below the table. */
function missing(why) {
  if (!notes.includes(why)) notes.push(why);
  return `none [${notes.indexOf(why) + 1}]`;
}
const yes = value => (value ? "yes" : "");

function pytorch(op, all) {
  const spelled = all.map(site => op.pytorch(site));
  const reasons = [...new Set(spelled.flatMap(one => ("none" in one ? [one.none] : [])))];
  if (reasons.length === 0) return "yes";
  const said = reasons.map(missing).join(", ");
  return spelled.some(one => !("none" in one)) ? `some, ${said}` : said;
}
const inputsOf = ({ arity }) =>
  typeof arity === "number" ? `${arity}` : arity.oneOf ? arity.oneOf.join(" or ") : `${arity.atLeast} or more`;
/** Operators of ONNX that are the op, and those that are it together. */
function fromOnnx({ fromOnnx: rules = [] }) {
  const alone = rules.flatMap(({ operators = [] }) => operators);
  const together = rules.flatMap(({ pattern }) =>
    pattern ? [pattern.map(line => /= (\w+)\(/.exec(line)[1]).join(" + ")] : [],
  );
  return [...new Set([...alone, ...together])].join(", ");
}
const draws = ({ random }, all) =>
  typeof random === "function" ? (all.some(({ attrs }) => random(attrs)) ? "some" : "") : yes(random);

/** Whether surgery may change channels around it. */
function channels(op, all) {
  const told = all.filter(site =>
    op.channels?.(
      site,
      site.inputs.map(shape => shape.map(() => true)),
      op.forward,
    ),
  );
  if (told.length === 0) return missing("surgery changes no channels around it");
  return told.length === all.length ? "yes" : "some";
}

const columns = [
  ["inputs", op => inputsOf(op)],
  ["method", op => (methods.has(op.name) ? "yes" : missing("it has no method of its own in the types"))],
  [
    "layer",
    op => (makerOf(op.name) ? "yes" : op.arity === 1 ? missing("no layer") : missing("a layer takes one input")),
  ],
  ["forward", op => yes(typeof op.forward === "function")],
  ["backward", op => ("none" in op.backward ? missing(op.backward.none) : "yes")],
  ["weights", (op, all) => yes(all.some(({ inputs, attrs }) => op.weights(inputs, attrs).length > 0))],
  ["channels", channels],
  ["sample", (_, all) => (all.length > 0 ? "yes" : missing("no sample fits the shapes that were tried"))],
  ["to PyTorch", pytorch],
  ["from PyTorch", op => (op.fromPytorch ? "yes" : "")],
  ["from ONNX", fromOnnx],
  ["in place", (_, all) => yes(all.some(({ attrs }) => "inPlace" in attrs))],
  ["random", draws],
  ["log-probabilities", op => yes(op.logProbabilities)],
  ["takes places", op => yes(op.indices)],
];

const ops = [...allOps.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
const rows = ops.map(op => {
  const all = sites(op);
  return [`\`${op.name}\``, ...columns.map(([, cell]) => cell(op, all))];
});
const counts = [
  "in all",
  ...columns.map((_, i) => (i === 0 ? "" : rows.filter(row => /^(yes|some|[A-Z])/.test(row[i + 1])).length)),
];
const line = cells => `| ${cells.join(" | ")} |`;
const named = list => list.map(name => `\`${name}\``).join(", ");
const others = makers.filter(
  maker => typeof front[maker] === "function" && !front[maker].prototype && !ops.some(op => makerOf(op.name) === maker),
);

const text = `# Features

Written by \`npm run features\` from the ops' own records; \`npm run check -- features\` says when it is out of date.

${rows.length} ops. "some": with some of its attributes. Blank: it is not of that kind.

${[line(["op", ...columns.map(([name]) => name)]), line(["---", ...columns.map(() => "---")]), ...rows.map(line), line(counts)].join("\n")}

${notes.length === 0 ? "" : `${notes.map((note, i) => `${i + 1}. ${note}`).join("\n")}\n\n`}## Made of ops

- Methods of tensors: ${named([...allComposed.keys()].sort())} (${allComposed.size})
- Layers: ${named(others.sort())} (${others.length})

## From ONNX

Every op is written to ONNX. Operators that are read as an op stand in its row; several with + between them are it together.

- Read as what becomes of the tensor's axes: ${named(Object.keys(views).sort())}
- Worked out on constants: ${named(Object.keys(folds).sort())} (${Object.keys(folds).length})
- Kept as they stand where no op is them, as \`opaque\` nodes: ${named(ruledOperators)} (${ruledOperators.length}), and
  any other, of any domain, whose results the file tells the shapes of
`;

const path = resolve(root, "FEATURES.md");
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (readFileSync(path, "utf8") !== text) {
  console.error("features: FEATURES.md is not what the records say; run `npm run features`");
  process.exit(1);
} else console.log(`features: FEATURES.md says what ${rows.length} records say`);
