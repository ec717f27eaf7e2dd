import type { Session } from "../platform/postgres.ts";

/** A module as the database knows it; `version` is the installed one (the column latest_version). */
export interface ModuleState {
  name: string;
  state: string;
  version: string | null;
}

// Modules imported by Studio or as a zip live in the database alone.
const HAS_FILES = "to_jsonb(module) ->> 'imported' IS DISTINCT FROM 'true'";

/** Names of the modules that are installed and have files, in the order in which the database came to know them. */
export async function installedModules(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT name FROM public.ir_module_module AS module
      WHERE state IN ('installed', 'to upgrade', 'to remove') AND ${HAS_FILES} ORDER BY id`,
  );
  return rows.map(({ name }) => name);
}

/** Every module that the database knows and that has files. */
export function moduleStates(session: Session): Promise<ModuleState[]> {
  return session.query<ModuleState>(
    `SELECT name, state, latest_version AS version FROM ir_module_module AS module
      WHERE ${HAS_FILES} ORDER BY name`,
  );
}

/** How many modules `moduleStates` tells. */
export async function countModules(session: Session): Promise<number> {
  const sql = `SELECT count(*)::int AS modules FROM ir_module_module AS module WHERE ${HAS_FILES}`;
  const [row] = await session.query<{ modules: number }>(sql);
  return row?.modules ?? 0;
}

/** The modules that an update left, or will find, half done. */
export function transientModules(states: readonly ModuleState[]): ModuleState[] {
  return states.filter(({ state }) => state.startsWith("to "));
}

/** Whether somebody loads or updates a registry now, on series that lock it (20). */
export async function registryIsBusy(session: Session): Promise<boolean> {
  const key = "hashtext('registry_loading')";
  const [row] = await session.query<{ free: boolean }>(`SELECT pg_try_advisory_lock_shared(${key}) AS free`);
  if (row?.free) await session.query(`SELECT pg_advisory_unlock_shared(${key})`);
  return !row?.free;
}
