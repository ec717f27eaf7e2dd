import { z } from "zod";
import { isAbsolutePath, isBranchName, isDatabaseName, isHostName, isUserName } from "../platform/names.ts";
import { closest } from "./closest.ts";
import { isPublicKey } from "./copy-manifest.ts";
import { MASK_NAMES } from "./mask-names.ts";

/** The Odoo series that a pipeline file may name. */
export const SERIES = ["14.0", "15.0", "16.0", "17.0", "18.0", "19.0", "20.0"] as const;

const DURATION = /^(\d{1,5})(s|m|h|d)$/;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `pattern` is what the JSON schema can say of it: wider than `accepts`, and as narrow as one expression can be. */
const text = (what: string, accepts: (value: string) => boolean, pattern: string) =>
  z
    .string({ error: `must be ${what}` })
    .refine(accepts, { error: `must be ${what}` })
    .meta({ pattern });
const matching = (pattern: RegExp, what: string) =>
  z.string({ error: `must be ${what}` }).regex(pattern, { error: `must be ${what}` });

const absolutePath = text("an absolute path", isAbsolutePath, "^/(?!(.*/)?\\.{1,2}(/|$))[^\\u0000-\\u001f]{0,4095}$");
const branch = text(
  "the name of a branch",
  isBranchName,
  "^(?!-|/|@$|HEAD$|\\.)(?!.*(//|\\.\\.|@\\{|/\\.|\\.lock(/|$)))[^ ~^:?*\\[\\\\\\u0000-\\u001f]{0,243}[^/. ~^:?*\\[\\\\\\u0000-\\u001f]$",
);
const hostPattern = "^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$";
const databasePattern = "^(?!\\.{1,2}$)[^/\\u0000-\\u001f]{1,63}$";
const name = matching(/^[a-z][a-z0-9-]{0,39}$/, "a name of lower-case letters, digits and dashes");
const moduleName = matching(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "the technical name of an Odoo module");
const folder = matching(
  /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\\0]{1,200}$/,
  "a folder inside the repository, such as addons",
);

function milliseconds(value: string): number {
  const [, amount, unit] = DURATION.exec(value) ?? [];
  return Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
}

const durationText = matching(DURATION, "a duration such as 90s, 30m, 2h or 7d");
const duration = durationText.transform(milliseconds);
// Of what a timer can wait for.
const time = durationText
  .refine((value) => !(milliseconds(value) <= 0 || milliseconds(value) >= 2 ** 31), {
    error: "must be longer than 0s and at most 24d",
  })
  .meta({ pattern: "^0*[1-9]\\d*[smhd]$" })
  .transform(milliseconds);

const url = text(
  "a web address without a path, such as https://odoo.example.com",
  (value) => /^https?:\/\/[^/@\s]+$/.test(value) && URL.canParse(value),
  "^https?://[^/@\\s]+$",
);

const service = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("systemd"),
      unit: matching(/^[A-Za-z0-9][\w:.@-]{0,199}$/, "the name of a systemd unit"),
    }),
    z.strictObject({
      kind: z.literal("custom"),
      command: z
        .array(z.string().min(1))
        .min(1)
        .refine(([program]) => isAbsolutePath(program ?? ""), {
          error: "must begin with the absolute path of a program",
        })
        .meta({ prefixItems: [{ type: "string", pattern: "^/" }] }),
    }),
  ],
  { error: "must have a kind: systemd (with unit) or custom (with command)" },
);

const node = z.strictObject({
  host: text("a host name, an address, or local", (value) => value === "local" || isHostName(value), hostPattern),
  user: text("a user name", isUserName, "^[a-z_][a-z0-9_-]{0,31}$").optional(),
  port: z.int().min(1).max(65_535).optional(),
});

/** What an environment is for; everything dangerous hangs on it, never on a name. */
export const ROLES = ["production", "staging", "development"] as const;
/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

const environment = z.strictObject({
  role: z.enum(ROLES, { error: `must be one of ${ROLES.join(", ")}` }),
  /** Its pushes are deployed here. */
  branch,
  url,
  node: name.optional(),
  base: absolutePath.optional(),
  config: absolutePath.optional(),
  service: service.optional(),
});

const columns = matching(/^[A-Za-z0-9_*]+\.[A-Za-z0-9_*]+$/, "table.column, where * stands for any characters");
const MASKS = [...MASK_NAMES, "null"] as const;

function notAMask(found: unknown): string {
  const meant = typeof found === "string" ? closest(found, MASKS) : undefined;
  return `must be the name of a mask (${meant ? `did you mean ${meant}?` : MASKS.join(", ")})`;
}

