/** A data set out of a folder with the four files of MNIST: images and labels, to train on and to test on. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DataError, reasonOf } from "./data-error.js";
import type { DataSet, Split } from "./data-set.js";
import { withHash } from "./hash.js";
import { type IdxArray, readIdx } from "./idx.js";

/** The four files by their usual names, without `.gz`. */
export const idxFiles = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

/** The path of each of `idxFiles` in a folder, in whichever spelling it lies there; undefined where it is missing. */
export async function findIdxFiles(folder: string): Promise<(string | undefined)[]> {
  let present: Set<string>;
  try {
    present = new Set(await readdir(folder));
  } catch (error) {
    throw new DataError(
      `data: cannot read the folder ${folder}, got ${reasonOf(error)}; check that it exists and may be read`,
    );
  }
  return idxFiles.map(file => {
    const found = spellings(file).find(name => present.has(name));
    return found && join(folder, found);
  });
}

/** `-idx3-` or `.idx3-`, images also with a fourth dimension; the unpacked file first, since it is read faster. */
function spellings(file: string): string[] {
  const ranks = file.includes("idx3") ? [file, file.replace("idx3", "idx4")] : [file];
  return ranks.flatMap(name => [name, name.replace("-idx", ".idx")]).flatMap(name => [name, `${name}.gz`]);
}

/**
 * Images of N, H, W become samples of shape [1, H, W]; images of N, C, H, W become [C, H, W].
 * @param classes the number of classes; if not given, the highest training label and one
 * @throws DataError if a file is missing or wrong, or if the files do not fit together
 */
export async function loadIdxFolder(folder: string, name: string, classes?: number): Promise<DataSet> {
  const paths = await findIdxFiles(folder);
  const missing = idxFiles.filter((_, index) => !paths[index]);
  if (missing.length > 0)
    throw new DataError(
      `data: ${folder} lacks files of a data set, got no ${missing.join(", no ")}; put them there, gzipped or not`,
    );
  const [trainImages, trainLabels, testImages, testLabels] = (await Promise.all(
    paths.map(async path => ({ path: path!, ...(await readIdx(path!)) })),
  )) as [File, File, File, File];
  for (const images of [trainImages, testImages]) requireRank(images, images.dims.length > 1, "images with 3 or 4");
  for (const labels of [trainLabels, testLabels]) requireRank(labels, labels.dims.length === 1, "labels with 1");
  const inputShape = sampleShape(trainImages);
  if (sampleShape(testImages).join() !== inputShape.join())
    throw new DataError(
      `data: ${testImages.path} has samples of another shape at byte 8, got ${sampleShape(testImages).join(" x ")} after ${inputShape.join(" x ")} in ${trainImages.path}; give both splits one shape`,
    );
  const count = classes ?? highest(trainLabels.data) + 1;
  return withHash({
    name,
    inputShape,
    classes: count,
    train: splitOf(trainImages, trainLabels, count),
    test: splitOf(testImages, testLabels, count),
  });
}

type File = IdxArray & { readonly path: string };

function requireRank({ path, dims }: File, fits: boolean, wanted: string): void {
  if (!fits)
    throw new DataError(
      `data: ${path} has a wrong number of dimensions at byte 3, got ${dims.length}; write ${wanted}`,
    );
}

function sampleShape({ dims }: File): number[] {
  return dims.length === 4 ? dims.slice(1) : [1, ...dims.slice(1)];
}

const highest = (labels: Uint8Array) => labels.reduce((high, label) => Math.max(high, label), 0);

function splitOf(images: File, labels: File, classes: number): Split {
  const count = labels.dims[0]!;
  if (images.dims[0] !== count)
    throw new DataError(
      `data: ${labels.path} has another count at byte 4 than ${images.path}, got ${count} labels for ${images.dims[0]} images; give one label for each image`,
    );
  const wrong = labels.data.findIndex(label => label >= classes);
  if (wrong >= 0)
    throw new DataError(
      `data: ${labels.path} has a label out of range at byte ${8 + wrong}, got ${labels.data[wrong]}; the ${classes} classes are 0 to ${classes - 1}`,
    );
  return { count, inputs: images.data, labels: labels.data };
}
