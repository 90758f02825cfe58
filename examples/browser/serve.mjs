/** Serves the project's folder: npm run build && node examples/browser/serve.mjs */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const types = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const server = createServer((request, answer) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  const file = join(root, normalize(decodeURIComponent(path)));
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return answer.writeHead(404).end();
  answer.writeHead(200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    // With these two, startRuntime({ threads: 2 }) may share memory between threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  });
  createReadStream(file).pipe(answer);
});
server.listen(Number(process.argv[2] ?? 8080), "localhost", () => {
  console.log(`http://localhost:${server.address().port}/examples/browser/`);
});