const ruleKinds = ["mask", "keep", "empty"] as const;
const rule = z
  .strictObject({
    columns,
    mask: z.enum(MASKS, { error: (issue) => notAMask(issue.input) }).optional(),
    keep: z.string().trim().min(8, { error: "must give the reason why the real values may be kept" }).optional(),
    empty: z.literal(true).optional(),
  })
  .refine((value) => ruleKinds.filter((kind) => value[kind] !== undefined).length === 1, {
    error: 'must have exactly one of mask: <name>, keep: "<reason>" or empty: true',
  })
  .meta({ oneOf: ruleKinds.map((kind) => ({ required: [kind] })) })
  .transform((value) => value as RefreshRule);

/** One `refresh.rules` entry: columns by pattern, and what becomes of their values. */
export type RefreshRule = { columns: string } & ({ mask: string } | { keep: string } | { empty: true });

const leaveOut = z.strictObject({
  object: matching(/^[a-z][a-z ]+ \S.{0,250}$/, "the kind and name of an object, such as foreign table public.rates"),
  reason: z.string().trim().min(8, { error: "must give the reason why the copy does not need it" }),
});

/** One `refresh.leave_out` entry: an object of production's schema that the copy does without. */
export type LeaveOut = z.output<typeof leaveOut>;

// How the machine that runs the refresh, or the node that `through` names, reaches the source's server: over a network, hence with proof of who answers unless the team says otherwise.
const connection = z.strictObject({
  host: text("a host name or an address", isHostName, hostPattern),
  port: z.int().min(1).max(65_535).default(5432),
  database: text("the name of a database", isDatabaseName, databasePattern),
  user: text("the name of a PostgreSQL role", isDatabaseName, databasePattern),
  tls: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("verify-full"),
  ca: matching(/^-----BEGIN CERTIFICATE-----\s/, "the authority's certificate, as PEM text").optional(),
  through: name.optional(),
});

/** The shape of `.github/odoo-pipeline.yml`; durations come out as milliseconds. */
export const pipelineSchema = z.strictObject({
  version: z.literal(1, { error: "must be 1, the only version of the pipeline file so far" }),
  odoo: z.strictObject({
    series: z.enum(SERIES, { error: `must be one of ${SERIES.map((series) => `"${series}"`).join(", ")}, in quotes` }),
    command: absolutePath,
    addons: z.array(folder).min(1).default(["."]),
    install: z.array(moduleName).default([]),
  }),
  nodes: z
    .record(name, node)
    .refine((nodes) => Object.keys(nodes).length > 0, { error: "must describe at least one node" })
    .meta({ minProperties: 1 }),
  environments: z
    .record(name, environment)
    .refine((all) => Object.keys(all).length > 0, {
      error: "must describe at least one environment",
    })
    .meta({ minProperties: 1 }),
  refresh: z
    .strictObject({
      run_on: z.enum(["target", "runner"], { error: "must be target or runner" }).default("target"),
      rules: z.array(rule).default([]),
      leave_out: z.array(leaveOut).default([]),
      connection: connection.optional(),
      require_enforced: z.boolean().default(false),
      trust_statistics: z.boolean().default(false),
      validate_foreign_keys: z.boolean().default(false),
      large_objects: z.enum(["skip", "refuse"], { error: "must be skip or refuse" }).default("skip"),
      oauth: z.enum(["off", "keep"], { error: "must be off or keep" }).default("off"),
      max_snapshot: time.prefault("6h"),
      manifest_public_key: text(
        "an Ed25519 public key, as PEM or base64 of its SPKI",
        isPublicKey,
        "^(-----BEGIN PUBLIC KEY-----\\s[^]+|[A-Za-z0-9+/=\\s]{40,})$",
      ).optional(),
      retention: z
        .strictObject({ golden: duration.prefault("7d"), previous: z.int().min(0).max(9).default(1) })
        .prefault({}),
    })
    .prefault({}),
  policies: z
    .strictObject({
      update_timeout: duration.prefault("30m"),
      health_timeout: duration.prefault("2m"),
      /** Whose sessions may be ended when a database is closed for an update; `*` stands for any characters. */
      end_sessions: z
        .strictObject({
          roles: z.array(z.string().min(1)).default([]),
          applications: z.array(z.string().min(1)).default([]),
          clients: z.array(z.string().min(1)).default([]),
        })
        .prefault({}),
      /** Only what ran on a masked copy of production may be released. */
      require_masked_copy: z.boolean().default(true),
    })
    .prefault({}),
});

/** A pipeline file after parsing: defaults filled in, names checked against each other. */
export type PipelineFile = z.output<typeof pipelineSchema>;
/** One `nodes` entry: `host` is `local` (this machine) or the SSH host. */
export type NodeDefinition = PipelineFile["nodes"][string];
/** How an Odoo service is started and stopped on its host. */
export type ServiceDefinition = z.output<typeof service>;
