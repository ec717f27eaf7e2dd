import { expect, test } from "vitest";
import {
  type IdentityFacts,
  judgeIdentity,
  judgeState,
  type StateFacts,
} from "../../../src/refresh/source/preflight-verdict.ts";
import { judgePrivileges, type PrivilegeFacts } from "../../../src/refresh/source/privileges-verdict.ts";

const server = {
  systemIdentifier: "1",
  version: 180_000,
  inRecovery: false,
  startedAt: "",
  database: "production",
};
const two: IdentityFacts = { source: server, target: { ...server, database: "staging" }, staging: "neutralized" };

test.each<[string, Partial<IdentityFacts>]>([
  ["same-database", { target: server }],
  ["target-protected", { staging: "live" }],
  ["target-protected", { staging: "foreign" }],
  ["older-target", { target: { ...server, database: "staging", version: 170_000 } }],
  ["old-server", { source: { ...server, version: 130_000 } }],
  ["read-only-target", { target: { ...server, database: "staging", inRecovery: true } }],
])("two databases are refused: %s", (code, wrong) => {
  expect(() => judgeIdentity({ ...two, ...wrong })).toThrow(expect.objectContaining({ code }));
});

test("two databases that may be what they are, with a word on what is not known", () => {
  expect(judgeIdentity(two)).toEqual([]);
  expect(judgeIdentity({ ...two, staging: "absent" })).toEqual([]);
  expect(judgeIdentity({ ...two, staging: "closed" })).toEqual([expect.stringMatching(/takes no connections/)]);
  expect(judgeIdentity({ ...two, source: { ...server, inRecovery: true } })).toEqual([
    expect.stringMatching(/standby/),
  ]);
});

test("the same name on another server is another database", () => {
  expect(judgeIdentity({ ...two, target: { ...server, systemIdentifier: "2" } })).toEqual([]);
});

const calm: StateFacts = {
  ...{ sourceBytes: 1000, freeBytes: 1e9, reclaimableBytes: 0, golden: "nothing", role: "odoo" },
  ...{ exclusiveLocks: 0, deploying: false },
};

test.each<[string, Partial<StateFacts>]>([
  ["source-busy", { exclusiveLocks: 1 }],
  ["source-deploying", { deploying: true }],
  ["disk-full", { freeBytes: 1199 }],
  ["disk-full", { freeBytes: 999, reclaimableBytes: 200 }],
  ["disk-full", { freeBytes: 2199, golden: "a-copy" }],
  ["disk-full", { freeBytes: 1199, golden: "a-copy-if-full" }],
])("a moment is refused: %s (%o)", (code, wrong) => {
  expect(() => judgeState({ ...calm, ...wrong }, "production")).toThrow(expect.objectContaining({ code }));
});

test.each<[string, Partial<StateFacts>]>([
  ["room for the copy", { freeBytes: 1200 }],
  ["room when what is left over is gone", { freeBytes: 999, reclaimableBytes: 201 }],
  ["room for the golden copy beside it", { freeBytes: 2200, golden: "a-copy" }],
  ["room for both, should a delta not do", { freeBytes: 2200, golden: "a-copy-if-full" }],
])("a moment is fine: %s", (_what, facts) => {
  expect(judgeState({ ...calm, ...facts }, "production")).toEqual([]);
});

