/** Thrown for everything that is wrong with a data set; the message is one sentence: `data: what, got value; how to mend`. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** The system's own word for a failure (`ENOENT`, `ECONNREFUSED`), where it has one, and its message where it has not. */
export function reasonOf(error: unknown): string {
  // Node gathers the attempts on several addresses of one host in an AggregateError without a message.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = first as NodeJS.ErrnoException;
  return message || code || String(first);
}
