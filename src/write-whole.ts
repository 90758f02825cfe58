/** Files written whole or not at all. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The names that half-written files have. */
export const temporaryName = /^\..*\.\d+\.tmp$/;

/** Text, bytes, or several parts of bytes one behind another. */
export type Content = string | Uint8Array | readonly Uint8Array[];

/**
 * Writes under a temporary name in the same folder, flushes to the disk, then renames: after a crash the file holds
 * the old bytes or the new, never a mixture. The disk itself is flushed before the rename, since some file systems
 * would otherwise keep the new name and lose the bytes. Throws the system's own error.
 */
export function writeWhole(file: string, content: Content): void {
  const parts =
    typeof content === "string" ? [Buffer.from(content)] : content instanceof Uint8Array ? [content] : content;
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    const descriptor = openSync(temporary, "w");
    try {
      for (const bytes of parts) {
        // One call writes no more than 2 GB.
        for (let at = 0; at < bytes.length; ) {
          at += writeSync(descriptor, bytes, at, Math.min(bytes.length - at, 2 ** 30));
        }
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** For cleaning up after a failure, where a second error would only hide the first. */
export function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}