test.each<[Partial<StateFacts>, RegExp]>([
  [{ freeBytes: 2199, golden: "a-copy-if-full" }, /2\.1 KiB free: enough for a delta, but .* may need 2\.1 KiB/],
  [{ freeBytes: "elsewhere" }, /not measured: it is on another machine/],
  [{ freeBytes: "out-of-sight" }, /not measured: .*cannot be seen from staging's node/],
  [{ freeBytes: "not-told" }, /not measured: .* GRANT pg_read_all_settings TO odoo;$/],
])("what is not sure of the disk is told: %o", (facts, told) => {
  expect(judgeState({ ...calm, ...facts }, "production")).toEqual([expect.stringMatching(told)]);
});

test("a full disk names what takes the room, and how it takes less", () => {
  const refusal = (facts: Partial<StateFacts>) => {
    try {
      judgeState({ ...calm, freeBytes: 0, ...facts }, "production");
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(refusal({ golden: "a-copy" })).toMatchObject({
    message: expect.stringContaining("a copy of production and the golden copy of it may need 2.1 KiB"),
    remedy: expect.stringContaining("ALTER ROLE odoo SET file_copy_method = 'clone';"),
  });
  expect(refusal({})).toMatchObject({
    message: expect.stringContaining("a copy of production may need 1.2 KiB"),
    remedy: "Free space, or drop databases kept from earlier runs.",
  });
});

const allowed: PrivilegeFacts = {
  ...{ reader: "reader", closedSchemas: [], unreadable: [], guardUnused: false, filtered: [] },
  ...{ writer: "odoo", mayCreateDatabases: true },
  extensions: [{ name: "unaccent", version: "1.1", offered: "1.1", mayCreate: true }],
};
const relations = (kind: "TABLE" | "SEQUENCE", count: number, schema = "public") =>
  Array.from({ length: count }, (_, at) => ({ name: `${schema}.t${at}`, schema, kind }));

test.each<[string, Partial<PrivilegeFacts>, string[]]>([
  [
    "not-readable",
    { unreadable: relations("TABLE", 2) },
    [
      "2 object(s) of production that are to be copied: public.t0, public.t1.",
      "GRANT SELECT ON TABLE public.t0, public.t1 TO reader;",
    ],
  ],
  [
    "not-readable",
    { unreadable: [...relations("TABLE", 6, '"Odd"'), ...relations("SEQUENCE", 1)], closedSchemas: ['"Odd"'] },
    [
      '"Odd".t4 and 2 more.',
      'GRANT USAGE ON SCHEMA "Odd" TO reader;\nGRANT SELECT ON ALL TABLES IN SCHEMA "Odd" TO reader;\nGRANT SELECT ON SEQUENCE public.t0 TO reader;',
    ],
  ],
  [
    "not-readable",
    { unreadable: [{ name: "staging_mask.sequences()", schema: "staging_mask", kind: "FUNCTION" }] },
    ["GRANT EXECUTE ON FUNCTION staging_mask.sequences() TO reader;"],
  ],
  ["not-readable", { unreadable: relations("TABLE", 1), guardUnused: true }, ["generate-guard"]],
  [
    "row-security",
    { filtered: [{ name: "public.notes", policies: ["own", "boss"], role: "reader" }] },
    [
      "from role reader: public.notes.",
      "DROP POLICY own ON public.notes;\nDROP POLICY boss ON public.notes;\nALTER TABLE public.notes DISABLE ROW LEVEL SECURITY",
    ],
  ],
  ["no-createdb", { mayCreateDatabases: false }, ["ALTER ROLE odoo CREATEDB;"]],
  [
    "not-owner",
    { notOwned: { database: "staging", owner: "postgres" } },
    ["staging belongs to postgres", "ALTER DATABASE staging OWNER TO odoo;"],
  ],
  [
    "missing-extensions",
    { extensions: [{ name: "postgis", version: "3.4", mayCreate: false }] },
    ["no extension postgis", "DROP EXTENSION postgis;"],
  ],
  [
    "untrusted-extensions",
    { extensions: [{ name: "pageinspect", version: "1.12", offered: "1.12", mayCreate: false }] },
    [
      "pageinspect, which on the target's server only a superuser may make",
      "trusted = true",
      "DROP EXTENSION pageinspect;",
    ],
  ],
])("a role that lacks a right is refused with what cures it: %s", (code, wrong, texts) => {
  let refusal: unknown;
  try {
    judgePrivileges({ ...allowed, ...wrong });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code });
  const { message, remedy } = refusal as { message: string; remedy: string };
  for (const text of texts) expect(`${message}\n${remedy}`).toContain(text);
});

test("extensions in another version pass, with a word where the target's is older", () => {
  const unaccent = (version: string, offered: string) =>
    judgePrivileges({ ...allowed, extensions: [{ name: "unaccent", version, offered, mayCreate: true }] });
  expect(unaccent("1.1", "1.1")).toEqual([]);
  expect(unaccent("1.9", "1.10")).toEqual([]);
  expect(unaccent("1.10", "1.9")).toEqual([expect.stringMatching(/unaccent in version 1.9, older than .* 1.10/)]);
  expect(unaccent("unpackaged", "1.9")).toEqual([]);
});
