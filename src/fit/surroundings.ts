/**
 * What a program runs in: Node with its processes and files, or a browser's page. The two doors of this room, index.ts
 * and web.ts, say which; everything else in it is the same in both.
 */
import type { External } from "../formats/onnx/index.js";
import { TrainError } from "../train/index.js";
import type { Content } from "./file-size.js";
import type { FitEvent, FitResult, FitTask } from "./task.js";
import type { OpenSession } from "./trainer.js";

export interface Surroundings {
  /** The runtime of this thread. */
  readonly open: OpenSession;
  /** Has the work of `fit`, `predict` and `evaluate` done. */
  submit(task: FitTask, options: SubmitOptions): Promise<FitResult>;
  /** Parts stand one behind another in the file. */
  write(file: string, parts: readonly Uint8Array[]): void;
  read(file: string): Promise<Content>;
  /** Fetches numbers that lie in files beside a model, where there are folders. */
  readonly beside?: (file: string) => External;
}

export interface SubmitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: FitEvent) => void;
}

let chosen: Surroundings | undefined;

/** Where both doors are opened, the later one counts. */
export function runIn(surroundings: Surroundings): void {
  chosen = surroundings;
}

export function surroundings(): Surroundings {
  if (chosen) return chosen;
  throw new TrainError(
    "fit: a runtime must be chosen, got none; import netpick or netpick/fit under Node, netpick/web in a browser",
  );
}
