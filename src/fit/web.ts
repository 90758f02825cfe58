/** `fit` in a browser: work in this thread by WebAssembly, models as bytes. */
import { webSession } from "../runtime/web.js";
import { ModelError } from "./model-file.js";
import { runIn, type Surroundings } from "./surroundings.js";
import { workWith } from "./task.js";

export * from "./common.js";

/** A page answers within a tenth of a second. */
const run = workWith(webSession, { longest: 100 });

const submit: Surroundings["submit"] = (task, { signal = new AbortController().signal, onEvent }) =>
  run(task, { emit: event => onEvent?.(event), signal });

async function read(file: string): Promise<Uint8Array> {
  const answer = await fetch(file).catch((error: Error) => error);
  if (!(answer instanceof Error) && answer.ok) return new Uint8Array(await answer.arrayBuffer());
  const got = answer instanceof Error ? answer.message : `${answer.status} ${answer.statusText}`.trim();
  throw new ModelError(`load: cannot fetch ${file}, got ${got}; check its address`);
}

function write(file: string): never {
  throw new ModelError(
    `save: a page has no files to write, got ${file}; offer what model.toBytes("${file}") gives for download`,
  );
}

runIn({ open: webSession, submit, write, read });
