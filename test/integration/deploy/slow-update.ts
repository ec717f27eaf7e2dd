// An update that takes long enough to be killed in its middle.
import { type JournalEntry, readJournal } from "../../../src/deploy/journal.ts";
import { layoutOf } from "../../../src/deploy/layout.ts";
import { type Lease, readLease } from "../../../src/deploy/lease.ts";
import type { FileChange } from "../../support/git.ts";
import type { TestInstance } from "./instance.ts";

const manifest = "addons/library_loans/__manifest__.py";
const model = "addons/library_loans/models/library_loan.py";

/** A commit whose update takes a while and leaves a column in the database; `files` is what the module is before. */
export async function commitSlowly(
  odoo: Pick<TestInstance, "commit">,
  files: Record<string, FileChange>,
  column: string,
): Promise<string> {
  return await odoo.commit({
    [manifest]: (files[manifest] as string).replace("19.0.1.0.0", "19.0.1.9.0"),
    [model]: (files[model] as string).replace(/(_name = "library\.loan"\n)/, `$1    ${column} = fields.Char()\n`),
    "addons/library_loans/migrations/19.0.1.9.0/post-slow.py":
      "import time\n\n\ndef migrate(cr, version):\n    cr.commit()\n    time.sleep(8)\n",
  });
}

/** Waits until a deployment is in the middle of a phase: its journal has more of it than that it began, and no end. */
export async function untilPhase(
  { home }: Pick<TestInstance, "home">,
  phase: string,
): Promise<{ lease: Lease; entries: JournalEntry[] }> {
  const layout = layoutOf(home);
  for (;;) {
    const lease = await readLease(layout);
    const entries = lease ? await readJournal(layout.deployment(lease.id).journal) : [];
    const begun = entries.some((entry) => entry.phase === phase && entry.status !== "begin");
    // the lease of one that was killed may still lie there
    const ended = entries.some((entry) => entry.phase === "END");
    if (lease?.phase === phase && begun && !ended) return { lease, entries };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
