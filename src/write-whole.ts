/** Files written whole or not at all. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The names that half-written files have. */
export const temporaryName = /^\..*\.\d+\.tmp$/;

/**
 * Writes under a temporary name in the same folder, flushes to the disk, then renames: after a crash the file holds
 * the old bytes or the new, never a mixture. The disk itself is flushed before the rename, since some file systems
 * would otherwise keep the new name and lose the bytes. Throws the system's own error.
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    const descriptor = openSync(temporary, "w");
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
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
