/** What the child processes of `fit`'s pool do. */
import { nativeSession } from "../runtime/native.js";
import { workWith } from "./task.js";

export const run = workWith(nativeSession, { sparing: true });
