/** Which of many belong together (union-find). */

export interface DisjointSets {
  /** The member that stands for the whole set. */
  find(a: number): number;
  union(a: number, b: number): void;
}

/** Of so many members, each in a set of its own at first. */
export function disjointSets(count: number): DisjointSets {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const find = (a: number): number => {
    let root = a;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  return {
    find,
    union: (a, b) => {
      const [x, y] = [find(a), find(b)];
      // The earlier member stands for both: paths stay short in the order of a graph.
      if (x < y) parent[y] = x;
      else parent[x] = y;
    },
  };
}
