/** What every part of the reading shares: where it stands, what it may still cost, and how it refuses. */
import { isRefusal } from "../../op/index.js";
import type { GraphInProgress } from "./graph-in-progress.js";
import { deepestCalls, mostSteps } from "./limits.js";
import { Undecided, undecided } from "./operators.js";
import { PyTorchError, type Source } from "./source.js";
import type { Expression, Statement } from "./syntax.js";
import type { Args, ClassValue, FunctionValue, Instance, Scope, Value } from "./values.js";

interface Frame {
  readonly source: Source;
  readonly at: number;
}

export abstract class Core {
  private readonly frames: Frame[] = [];
  private steps = 0;

  constructor(
    /** The file whose text is read now. */
    protected source: Source,
    readonly graph: GraphInProgress,
  ) {}

  abstract evaluate(expression: Expression, scope: Scope): Value;
  abstract run(statements: readonly Statement[], scope: Scope): void;
  abstract call(callee: Value, args: Args, at: number): Value;
  abstract construct(of: ClassValue, args: Args, at: number): Instance;
  abstract attribute(of: Value, name: string, at: number): Value;
  abstract bound(found: FunctionValue, self: Value): Value;

  /** Work that refuses without knowing the place is refused at this one. */
  at<T>(at: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Undecided) && !isRefusal(error)) throw error;
      throw this.error(at, error.message);
    }
  }

  /** An error in text that is not the user's is the user's call of it. */
  private error(at: number, sentence: string): PyTorchError {
    const frame = [...this.frames, { source: this.source, at }].findLast(({ source }) => !source.file.startsWith("<"));
    return new PyTorchError(frame?.source ?? this.source, frame?.at ?? at, sentence);
  }

  tick(at: number, steps = 1): void {
    this.steps += steps;
    if (this.steps > mostSteps) {
      const sentence = `python: a network may take ${mostSteps} steps to read, got more; make its loops shorter`;
      throw this.error(at, sentence);
    }
  }

  /** The body of a function that is called here. */
  protected inside<T>(source: Source, at: number, work: () => T): T {
    if (this.frames.length >= deepestCalls) {
      this.at(at, () =>
        undecided(`python: calls may stand ${deepestCalls} deep in one another, got more; end the recursion earlier`),
      );
    }
    this.frames.push({ source: this.source, at });
    const before = this.source;
    this.source = source;
    try {
      return work();
    } finally {
      this.source = before;
      this.frames.pop();
    }
  }
}
