/** Classes that stand as blocks, as a head's features do: a new one is a block, too, behind the others. */

/**
 * Opens those of the classes closed as blocks (1) that stand everywhere in runs of one length, or its multiples; closes the
 * others (2). How many places of a list belong together, by its first place; undefined where each stands alone.
 */
export function blocksOf(
  closed: number[],
  lists: readonly Int32Array[],
  inRunsAlready: readonly Int32Array[],
): (classes: Int32Array) => Int32Array | undefined {
  const length = new Map<number, number>();
  closed.forEach((code, one) => {
    if (code === 1) length.set(one, Number.POSITIVE_INFINITY);
  });
  if (length.size === 0) return () => undefined;
  const own = [...new Set(lists)];
  for (const classes of own) {
    for (const [one, run] of runsOf(classes)) if (length.has(one)) length.set(one, Math.min(run, length.get(one)!));
  }
  const apart = new Set<number>();
  for (const classes of own) {
    for (const [one, run] of runsOf(classes)) if (length.has(one) && run % length.get(one)! > 0) apart.add(one);
  }
  for (const classes of inRunsAlready) for (const one of classes) if (length.has(one)) apart.add(one);
  for (const one of length.keys()) closed[one] = apart.has(one) ? 2 : 0;
  for (const one of apart) length.delete(one);
  const known = new Map<Int32Array, Int32Array | undefined>();
  return classes => {
    if (!known.has(classes)) {
      known.set(classes, classes.some(one => length.has(one)) ? classes.map(one => length.get(one) ?? 1) : undefined);
    }
    return known.get(classes);
  };
}

/** Equal classes beside each other: which, and how many. */
function* runsOf(classes: Int32Array): Generator<readonly [one: number, run: number]> {
  for (let from = 0; from < classes.length; ) {
    let end = from + 1;
    while (classes[end] === classes[from]) end++;
    yield [classes[from]!, end - from];
    from = end;
  }
}
