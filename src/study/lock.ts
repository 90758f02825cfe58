/**
 * One process per study. The lock is a file that names its owner; the lock of a process that is gone is taken over.
 *
 * Creating it is exclusive by link(2). Taking over is the hard part: of two processes that both see a stale lock, the
 * slower one must not replace the faster one's. So a stale lock may be replaced only by who holds a second lock, named
 * after the stale owner, and still finds that owner in the first; the second lock is taken by the same rule.
 */
import { linkSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { removeQuietly } from "../write-whole.js";
import { errorCode, fileError, StudyError } from "./error.js";
import { makeFolder } from "./files.js";

export interface Lock {
  release(): void;
}

/** Takes the lock of a study's folder, which it makes if need be, until `release` or the process's exit. */
export async function lockStudy(folder: string): Promise<Lock> {
  makeFolder(folder);
  const file = join(folder, "lock");
  try {
    const other = await acquire(file);
    if (other === undefined) return held(file);
    const [pid] = other.split(" ");
    throw new StudyError(`study: ${folder} is in use by process ${pid}; wait for it, or stop it first`);
  } catch (error) {
    throw fileError("write", file, error);
  }
}

function held(file: string): Lock {
  const release = () => {
    process.off("exit", release);
    if (ownerOf(file) === SELF) removeQuietly(file);
  };
  process.on("exit", release);
  return { release };
}

let temporaries = 0;

/** Undefined when `file` is now ours, else the living process that holds it. */
async function acquire(file: string): Promise<string | undefined> {
  const temporary = `${file}.${process.pid}.${temporaries++}.tmp`;
  writeFileSync(temporary, SELF);
  try {
    for (;;) {
      if (createdFrom(temporary, file)) return undefined;
      const owner = ownerOf(file);
      if (owner === undefined) continue;
      if (isAlive(owner)) return owner;
      if (await takenOver(file, owner, temporary)) return undefined;
    }
  } finally {
    removeQuietly(temporary);
  }
}

async function takenOver(file: string, stale: string, temporary: string): Promise<boolean> {
  const guard = `${file}-of-${stale.replaceAll(/[^0-9a-f]+/g, "-")}`;
  if ((await acquire(guard)) !== undefined) {
    await wait(5);
    return false;
  }
  try {
    if (ownerOf(file) !== stale) return false;
    renameSync(temporary, file);
    return true;
  } finally {
    removeQuietly(guard);
  }
}

function createdFrom(temporary: string, file: string): boolean {
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Undefined where there is no lock. An empty file, as a crash of the machine can leave, is a lock of nobody alive. */
function ownerOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** "PID START": the number of a process is used again after a while, number and start together are not. */
const SELF = `${process.pid} ${startOf(process.pid) ?? ""}`;

function isAlive(owner: string): boolean {
  const [pid, start] = owner.split(" ");
  if (!/^[1-9][0-9]*$/.test(pid!)) return false;
  const now = startOf(Number(pid));
  if (now !== undefined) return now === start;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/**
 * Ticks since boot at which a process started, with the boot's id, so that both together never come again; "gone" for a
 * process that is not there or is dead and not yet waited for; undefined where there is no /proc to tell (not Linux).
 */
function startOf(pid: number): string | undefined {
  let boot: string;
  try {
    boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
  try {
    // The second field is the program's name in brackets and may hold anything, so fields are counted after it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)!.trim().split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "gone" : `${boot}/${fields[19]}`;
  } catch {
    return "gone";
  }
}
