// Debian's Chromium, headless, as a person's eyes.
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { requireTool } from "../workbench/tools.ts";

export interface TestBrowser extends AsyncDisposable {
  page: Page;
  /** What the page complained about: console errors, uncaught exceptions, failed requests. */
  problems: string[];
  close(): Promise<void>;
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens one page of a browser whose only ways out are loopback and the hosts of the lab; fails with the cure when Chromium is missing. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<TestBrowser> {
  const executablePath = await requireTool("chromium");
  const rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE 10.77.*";
  const browser = await chromium.launch({ executablePath, args: [...flags, rules] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    const failure = request.failure()?.errorText;
    if (failure !== "net::ERR_ABORTED") problems.push(`request: ${request.url()} ${failure}`);
  });
  const close = () => browser.close();
  return { page, problems, close, [Symbol.asyncDispose]: close };
}
