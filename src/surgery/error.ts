/** An edit that cannot be; the network is untouched. */
export class SurgeryError extends Error {
  override readonly name = "SurgeryError";
  constructor(
    message: string,
    /** What cannot all be, in the network's own words. */
    readonly conflict: readonly string[] = [],
  ) {
    super(message);
  }
}

/** A budget below the smallest that can be reached. */
export class BudgetError extends SurgeryError {}
