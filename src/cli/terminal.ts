/** What standard output is. */

/** Columns to lay text out for: the terminal's, or plenty in a pipe. */
export const terminalWidth = (): number => process.stdout.columns ?? 160;

/** Standard error shows progress, so that standard output can be piped on. */
export const isTerminal = (): boolean => process.stderr.isTTY === true;

/** A path as a shell wants it. */
export const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
