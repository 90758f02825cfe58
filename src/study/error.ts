/** What the user can mend, said in one sentence; anything else that is thrown is a mistake of netpick's own. */
export class StudyError extends Error {
  override readonly name = "StudyError";
}

const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full; free some space and start again, finished trials are kept",
  EDQUOT: "the disk quota is used up; free some space and start again, finished trials are kept",
  EACCES: "permission is denied; change its permissions or choose another folder",
  EPERM: "permission is denied; change its permissions or choose another folder",
  EROFS: "the file system is read-only; choose another folder",
  ENOTDIR: "a part of its path is a file, not a folder; choose another folder",
  EEXIST: "a file of that name is in the way; move it away or choose another folder",
  EISDIR: "a folder of that name is in the way; move it away or choose another folder",
  ENOTEMPTY: "a folder of that name is in the way; move it away or choose another folder",
  ENAMETOOLONG: "its name is too long; choose a shorter folder name",
  ELOOP: "its path is a circle of links; choose another folder",
  ENOENT: "its folder is gone; do not move a study while it is in use",
  EMFILE: "too many files are open; raise the limit (ulimit -n) and start again",
  EIO: "the disk reports an error; check the disk and start again",
};

/** The code of a failed system call, or "" for any other error. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** A failed system call on `file` as one sentence; any other error is handed back as it came. */
export function fileError(verb: "read" | "write", file: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === "" || !("syscall" in (error as Error))) return error;
  if (verb === "read" && code === "ENOENT") return new StudyError(`study: ${file} is missing`, { cause: error });
  const reason = REASONS[code] ?? `the system answers ${code}; check the disk and start again`;
  return new StudyError(`study: cannot ${verb} ${file}, ${reason}`, { cause: error });
}

/** `mend` says what to do about it, e.g. "delete it and start again, the trial is trained anew". */
export function damaged(file: string, what: string, mend: string): StudyError {
  return new StudyError(`study: ${file} is damaged (${what}); ${mend}`);
}
