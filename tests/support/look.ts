import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** How the browser of these tests is started. */
export const LAUNCH = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const LOOKS = [
  ["light", 1440],
  ["dark", 390],
  ["light", 390],
] as const;
const HEIGHT = "document.documentElement.scrollHeight";
/** Lists go on like that. */
const PICTURE_HEIGHT_MAX = 4_000;
/** True in a page that is wider than its window. */
export const SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
/** What reaches over the right edge: the innermost elements, to be named in a failure. */
const OVERHANGING = `[...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right >
  document.documentElement.clientWidth + 1 && ![...each.children].some((child) => child.getBoundingClientRect().right >
  document.documentElement.clientWidth + 1)).slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join(" ")`;
/** No page may scroll sideways at this width either. */
const LEAST_WIDTH = 320;
/** Resolves when every colour has arrived: one on its way from the other theme has a contrast of neither. */
const TRANSITIONS_ENDED = "Promise.allSettled(document.getAnimations().map((each) => each.finished))";

/** Looks at a page as people do: in both themes and widths, with the accessibility checker, and keeps a picture. */
export async function lookAt(page: Page, name: string, shots: string): Promise<void> {
  const found: string[] = [];
  for (const [colorScheme, width] of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(TRANSITIONS_ENDED);
    // A captured message stands in a sandboxed frame: its wording is the sender's, and scripts cannot run in it.
    const { violations } = await new AxeBuilder({ page }).exclude("iframe").analyze();
    for (const violation of violations.filter(
      (each) => each.impact === "serious" || each.impact === "critical",
    )) {
      found.push(
        `${name} ${colorScheme} ${width}: ${violation.id} at ${violation.nodes[0]?.target.join(" ")}`,
      );
    }
    if (await page.evaluate<boolean>(SCROLLS_SIDEWAYS))
      found.push(`${name} ${width}: scrolls sideways: ${await page.evaluate<string>(OVERHANGING)}`);
    if (colorScheme === "light") {
      const height = width === 390 ? Math.min(await page.evaluate<number>(HEIGHT), PICTURE_HEIGHT_MAX) : 900;
      await page.screenshot({
        path: `${shots}/${name}-${width}.png`,
        fullPage: true,
        clip: { x: 0, y: 0, width, height },
      });
    }
  }
  await page.setViewportSize({ width: LEAST_WIDTH, height: 900 });
  if (await page.evaluate<boolean>(SCROLLS_SIDEWAYS))
    found.push(`${name} ${LEAST_WIDTH}: scrolls sideways: ${await page.evaluate<string>(OVERHANGING)}`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(found).toEqual([]);
}
