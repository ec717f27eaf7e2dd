/** One Odoo installation on a host of the lab. */
export interface LabInstance {
  name: string;
  database: string;
  httpPort: number;
  /** Port of nginx in front of it. */
  publicPort: number;
  /** Where its PostgreSQL is, when not on its own host. */
  databaseServer?: { host: string; password: string };
}

/** A file of a host: path, content, mode, and whether it belongs to the user odoo. */
export interface HostFile {
  path: string;
  content: string;
  mode?: number;
  odoo?: boolean;
}

const base = (instance: LabInstance) => `/srv/odoo/${instance.name}`;

/** Everything that a prepared host of Odoo has beside Odoo itself. */
export function applicationFiles(
  instances: LabInstance[],
  odoo: { command: string; addons: string[] },
  publicKey: string,
): HostFile[] {
  return [
    ...instances.flatMap((instance) => [
      configuration(instance, odoo.addons),
      unit(instance, odoo.command),
      site(instance),
    ]),
    { path: "/etc/sudoers.d/odoo", content: sudoers(instances), mode: 0o440 },
    { path: "/srv/odoo/.ssh/authorized_keys", content: publicKey, mode: 0o600, odoo: true },
    { path: "/etc/ssh/sshd_config.d/lab.conf", content: "PasswordAuthentication no\nUseDNS no\n" },
  ];
}

/** What a prepared PostgreSQL has beside its data; `access` are the lines of pg_hba.conf. */
export function databaseFiles(access = trustOfTheLab): HostFile[] {
  return [
    { path: "/etc/postgresql/15/main/conf.d/lab.conf", content: postgres },
    { path: "/etc/postgresql/15/main/lab_hba.conf", content: access },
  ];
}

/**
 * The tests look into the databases from outside; only the lab's own network reaches them. A power failure of the lab takes
 * the host's processes, not what this machine's kernel was told to write: so fsync may be off, and nothing else.
 */
const postgres = `data_directory = '/var/lib/postgresql/15/lab'
hba_file = '/etc/postgresql/15/main/lab_hba.conf'
listen_addresses = '*'
fsync = off
`;

const trustOfTheLab = `local all all peer
host all all 10.77.0.0/16 trust
`;

function configuration(instance: LabInstance, addons: string[]): HostFile {
  const addonsPath = [...addons, `${base(instance)}/current/addons`].join(",");
  const { host = "/var/run/postgresql", password } = instance.databaseServer ?? {};
  const content = `[options]
db_host = ${host}
db_user = odoo
${password === undefined ? "" : `db_password = ${password}\n`}db_name = ${instance.database}
list_db = False
http_interface = 127.0.0.1
http_port = ${instance.httpPort}
proxy_mode = True
workers = 0
max_cron_threads = 1
data_dir = ${base(instance)}/data
addons_path = ${addonsPath}
`;
  return { path: `${base(instance)}/odoo.conf`, content, mode: 0o640, odoo: true };
}

function unit(instance: LabInstance, command: string): HostFile {
  const content = `[Unit]
Description=Odoo ${instance.name}
After=network.target postgresql.service
ConditionPathExists=!${base(instance)}/.deploy/closed

[Service]
Type=simple
User=odoo
ExecStart=${command} -c ${base(instance)}/odoo.conf
KillMode=mixed
TimeoutStopSec=140
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;
  return { path: `/etc/systemd/system/odoo-${instance.name}.service`, content };
}

function site(instance: LabInstance): HostFile {
  const content = `server {
  listen ${instance.publicPort};
  location / {
    proxy_pass http://127.0.0.1:${instance.httpPort};
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    error_page 502 504 =503 @restarting;
  }
  # between the end of Odoo and the maintenance answer nobody listens for a moment
  location @restarting {
    add_header Retry-After 5 always;
    return 503;
  }
}
`;
  return { path: `/etc/nginx/conf.d/odoo-${instance.name}.conf`, content };
}

/** The user odoo may start and stop its own units, nothing else. */
function sudoers(instances: LabInstance[]): string {
  const verbs = ["start", "stop", "is-active"];
  const commands = instances.flatMap(({ name }) => verbs.map((verb) => `/usr/bin/systemctl ${verb} -- odoo-${name}`));
  return `odoo ALL=(root) NOPASSWD: ${commands.join(", ")}\n`;
}
