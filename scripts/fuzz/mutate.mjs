/** Mutations of texts, JSON and bytes: what a hostile or broken file may look like. */

/** What is put into Python source. */
export const pythonPieces = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ":",
  ",",
  ".",
  "=",
  "*",
  "**",
  "-",
  "/",
  "//",
  "%",
  "\n",
  "    ",
  "\t",
  "\\",
  '"',
  "'",
  '"""',
  "#",
  "\0",
  "é",
  "🙂",
  "self",
  "x",
  "0",
  "-1",
  "1e308",
  "10**10**10",
  "999999999999",
  "None",
  "True",
  "lambda: x",
  "while True:\n  pass\n",
  "for i in range(10**9): x\n",
  "[0] * 10**9",
  "'a' * 10**9",
  "x = x + x\n",
  "self(x)",
  "self.forward(x)",
  "nn.Sequential(",
  "nn.Linear(10**9, 10**9)",
  "nn.ModuleList([self])",
  "x.view(x.shape[0], -1)",
  "x.chunk(10**9, 1)",
  "torch.cat([x] * 1000, 1)",
  "F.pad(x, (10**9, 10**9))",
  "super().__init__()",
  "return",
  "yield x",
  "class A(A):\n  pass\n",
  "def f(f=f): return f(f)\n",
  'f"{x}"',
  "import ",
  "from torch import *\n",
  "del x",
  "not ",
  " if ",
  " else ",
  " in ",
  " is ",
  "x[::0]",
  "x[:, ::-1]",
  "(".repeat(300),
  "-".repeat(1000),
  "x.".repeat(500),
  "[".repeat(5000),
];

/** What is put into layer strings. */
export const layerPieces = [
  "-",
  "--",
  "=",
  ":",
  ",",
  "x",
  "/",
  "\n",
  "#",
  "conv",
  "conv2d=",
  "-conv=channel_factor:1e9",
  "channel_factor:1e-9",
  "out_channels:999999999999",
  "kernel_size:0",
  "kernel_size:1x1x1x1",
  "stride:-1",
  "padding:1e308",
  "add=back:1",
  "back:99",
  "concat=back:0x0x0",
  "linear=out_features:9007199254740993",
  "reshape=shape:784x1",
  "__proto__",
  "constructor",
  "toString=a:1",
  "NaN",
  "true",
  "é",
  "\0",
  "1x".repeat(5000),
  "relu-".repeat(5000),
  ":".repeat(5000),
];

/** What is put into JSON as text. */
export const jsonPieces = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "null",
  "-1",
  "1e999",
  "[".repeat(20_000),
  '"\\ud800"',
  "\0",
  "NaN",
];

/** The text with some places changed: half the time letters, wherever they stand, else whole words and signs, which reads on. */
export const mutatedText = (random, text, pieces) =>
  random.chance() ? mutatedLetters(random, text, pieces) : mutatedWords(random, text);

function mutatedLetters(random, text, pieces) {
  let result = text;
  for (let i = random.int(1, random.pick([1, 5])); i > 0; i--) {
    const at = random.int(0, result.length);
    const end = Math.min(result.length, at + random.int(0, random.pick([1, 5, 40, 400])));
    const part = result.slice(at, end);
    const put = random.pick([
      () => "",
      () => part + part,
      () => random.pick(pieces),
      () => random.pick(pieces) + part,
      () => result.slice(end, end + 30) + part,
    ]);
    result = result.slice(0, at) + put() + result.slice(end);
  }
  return result;
}

const kinds = [/^[A-Za-z_]/, /^\d/, /^\d/, /^[^\w\s]/];
const sizes = ["0", "1", "2", "3", "5", "64", "1e3", "0.5", "-1", "1000000", "4294967296", "1e308"];

/** Words become other words of the text, signs other signs, numbers other numbers or any. */
function mutatedWords(random, text) {
  const tokens = text.match(/\w+|\s+|[^\w\s]/g) ?? [];
  for (let i = random.int(1, random.pick([1, 3])); i > 0; i--) {
    const kind = random.pick(kinds);
    const places = [...tokens.keys()].filter(at => kind.test(tokens[at]));
    if (places.length === 0) continue;
    const others = kind === kinds[1] && random.chance() ? sizes : places.map(at => tokens[at]);
    tokens[random.pick(places)] = random.pick(others);
  }
  return tokens.join("");
}

const nested = (depth, inner) => Array.from({ length: depth }).reduce(value => [value], inner);
const values = [
  () => null,
  () => true,
  () => -1,
  () => 0,
  () => 1,
  () => 1.5,
  () => 1e308,
  () => 2 ** 31,
  () => 2 ** 53,
  () => "",
  () => "x",
  () => "__proto__",
  () => "constructor",
  () => "9".repeat(1000),
  () => [],
  () => ({}),
  () => [-1],
  () => [2 ** 31, 2 ** 31, 2 ** 31],
  () => Array(10_000).fill(1),
  () => Array(10_000).fill("x"),
  () => nested(2000, 1),
];

/** The JSON text with one to five values of it exchanged, doubled or left out; now and then with its letters changed. */
export function mutatedJson(random, text) {
  if (random.chance(0.1)) return mutatedText(random, text, jsonPieces);
  const root = JSON.parse(text);
  for (let i = random.int(1, random.pick([1, 5])); i > 0; i--) mutatePlace(random, root);
  return JSON.stringify(root);
}

function mutatePlace(random, root) {
  let holder = root;
  for (;;) {
    const keys = Object.keys(holder);
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const inside = holder[key];
    if (typeof inside === "object" && inside !== null && random.chance(0.85)) {
      holder = inside;
      continue;
    }
    const change = random.int(0, 3);
    if (change === 0) holder[key] = random.pick(values)();
    else if (change === 1) delete holder[key];
    else if (change === 2) put(holder, random.pick([...keys, "__proto__", "x"]), inside);
    else if (typeof inside === "number")
      holder[key] = random.pick([inside + 1, inside - 1, -inside, inside / 2, inside * 1e6]);
    else if (Array.isArray(holder)) holder.push(inside);
    else holder[key] = [inside];
    return;
  }
}

/** As JSON.parse does, which makes `__proto__` a field like any other. */
const put = (holder, key, value) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

const numbers = [0, 1, 2, 127, 128, 255, 256, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** The bytes with one to eight places changed: single ones, 32-bit numbers either way round, parts doubled, moved or cut. */
export function mutatedBytes(random, bytes) {
  let result = Buffer.from(bytes);
  for (let i = random.int(1, random.pick([1, 8])); i > 0 && result.length > 8; i--)
    result = mutatedOnce(random, result);
  return result;
}

function mutatedOnce(random, bytes) {
  // What says how long all else is mostly stands in front, in Parquet behind.
  const most = bytes.length - 5;
  const at = random.pick([
    random.int(0, most),
    random.int(0, Math.min(200, most)),
    random.int(Math.max(0, most - 400), most),
  ]);
  const end = Math.min(bytes.length, at + random.int(0, random.pick([4, 40, 400])));
  switch (random.int(0, 6)) {
    case 0:
      bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
      return bytes;
    case 1:
      bytes[at] ^= 1 << random.int(0, 7);
      return bytes;
    case 2:
      bytes.writeUInt32LE(random.pick(numbers), at);
      return bytes;
    case 3:
      bytes.writeUInt32BE(random.pick(numbers), at);
      return bytes;
    case 4:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    default:
      return random.chance(0.2) ? bytes.subarray(0, at) : bytes;
  }
}
