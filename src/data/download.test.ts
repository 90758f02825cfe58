import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { download } from "./download.js";

const body = Buffer.from("0123456789".repeat(20_000));
const sum = createHash("sha256").update(body).digest("hex");
const file = { name: "file", bytes: body.length, sha256: sum };

const answers: Record<string, RequestListener> = {
  "/good": (_, response) => response.end(body),
  "/other": (_, response) => response.end(Buffer.alloc(body.length)),
  "/short": (_, response) => response.end(body.subarray(0, 1000)),
  "/long": (_, response) => response.end(Buffer.concat([body, body])),
  "/missing": (_, response) => response.writeHead(404).end(),
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": body.length });
    response.write(body.subarray(0, 1000), () => response.destroy());
  },
  "/cut-chunked": (_, response) => {
    response.write(body.subarray(0, 1000), () => response.destroy());
  },
  "/stalled": (_, response) => {
    response.write(body.subarray(0, 1000));
  },
  "/silent": () => {},
  "/marked": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body)),
  "/redirect": (_, response) => response.writeHead(302, { location: "/good" }).end("see there"),
  "/circle": (_, response) => response.writeHead(301, { location: "/circle" }).end(),
  "/to-disk": (_, response) => response.writeHead(302, { location: "file:///etc/hostname" }).end(),
  "/nowhere": (_, response) => response.writeHead(302).end(),
};

let server: Server;
let host: string;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "netpick-download-"));
  server = createServer((request, response) => answers[request.url!]!(request, response));
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test.each(["/good", "/redirect"])("%s arrives whole, under its name alone, and says how far it is", async path => {
  const progress: number[] = [];
  await download(host + path, join(folder, "file"), file, { onBytes: bytes => progress.push(bytes) });
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(readFileSync(join(folder, "file")).equals(body)).toBe(true);
  expect(progress.at(-1)).toBe(body.length);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
});

test("a file that the host marks as gzip stays as it came", async () => {
  const packed = gzipSync(body);
  const sha256 = createHash("sha256").update(packed).digest("hex");
  await download(`${host}/marked`, join(folder, "file"), { name: "file", bytes: packed.length, sha256 });
  expect(readFileSync(join(folder, "file")).equals(packed)).toBe(true);
});

// SHA-256 of 200,000 zero bytes: head -c 200000 /dev/zero | sha256sum
const zeros = "4cbbd9be0cba685835755f827758705db5a413c5494c34262cd25946a73e7582";
test.each([
  ["/other", `SHA-256 ${zeros} for ${sum}`],
  ["/short", "only 1000 of 200000 bytes"],
  ["/cut", "only 1000 of 200000 bytes"],
  ["/cut-chunked", "only 1000 of 200000 bytes"],
  ["/long", "more than 200000 bytes"],
  ["/missing", "HTTP status 404"],
  ["/stalled", "no data for 0.2 seconds"],
  ["/silent", "no data for 0.2 seconds"],
  ["/circle", "more than 5 redirects"],
  ["/to-disk", "a redirect from http: to file:"],
  ["/nowhere", "HTTP status 302"],
])("%s leaves nothing behind and gives the reason", async (path, reason) => {
  const error = await download(host + path, join(folder, "file"), file, { timeout: 200 }).catch(error => error);
  expect(error.message).toBe(reason);
  expect(readdirSync(folder)).toEqual([]);
});

test("a host that refuses", async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  await expect(download(`${host}/good`, join(folder, "file"), file)).rejects.toThrow(
    `connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  server.listen(0);
});

test("a failed download leaves the file that was there", async () => {
  writeFileSync(join(folder, "file"), "before");
  await download(`${host}/short`, join(folder, "file"), file).catch(() => {});
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("before");
});

test.each(["/stalled", "/silent"])("%s is ended by the signal, and nothing stays", async path => {
  const stop = new AbortController();
  const promise = download(host + path, join(folder, "file"), file, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 50);
  await expect(promise).rejects.toThrow(/^enough$/);
  expect(readdirSync(folder)).toEqual([]);
});
