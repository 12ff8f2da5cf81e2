import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A static file: its name carries the hash of its content, so that browsers may keep it for good. */
export interface Asset {
  readonly url: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** Sources stand beside the code; compiled code lies under dist and reads the same files. */
const here = dirname(fileURLToPath(import.meta.url)).replace(join("dist", "apps"), "apps");

function asset(name: string, file: string, contentType: string): Asset {
  const content = readFileSync(file);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  return { url: `/assets/${name.slice(0, dot)}.${hash}${name.slice(dot)}`, contentType, content };
}

export const STYLESHEET = asset(
  "consentry.css",
  join(here, "assets", "consentry.css"),
  "text/css; charset=utf-8",
);
export const HTMX = asset(
  "htmx.js",
  join(dirname(createRequire(import.meta.url).resolve("htmx.org")), "htmx.min.js"),
  "text/javascript; charset=utf-8",
);
export const ASSETS: readonly Asset[] = [STYLESHEET, HTMX];

/** The symbols that pages refer to, as one inline sprite. */
export const ICONS = readFileSync(join(here, "assets", "icons.svg"), "utf8").replace(
  '<svg xmlns="http://www.w3.org/2000/svg">',
  '<svg width="0" height="0" class="sr" aria-hidden="true" focusable="false">',
);
