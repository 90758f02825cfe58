/** What was asked of the generator and cannot be. */
export class GenerateError extends Error {
  override readonly name = "GenerateError";
}

/** A whole number of at least `least`, or the sentence. */
export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new GenerateError(
      `generate: ${name} must be a whole number of at least ${least}, got ${value}; give ${least} or more`,
    );
  }
}
