/** `not`, `and` and `or`, bound as Python binds them. The parser takes `not a or b` for `not (a or b)`. */
import type { Expression } from "./syntax.js";
import type { Branch } from "./tree.js";

/** A sign, or an operand without signs of its own outside brackets. */
interface Part {
  readonly sign?: string;
  readonly branch: Branch;
}

/** An expression of these signs from its tree, however the parser has bound them. */
export function logic(whole: Branch, textOf: (branch: Branch) => string, read: (operand: Branch) => Expression) {
  const parts = partsOf(whole, textOf);
  let next = 0;
  const either = (sign: string, side: () => Expression): Expression => {
    let left = side();
    while (parts[next]?.sign === sign) {
      const { at } = parts[next++]!.branch;
      left = { kind: "binary", at, sign, left, right: side() };
    }
    return left;
  };
  const negated = (): Expression => {
    const { sign, branch } = parts[next++]!;
    return sign === undefined ? read(branch) : { kind: "unary", at: branch.at, sign, value: negated() };
  };
  return either("or", () => either("and", negated));
}

/** In the order in which they stand. */
function partsOf(whole: Branch, textOf: (branch: Branch) => string): Part[] {
  const parts: Part[] = [];
  // No recursion: a sum may be as long as a file.
  const left: Part[] = [{ branch: whole }];
  for (let part = left.pop(); part; part = left.pop()) {
    const { name, children } = part.branch;
    const [first, second] = children;
    if (part.sign === undefined && name === "UnaryExpression" && textOf(first!) === "not") {
      left.push({ branch: second! }, { sign: "not", branch: first! });
    } else if (part.sign === undefined && isLogical(part.branch, textOf)) {
      left.push({ branch: children[2]! }, { sign: textOf(second!), branch: second! }, { branch: first! });
    } else parts.push(part);
  }
  return parts;
}

export const isLogical = ({ name, children }: Branch, textOf: (branch: Branch) => string): boolean =>
  name === "BinaryExpression" && children.length === 3 && ["and", "or"].includes(textOf(children[1]!));
