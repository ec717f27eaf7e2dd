import { describe, expect, it } from "vitest";
import { MASK_NAMES } from "../../../src/environment/mask-names.ts";
import { AREAS, lookup, tableTreatment } from "../../../src/refresh/classification/catalogue/index.ts";
import { fate, KNOWN } from "./columns.ts";
import { KEPT_ALTHOUGH_SUSPECTED } from "./kept-although.ts";
import { LIVE_POINTERS, list, MUST_BE_EMPTY, MUST_NOT_KEEP } from "./must-not-keep.ts";

const POINTS_NOWHERE = ["null", "secret", "empty", "external-id", "token", "url", "identifier"];

const split = (name: string) => name.split(".") as [string, string];
const isTreated = (table: string, column: string) =>
  tableTreatment(table) !== undefined || (lookup(table, column) ?? { kind: "keep" }).kind !== "keep";

describe("the catalogue", () => {
  it("keeps no column with a suspicious name but those that were looked at", () => {
    const kept = KNOWN.filter((known) => known.suspected !== "")
      .map(({ table, column }) => `${table}.${column}`)
      .filter((name) => fate(name) === "keep");
    expect(kept.sort()).toEqual(Object.values(KEPT_ALTHOUGH_SUSPECTED).flatMap(list).sort());
  });

  it("follows no pointer to an account elsewhere", () => {
    const followed = LIVE_POINTERS.filter((name) => !POINTS_NOWHERE.includes(fate(name)));
    expect(followed.map((name) => `${name}: ${fate(name)}`)).toEqual([]);
  });

  it.each(Object.entries(MUST_NOT_KEEP))("never keeps %s", (_class, columns) => {
    expect(columns.filter((name) => !isTreated(...split(name)))).toEqual([]);
  });

  it("empties queues, logs, caches and credentials", () => {
    expect(MUST_BE_EMPTY.filter((table) => !tableTreatment(table))).toEqual([]);
  });

  it("keeps the rows of tracking values, which OCA's mail_tracking_* must not swallow", () => {
    expect(tableTreatment("mail_tracking_value")).toBeUndefined();
    expect(tableTreatment("res_partner")).toBeUndefined();
  });

  it("knows nothing of columns that it was not told about", () => {
    expect(lookup("res_partner", "x_studio_diagnosis")).toBeUndefined();
    expect(lookup("my_own_table", "name")).toBeUndefined();
    expect(lookup("constructor", "toString")).toBeUndefined();
  });

  it("masks tokens and passwords of tables that it does not know", () => {
    expect(lookup("my_own_table", "access_token")).toEqual({ kind: "mask", mask: "token" });
    expect(lookup("my_own_table", "ftp_password")).toEqual({ kind: "mask", mask: "secret" });
  });

  it("lets stored copies follow the row that they are a copy of", () => {
    expect(lookup("mail_message", "email_from")).toEqual({ kind: "mask", mask: "email", from: "author_id" });
    expect(lookup("res_partner", "email_normalized")).toEqual(lookup("res_partner", "email"));
    expect(lookup("hr_employee", "name")).toEqual({ kind: "mask", mask: "name", from: "resource_id" });
    expect(lookup("resource_resource", "name")).toEqual({ kind: "mask", mask: "name" });
  });

  it("names only masks that exist, and gives every kept group a reason", () => {
    const masks = new Set<string>([...MASK_NAMES, "null"]);
    const used = AREAS.flatMap((area) => Object.values(area.treated).flatMap((treated) => Object.keys(treated)));
    expect(used.filter((mask) => !masks.has(mask))).toEqual([]);
    const reasons = AREAS.flatMap((area) => [...area.kept, ...(area.emptied ?? [])].map((group) => group.reason));
    expect(reasons.filter((reason) => reason.trim().length < 10)).toEqual([]);
  });

  it("keeps by exact names only", () => {
    const kept = AREAS.flatMap((area) => area.kept.flatMap(({ tables }) => Object.entries(tables).flat()));
    expect(kept.filter((name) => /[*@]/.test(name))).toEqual([]);
  });
});
