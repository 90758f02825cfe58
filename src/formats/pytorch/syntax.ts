/** The part of Python's syntax that describes networks, as plain data with places in the source. */

export interface Place {
  /** Offset of its first character. */
  readonly at: number;
}
export type Expression = Place &
  (
    | { readonly kind: "constant"; readonly value: number | string | boolean | null }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "ellipsis" }
    /** `f"a{b}"`: texts and expressions in turn. */
    | { readonly kind: "format"; readonly parts: readonly (string | Expression)[] }
    | { readonly kind: "tuple" | "list" | "set"; readonly items: readonly Expression[] }
    | {
        readonly kind: "dict";
        readonly entries: readonly (readonly [key: Expression | undefined, value: Expression])[];
      }
    | { readonly kind: "star"; readonly value: Expression }
    | { readonly kind: "unary"; readonly sign: string; readonly value: Expression }
    | { readonly kind: "binary"; readonly sign: string; readonly left: Expression; readonly right: Expression }
    | { readonly kind: "either"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
    | { readonly kind: "call"; readonly callee: Expression; readonly args: readonly CallArgument[] }
    | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
    | { readonly kind: "index"; readonly of: Expression; readonly index: Expression }
    | { readonly kind: "slice"; readonly bounds: readonly (Expression | undefined)[] }
    | { readonly kind: "lambda"; readonly parameters: readonly Parameter[]; readonly body: Expression }
    | {
        readonly kind: "comprehension";
        readonly of: "list" | "set" | "dict";
        readonly item: Expression;
        readonly value: Expression | undefined;
        readonly loops: readonly Loop[];
      }
  );
export interface Loop {
  readonly target: Expression;
  readonly over: Expression;
  readonly tests: readonly Expression[];
}
export interface CallArgument {
  readonly value: Expression;
  readonly keyword?: string;
  /** `*list` or `**dict`. */
  readonly stars?: 1 | 2;
}
export interface Parameter extends Place {
  readonly name: string;
  readonly fallback?: Expression;
  /** `*args` or `**kwargs`. */
  readonly stars?: 1 | 2;
  /** Behind `*`: by name only. */
  readonly keywordOnly?: true;
}

export interface FunctionNode extends Place {
  readonly kind: "function";
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly string[];
}
export interface ClassNode extends Place {
  readonly kind: "class";
  readonly name: string;
  readonly bases: readonly Expression[];
  readonly body: readonly Statement[];
}
export type Statement = Place &
  (
    | { readonly kind: "expression"; readonly value: Expression }
    | { readonly kind: "assign"; readonly targets: readonly Expression[]; readonly value: Expression }
    /** `width: int` or `width: int = 64`: in a class without `__init__`, a parameter. */
    | { readonly kind: "field"; readonly target: Expression; readonly value: Expression | undefined }
    | { readonly kind: "update"; readonly target: Expression; readonly sign: string; readonly value: Expression }
    | { readonly kind: "if"; readonly branches: readonly (readonly [Expression | undefined, readonly Statement[]])[] }
    | {
        readonly kind: "for";
        readonly target: Expression;
        readonly over: Expression;
        readonly body: readonly Statement[];
      }
    | { readonly kind: "while"; readonly test: Expression; readonly body: readonly Statement[] }
    | { readonly kind: "return"; readonly value: Expression | undefined }
    | { readonly kind: "break" | "continue" | "pass" }
    | { readonly kind: "raise"; readonly value: Expression | undefined }
    | {
        readonly kind: "with";
        readonly contexts: readonly { readonly value: Expression; readonly as?: Expression }[];
        readonly body: readonly Statement[];
      }
    /** What is tried: nothing that can be read fails, so that its handlers never run. */
    | { readonly kind: "block"; readonly body: readonly Statement[] }
    | { readonly kind: "import"; readonly names: readonly ImportedName[] }
    /** What cannot stand in a network: an error where it is reached. */
    | { readonly kind: "other"; readonly what: string }
    | FunctionNode
    | ClassNode
  );
export interface ImportedName {
  /** `torch.nn` */
  readonly from: string;
  /** `Linear`; undefined where the module itself is imported. */
  readonly name: string | undefined;
  readonly as: string;
}
