/** The page of a study, beside its files. */
import { join, resolve } from "node:path";
import { reportPage } from "../report/index.js";
import { ask, type Study, writeWhole } from "../study/index.js";

/** Writes report.html and returns its path. */
export async function writeReport(study: Study): Promise<string> {
  const file = join(study.folder, "report.html");
  writeWhole(file, await reportPage(study, await ask(study)));
  return resolve(file);
}
