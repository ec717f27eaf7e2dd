import { expect, test } from "vitest";
import { planCopy } from "../../../src/refresh/plan/plan.ts";
import { diffPlans, planLines } from "../../../src/refresh/plan/plan-lines.ts";
import { planSections } from "../../../src/refresh/plan/plan-report.ts";
import { column, facts, table } from "../refresh/facts.ts";

const people = table("people", [
  column("id", "int4"),
  column("mail", "text"),
  column("note", "text"),
  column("pin", "text"),
]);
const queue = table("queue", [column("id", "int4")]);
const [id, mail, note, pin] = people.columns as [never, never, never, never];
const plan = planCopy(
  [
    {
      table: people,
      columns: [
        { column: id, treatment: { kind: "keep", reason: "number or flag" }, by: "type" },
        { column: mail, treatment: { kind: "mask", mask: "email", from: "id" }, by: "catalogue" },
        { column: note, treatment: { kind: "keep", reason: "names\tnobody\n" }, by: "rule" },
        { column: pin, treatment: { kind: "null" }, by: "catalogue" },
      ],
    },
    { table: queue, emptiedBecause: "queue", columns: [] },
  ],
  facts([people, queue]),
);

test("a plan is one line a column, with treatment, who decided and why, and no reason can break a line", () => {
  expect(planLines(plan)).toEqual([
    "people.id\tkeep\ttype\tnumber or flag",
    "people.mail\tmask email from id\tcatalogue\t",
    "people.note\tkeep\trule\tnames nobody ",
    "people.pin\tnull\tcatalogue\t",
    "queue.*\tempty\t\tqueue",
  ]);
});

test("two plans differ by columns that came, went, or are treated otherwise", () => {
  const before = ["a.x\tkeep\trule\twhy", "a.y\tmask name\tcatalogue\t", "a.z\tnull\tcatalogue\t"];
  const after = ["a.y\tmask email\trule\t", "a.z\tnull\tcatalogue\t", "b.*\tempty\t\tqueue"];
  const diff = diffPlans(before, after);
  expect(diff).toEqual({
    added: [{ column: "b.*", treatment: "empty (queue)" }],
    removed: [{ column: "a.x", treatment: "keep (by rule: why)" }],
    changed: [{ column: "a.y", before: "mask name (by catalogue)", treatment: "mask email (by rule)" }],
  });
  expect(diffPlans(before, before)).toEqual({ added: [], removed: [], changed: [] });
  const advisory = [{ column: "a.q", detector: "phone" as const, filled: 200, hits: 7 }];
  expect(planSections({ diff, since: "7-1", advisory }).join("\n")).toMatchInlineSnapshot(`
    "<details><summary>Plan against that of run 7-1: 1 new, 1 gone, 1 changed</summary>

    | column | before | now |
    | --- | --- | --- |
    | b.\\* |  | empty \\(queue\\) |
    | a.x | keep \\(by rule: why\\) |  |
    | a.y | mask name \\(by catalogue\\) | mask email \\(by rule\\) |

    </details>
    <details><summary>Kept columns worth a second look \\(1\\)</summary>

    | column | seen | rows |
    | --- | --- | --- |
    | a.q | phone | 7 of 200 |

    </details>"
  `);
  expect(planSections({ diff: diffPlans(before, before), since: "7-1", advisory: [] })).toEqual([
    "The plan is the one of run 7-1.",
    "",
  ]);
});
