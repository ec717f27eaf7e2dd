import { openService, type Service } from "../environment/services.ts";
import { type OdooConfig, readOdooConfig } from "../odoo/config.ts";
import { inspectOdoo, type OdooInstallation } from "../odoo/release.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { type Connection, connect, type Session } from "../platform/postgres.ts";
import { Events } from "./events.ts";
import { Journal, type Phase } from "./journal.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { LeaseKeeper } from "./lease.ts";
import type { MaintenanceAnswer } from "./maintenance.ts";
import type { PrivateServer } from "./private-server.ts";
import type { DatabaseNames } from "./recover.ts";
import type { DeployRequest, Failure, PhaseTime } from "./request.ts";
import { databaseNames } from "./restore-point.ts";

/** A phase that failed, with what the report needs of it. */
export class PhaseFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

/** An expected error with the words of Odoo's log. */
export class OdooFailure extends ExpectedError {
  traceback?: string;
  logTail?: string;
}

/** One deployment under way: what it works on, and what it has open. */
export class DeploymentRun {
  readonly request: DeployRequest;
  readonly layout: Layout;
  readonly files: ReturnType<Layout["deployment"]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly config: OdooConfig;
  readonly odoo: OdooInstallation;
  readonly service: Service;
  readonly journal: Journal;
  readonly events: Events;
  readonly names: DatabaseNames;
  readonly times: PhaseTime[] = [];
  readonly warnings: string[] = [];
  admin: Session;
  maintenance: MaintenanceAnswer | undefined;
  privateServer: PrivateServer | undefined;
  /** Name of the database that this deployment works on now. */
  database: string;
  readonly #lease: LeaseKeeper;

  private constructor(parts: RunParts) {
    const { request, layout } = parts;
    this.request = request;
    this.layout = layout;
    this.files = layout.deployment(request.id);
    this.clock = parts.clock;
    this.signal = parts.signal;
    this.config = parts.config;
    this.odoo = parts.odoo;
    this.admin = parts.admin;
    this.journal = parts.journal;
    this.events = new Events(this.files.events, parts.clock);
    this.service = openService(request.instance.service, request.instance.name);
    this.names = databaseNames(parts.config.dbName, request.id, request.databaseCopy);
    this.database = this.names.live;
    this.#lease = new LeaseKeeper(layout, request, parts.clock);
  }

  /** Opens what a deployment needs; ExpectedError when the host is not fit for it. */
  static async open(request: DeployRequest, clock: Clock, signal: AbortSignal): Promise<DeploymentRun> {
    const layout = layoutOf(request.instance.base);
    const config = await readOdooConfig(request.instance.config);
    const odoo = await inspectOdoo(request.instance.odooCommand);
    const journal = await Journal.open(layout.deployment(request.id).journal, clock);
    const admin = await connectAdmin(config);
    return new DeploymentRun({ request, layout, config, odoo, journal, admin, clock, signal });
  }

  /** Sessions of this deployment bear this name. */
  get applicationName(): string {
    return `deploy-odoo ${this.request.id}`;
  }

  /** The instance's database, under whatever name it has now. */
  connection(database: string): Connection {
    return { ...this.config.connection, database, applicationName: this.applicationName };
  }

  /** Where the service answers, as seen from this host. */
  get publicServer(): string {
    return `http://${this.listenHost === "0.0.0.0" ? "127.0.0.1" : this.listenHost}:${this.config.httpPort}`;
  }

  get listenHost(): string {
    return this.config.httpInterface || this.odoo.facts.defaultInterface;
  }

  warn(message: string): void {
    this.warnings.push(message);
    this.events.warning(message);
  }

  /** Does the work of a phase between its journal lines; `data` is what its undo needs. */
  async phase<T>(phase: Phase, work: () => Promise<T>, data: Record<string, unknown> = {}): Promise<T> {
    const start = this.clock.now().getTime();
    const seconds = () => (this.clock.now().getTime() - start) / 1000;
    this.events.phase(phase, "begin");
    try {
      await this.#lease.phase(phase).catch(() => {}); // it only tells others who we are
      await this.journal.write(phase, "begin", data);
      if (phase !== "FINISH") this.signal.throwIfAborted();
      const result = await work();
      await this.journal.write(phase, "done");
      this.times.push({ phase, seconds: seconds() });
      this.events.phase(phase, "done", { seconds: seconds() });
      return result;
    } catch (error) {
      const failure = failureOf(phase, error);
      this.times.push({ phase, seconds: seconds() });
      this.events.phase(phase, "failed", { seconds: seconds(), detail: failure.message });
      await this.journal.tell(phase, "failed", { code: failure.code, message: failure.message });
      throw new PhaseFailure(failure, error);
    }
  }

  /** A session that lives, a new one if the old one was cut. */
  async liveAdmin(): Promise<Session> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.admin.query("SELECT 1");
        return this.admin;
      } catch (error) {
        if (attempt >= 60) throw error;
        await this.clock.sleep(1000);
        this.admin = await connectAdmin(this.config).catch(() => this.admin);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lease.stop();
    await this.privateServer?.stop();
    await this.maintenance?.close();
    await this.admin.end();
  }
}

interface RunParts {
  request: DeployRequest;
  layout: Layout;
  config: OdooConfig;
  odoo: OdooInstallation;
  journal: Journal;
  admin: Session;
  clock: Clock;
  signal: AbortSignal;
}

/** Locks and renames are done from outside of the database that they are about. */
function connectAdmin(config: OdooConfig): Promise<Session> {
  const database = config.raw.db_system ?? "postgres";
  return connect({ ...config.connection, database, applicationName: "deploy-odoo" });
}

function failureOf(phase: Phase, error: unknown): Failure {
  const known = error instanceof ExpectedError ? error : undefined;
  return {
    phase,
    code: known?.code ?? "unexpected",
    message: messageOf(error),
    remedy: known?.remedy ?? "Look at driver.log and journal.jsonl of this deployment on the host.",
    ...(error instanceof OdooFailure && error.traceback ? { traceback: error.traceback } : {}),
    ...(error instanceof OdooFailure && error.logTail ? { logTail: error.logTail } : {}),
  };
}
