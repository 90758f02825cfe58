/** Downloads one file whose size and SHA-256 are known beforehand; nothing else ever gets the file's name. */

import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { type ClientRequest, get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { pipeline } from "node:stream/promises";

export interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Told the number of bytes of this file that have come so far, some times a second on a fast line. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which the host counts as gone: 30,000 if not given. */
  readonly timeout?: number | undefined;
}

const maxRedirects = 5;

/**
 * Fetches `url` into `path`, whose folder must exist. The bytes go to a temporary name beside it, which becomes
 * `path` only when size and SHA-256 are right, and is removed otherwise.
 * @throws Error whose message is a bare reason, such as "connect ECONNREFUSED 127.0.0.1:9"; the signal's own reason, if
 * that ends the download
 */
export async function download(
  url: string,
  path: string,
  file: PublishedFile,
  options: DownloadOptions = {},
): Promise<void> {
  const response = await request(new URL(url), options, maxRedirects);
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const { bytes, sha256 } = await save(response, temporary, file.bytes, options);
    if (bytes < file.bytes) throw new Error(`only ${bytes} of ${file.bytes} bytes`);
    if (sha256 !== file.sha256) throw new Error(`SHA-256 ${sha256} for ${file.sha256}`);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Node's own client, not fetch: fetch unpacks bodies that a host marks as gzip, and then no checksum fits. */
async function request(url: URL, options: DownloadOptions, redirects: number): Promise<IncomingMessage> {
  const { signal, timeout = 30_000 } = options;
  signal?.throwIfAborted();
  const get = url.protocol === "https:" ? getHttps : getHttp;
  const call = get(url, { timeout, headers: { "accept-encoding": "identity" } });
  // Given to get, the signal would destroy the kept socket of an answer that has come to its end, which nobody awaits.
  const stop = () => call.destroy(signal!.reason);
  signal?.addEventListener("abort", stop);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    let current: ClientRequest | IncomingMessage = call;
    call.on("response", answer => {
      current = answer;
      resolve(answer);
    });
    call.on("error", reject);
    call.on("timeout", () => current.destroy(new Error(`no data for ${timeout / 1000} seconds`)));
  }).finally(() => signal?.removeEventListener("abort", stop));
  const { statusCode = 0 } = response;
  if (statusCode === 200) return response;
  response.destroy();
  const { location } = response.headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || !location) throw new Error(`HTTP status ${statusCode}`);
  if (redirects === 0) throw new Error(`more than ${maxRedirects} redirects`);
  const target = new URL(location, url);
  if (target.protocol !== url.protocol && target.protocol !== "https:")
    throw new Error(`a redirect from ${url.protocol} to ${target.protocol}`);
  return await request(target, options, redirects - 1);
}

async function save(response: IncomingMessage, path: string, limit: number, { onBytes, signal }: DownloadOptions) {
  const hash = createHash("sha256");
  let bytes = 0;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      // The checksum would find it, but only after a disk full of bytes.
      if (bytes > limit) throw new Error(`more than ${limit} bytes`);
      hash.update(chunk);
      onBytes?.(bytes);
      yield chunk;
    }
  };
  try {
    await pipeline(response, count, createWriteStream(path, { flags: "wx" }), { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") throw new Error(`only ${bytes} of ${limit} bytes`);
    throw error;
  }
  return { bytes, sha256: hash.digest("hex") };
}
