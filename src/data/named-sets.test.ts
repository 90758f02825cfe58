import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheFolder, type DownloadProgress, fashionMnist, loadNamedSet, mnist, type NamedSet } from "./named-sets.js";

/** An IDX file of unsigned bytes with dimensions below 256. */
const idx = (dims: number[], elements: number[]) =>
  Buffer.from([0, 0, 8, dims.length, ...dims.flatMap(dim => [0, 0, 0, dim]), ...elements]);
const packed: Record<string, Buffer> = {
  "train-images-idx3-ubyte.gz": gzipSync(idx([2, 1, 2], [1, 2, 3, 4])),
  "train-labels-idx1-ubyte.gz": gzipSync(idx([2], [0, 1])),
  "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 1, 2], [5, 6])),
  "t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], [1])),
};
const names = Object.keys(packed);
const total = Object.values(packed).reduce((sum, bytes) => sum + bytes.length, 0);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

let [asked, served]: [string[], Record<string, Buffer>] = [[], packed];
let server: Server;
let host: string;
let folder: string;
beforeEach(async () => {
  [asked, served] = [[], packed];
  folder = mkdtempSync(join(tmpdir(), "netpick-named-"));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const bytes = served[request.url!.slice(1)];
    bytes ? response.end(bytes) : response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const tiny = (change: Partial<NamedSet> = {}): NamedSet => ({
  name: "tiny",
  classes: 2,
  hash: sha256(Buffer.from("uint8 1x1x2 classes 2 train 2 test 1\n\x01\x02\x03\x04\x00\x01\x05\x06\x01", "latin1")),
  systemFolders: [join(folder, "system")],
  hosts: [host],
  files: names.map(name => ({ name, bytes: packed[name]!.length, sha256: sha256(packed[name]!) })),
  ...change,
});
const own = () => join(folder, "tiny");
const put = (where: string, files = packed) => {
  mkdirSync(where, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(where, name), bytes);
};
const load = (set = tiny()) => loadNamedSet(set, {}, folder);

describe("where the files come from", () => {
  test("the cache, if they are there, in any packing", async () => {
    put(own(), { ...packed, [names[0]!]: gzipSync(idx([2, 1, 2], [1, 2, 3, 4]), { level: 0 }) });
    put(join(folder, "system"), { [names[0]!]: Buffer.from("not looked at") });
    expect((await load()).train.inputs).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(asked).toEqual([]);
  });

  test("else the system's folder, and the cache stays as it is", async () => {
    put(join(folder, "system"));
    expect((await load()).name).toBe("tiny");
    expect([asked, existsSync(own())]).toEqual([[], false]);
  });

  test("else the host, into the cache, with progress over all files; the second time the cache", async () => {
    const progress: DownloadProgress[] = [];
    const set = await loadNamedSet(tiny(), { onProgress: step => progress.push(step) }, folder);
    expect(set.hash).toBe(tiny().hash);
    expect(asked).toEqual(names.map(name => `/${name}`));
    expect(readdirSync(own()).sort()).toEqual([...names].sort());
    expect(progress.map(({ file }) => file)).toEqual(names);
    expect(progress[0]).toEqual({ name: "tiny", file: names[0], done: packed[names[0]!]!.length, total });
    expect(progress.at(-1)).toEqual({ name: "tiny", file: names[3], done: total, total });
    asked = [];
    expect((await load()).hash).toBe(set.hash);
    expect(asked).toEqual([]);
  });

  test("only what the cache lacks is downloaded", async () => {
    put(own(), { [names[1]!]: packed[names[1]!]! });
    await load();
    expect(asked).toEqual([names[0], names[2], names[3]].map(name => `/${name}`));
  });

  test("the second host, if the first one fails", async () => {
    await load(tiny({ hosts: [`${host}elsewhere/`, host] }));
    expect(asked.slice(0, 2)).toEqual([`/elsewhere/${names[0]}`, `/${names[0]}`]);
  });
});

describe("what is refused", () => {
  const byHand = () => `put ${names.join(", ")} in ${own()}, or use --data DIR for a folder that has them`;

  test("a file with another checksum; nothing of it stays", async () => {
    const other = Buffer.from(packed[names[0]!]!);
    other[20]! ^= 1;
    served = { ...packed, [names[0]!]: other };
    await expect(load()).rejects.toThrow(
      `data: cannot download ${names[0]} of tiny, got SHA-256 ${sha256(other)} for ${sha256(packed[names[0]!]!)} from ${host}; ${byHand()}`,
    );
    expect(readdirSync(own())).toEqual([]);
  });

  test("every host failing, with what helps", async () => {
    served = {};
    await expect(load(tiny({ hosts: [host, "http://127.0.0.1:9/"], remedy: "install the package x" }))).rejects.toThrow(
      `data: cannot download ${names[0]} of tiny, got HTTP status 404 from ${host} and connect ECONNREFUSED 127.0.0.1:9 from http://127.0.0.1:9/; install the package x, or ${byHand()}`,
    );
  });

  test("good files of another data set", async () => {
    put(own(), { ...packed, [names[3]!]: gzipSync(idx([1], [0])) });
    const hash = sha256(
      Buffer.from("uint8 1x1x2 classes 2 train 2 test 1\n\x01\x02\x03\x04\x00\x01\x05\x06\x00", "latin1"),
    );
    await expect(load()).rejects.toThrow(
      `data: ${own()} does not hold tiny as published, got hash ${hash}; remove that folder, or use --data ${own()} to take the files as they are`,
    );
  });

  test("a cache that cannot be written", async () => {
    writeFileSync(join(folder, "taken"), "");
    await expect(loadNamedSet(tiny(), {}, join(folder, "taken"))).rejects.toThrow(
      `data: cannot make the cache folder ${join(folder, "taken", "tiny")}, got ENOTDIR: not a directory, mkdir '${join(folder, "taken", "tiny")}'; set NETPICK_CACHE to a folder that may be written, or use --data DIR for a folder that has the files`,
    );
  });

  test("a download that the signal ends is rejected with the signal's reason, and no other host is asked", async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("enough"));
    const set = tiny({ hosts: [host, `${host}again/`] });
    await expect(loadNamedSet(set, { onProgress, signal: stop.signal }, folder)).rejects.toThrow("enough");
    expect(asked.filter(path => path.startsWith("/again"))).toEqual([]);
  });
});

test.each([
  [{ NETPICK_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
  [{ XDG_CACHE_HOME: "/b" }, "/b/netpick"],
  [{ XDG_CACHE_HOME: "relative" }, join(homedir(), ".cache", "netpick")],
  [{}, join(homedir(), ".cache", "netpick")],
])("the cache for %o", (env, path) => {
  expect(cacheFolder(env)).toBe(path);
});

test.each([mnist, fashionMnist])("$name is fetched over https and pinned in full", ({ hosts, files, hash }) => {
  expect(hosts.every(host => /^https:\/\/.+\/$/.test(host))).toBe(true);
  expect(files.map(({ name }) => name)).toEqual(names);
  expect([hash, ...files.map(file => file.sha256)].every(sum => /^[0-9a-f]{64}$/.test(sum))).toBe(true);
});
