import type { Session } from "../platform/postgres.ts";
import { applies, type Guarded, statement, storedColumns } from "./neutralize-statement.ts";

/** What becomes of single sign-on: `keep` leaves those providers of auth_oauth enabled that are enabled already. */
export type OAuthPolicy = "off" | "keep";

/** What a policy leaves of single sign-on. */
export interface KeptSignOn {
  /** Ids of the providers that stay enabled. */
  providers: number[];
  /** Why nobody can log in by one of them all the same. */
  warnings: string[];
}

const ENABLED = "auth_oauth_provider.enabled";

/** Decides which providers stay enabled; to be asked before anything is switched off. */
export async function signOnToKeep(session: Session, policy: OAuthPolicy = "off"): Promise<KeptSignOn> {
  const columns = await storedColumns(session);
  const enabled = async ({ needs, where }: { needs: string[]; where: string }) => {
    if (policy === "off" || !applies({ needs: [ENABLED, ...needs] }, (column) => columns.has(column))) return [];
    const rows = await session.query<{ id: number }>(
      `SELECT p.id FROM public.auth_oauth_provider p WHERE p.enabled AND ${where} ORDER BY p.id`,
    );
    return rows.map(({ id }) => id);
  };
  const warnings: string[] = [];
  for (const obstacle of OBSTACLES) {
    const ids = await enabled(obstacle);
    if (ids.length > 0) warnings.push(noLogin(ids, obstacle.empty));
  }
  return { providers: await enabled({ needs: [], where: "true" }), warnings };
}

// What a login needs, and a refresh masks. A provider that nobody uses lacks no user's id.
const OBSTACLES = [
  {
    empty: "auth_oauth_provider.client_id",
    needs: ["auth_oauth_provider.client_id"],
    where: "coalesce(p.client_id, '') = ''",
  },
  {
    empty: "res_users.oauth_uid",
    needs: ["res_users.oauth_uid", "res_users.oauth_provider_id"],
    where:
      "p.id IN (SELECT u.oauth_provider_id FROM public.res_users u GROUP BY 1 HAVING coalesce(max(u.oauth_uid), '') = '')",
  },
];

const noLogin = (ids: readonly number[], column: string) =>
  `refresh.oauth is keep, but nobody can log in by provider ${ids.join(", ")} of auth_oauth, since ${column} is empty. A refresh empties it unless a rule keeps it.`;

/** Says what is enabled by policy, for log and record. */
export const allowedSignOn = (kept: readonly number[]) => `refresh.oauth: keep allows provider ${kept.join(", ")}`;

/** Leaves these providers enabled and no other; Odoo's own script may have switched off all of them by now. */
export function signOn(kept: readonly number[]): Guarded[] {
  return [
    statement(
      "single sign-on off",
      ENABLED,
      "UPDATE auth_oauth_provider SET enabled = false WHERE enabled AND id <> ALL ($1::int[])",
      [kept],
    ),
    statement(
      "single sign-on on again",
      ENABLED,
      "UPDATE auth_oauth_provider SET enabled = true WHERE enabled IS NOT TRUE AND id = ANY ($1::int[])",
      [kept],
    ),
  ];
}
