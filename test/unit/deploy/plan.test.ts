import { describe, expect, test } from "vitest";
import { compareVersions, type PlanFacts, type PlannedModule, planDeployment } from "../../../src/deploy/plan.ts";

const module = (more: Partial<PlannedModule> = {}): PlannedModule => ({
  ...{
    depends: ["base"],
    version: "19.0.1.0",
    checksum: "same",
    origin: "release",
    installable: true,
    migrations: [],
    pythonDependencies: [],
  },
  ...more,
});

const installed = (version = "19.0.1.0", state = "installed") => ({ state, version });

/** base and sale are Odoo's own, shop and shop_extra the team's; all installed, nothing changed. */
function facts(more: Partial<PlanFacts> = {}): PlanFacts {
  return {
    series: "19.0",
    database: new Map<string, { state: string; version: string | null }>([
      ["base", installed()],
      ["sale", installed()],
      ["shop", installed()],
      ["shop_extra", installed()],
      ["idle", { state: "uninstalled", version: null }],
    ]),
    onDisk: new Map([
      ["base", module({ depends: [], origin: "core" })],
      ["sale", module({ origin: "core" })],
      ["shop", module({ depends: ["sale"] })],
      ["shop_extra", module({ depends: ["shop"] })],
      ["idle", module()],
    ]),
    stored: { base: "same", sale: "same", shop: "same", shop_extra: "same" },
    install: [],
    codeChanged: true,
    databaseCopy: false,
    ...more,
  };
}

const withModule = (name: string, more: Partial<PlannedModule>) => {
  const base = facts();
  return { onDisk: new Map([...base.onDisk, [name, { ...(base.onDisk.get(name) ?? module()), ...more }]]) };
};

describe("mode", () => {
  test.each([
    ["same code", { codeChanged: false }, "noop"],
    ["other code, no module touched", {}, "restart"],
    ["same code, prepared database", { codeChanged: false, databaseCopy: true }, "restart"],
    ["a module changed", withModule("shop", { checksum: "other" }), "update"],
    [
      "Odoo itself changed under the same code",
      { ...withModule("sale", { checksum: "x" }), codeChanged: false },
      "update",
    ],
    ["a module to install", { install: ["idle"] }, "update"],
    ["a module to install that is installed", { install: ["shop"], codeChanged: false }, "noop"],
  ])("%s: %s", (_name, more, mode) => {
    expect(planDeployment(facts(more as Partial<PlanFacts>)).mode).toBe(mode);
  });
});

describe("modules to update", () => {
  test("changed files, with those that depend on them shown", () => {
    const plan = planDeployment(facts(withModule("shop", { checksum: "other" })));
    expect(plan).toMatchObject({
      update: ["shop"],
      dependants: ["shop_extra"],
      reasons: { shop: "its files changed" },
    });
  });

  test("a higher version though its files are recorded as they are", () => {
    const plan = planDeployment(facts(withModule("shop", { version: "19.0.1.1" })));
    expect(plan.reasons).toEqual({ shop: "version 19.0.1.0 -> 19.0.1.1" });
  });

  test("left half done by an earlier update", () => {
    const database = new Map([...facts().database, ["shop", installed("19.0.1.0", "to upgrade")]] as const);
    expect(planDeployment(facts({ database })).update).toEqual(["shop"]);
  });

  test("first run: the repository's modules, not Odoo's own", () => {
    const plan = planDeployment(facts({ stored: undefined }));
    expect(plan.update).toEqual(["shop", "shop_extra"]);
    expect(plan.warnings).toHaveLength(1);
  });

  test("first run: Odoo's own too when its version is higher", () => {
    const plan = planDeployment(facts({ stored: undefined, ...withModule("sale", { version: "19.0.2.0" }) }));
    expect(plan.update).toEqual(["sale", "shop", "shop_extra"]);
  });

  test("recorded as missing on disk (false) and of the repository", () => {
    expect(planDeployment(facts({ stored: { ...facts().stored, shop: false } })).update).toEqual(["shop"]);
  });

  test("not installed: never, whatever changed", () => {
    expect(planDeployment(facts(withModule("idle", { checksum: "other" }))).update).toEqual([]);
  });
});

describe("modules to install", () => {
  test("with what they need", () => {
    const onDisk = new Map([
      ...facts().onDisk,
      ["idle", module({ depends: ["helper"] })],
      ["helper", module()],
    ] as const);
    expect(planDeployment(facts({ onDisk, install: ["idle"] }))).toMatchObject({
      install: ["idle"],
      dependencies: ["helper"],
    });
  });

  test("a new dependency of an updated module", () => {
    const plan = planDeployment(facts(withModule("shop", { checksum: "x", depends: ["sale", "idle"] })));
    expect(plan.dependencies).toEqual(["idle"]);
  });
});

describe("refusals", () => {
  test.each([
    [
      "installed but gone",
      { onDisk: new Map([...facts().onDisk].filter(([name]) => name !== "shop")) },
      "shop is installed",
    ],
    ["installed but not installable", withModule("shop", { installable: false }), "shop is installed"],
    ["to install but nowhere", { install: ["nowhere"] }, "nowhere is to be installed"],
    [
      "needs what is nowhere",
      withModule("shop", { checksum: "x", depends: ["nowhere"] }),
      "nowhere is to be installed",
    ],
  ])("%s", (_name, more, message) => {
    const { refusals } = planDeployment(facts(more as Partial<PlanFacts>));
    expect(refusals.join()).toContain(message);
  });

  test.each(["to install", "to remove"])("left %s", (state) => {
    const database = new Map([...facts().database, ["idle", { state, version: null }]] as const);
    expect(planDeployment(facts({ database })).refusals).toEqual([`idle is left in state "${state}"`]);
  });
});

describe("warnings", () => {
  test.each([
    ["short", "1.1", 1],
    ["with the series", "19.0.1.1", 1],
    ["already run", "19.0.1.0", 0],
    ["for every version", "0.0.0", 0],
  ])("migration script without a version bump: %s", (_name, version, count) => {
    const plan = planDeployment(facts(withModule("shop", { checksum: "x", migrations: [version] })));
    expect(plan.warnings).toHaveLength(count);
  });

  test("no warning when the version is bumped", () => {
    const more = { checksum: "x", version: "19.0.1.1", migrations: ["19.0.1.1"] };
    expect(planDeployment(facts(withModule("shop", more))).warnings).toEqual([]);
  });

  test("a version that goes back", () => {
    const plan = planDeployment(facts(withModule("shop", { checksum: "x", version: "19.0.0.9" })));
    expect(plan.warnings.join()).toContain("goes back");
  });
});

test.each([
  ["1.2", "1.10", -1],
  ["19.0.1.0.0", "19.0.1.0", 0],
  ["2.0", "1.9.9", 1],
  ["1.0a", "1.0b", -1],
])("compareVersions(%s, %s)", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
