#!/usr/bin/env bash
# instance NAME start|stop|status: the service manager of the workbench's Odoo instances.
# Lies beside odoo-bin, NAME/odoo.conf and the pipe `alive`, whose other end the workbench holds open:
# when the workbench is gone, however it went, the instances end too.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=$1
verb=$2
config=$here/$name/odoo.conf
pid_file=$here/$name/odoo.pid
log=$here/$name/odoo.log
stop_seconds=30

# Prints the process that serves this instance; a number that another program has taken over does not count.
running() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && grep -qzxF -- "--config=$config" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

case $verb in
  start)
    if running >/dev/null; then exit 0; fi
    ODOO_PGAPPNAME=odoo-$name setsid "$0" "$name" serve </dev/null >>"$log" 2>&1 &
    echo $! >"$pid_file"
    for _ in {1..100}; do # until the server's own program has taken the place of this script
      if running >/dev/null; then exit 0; fi
      sleep 0.05
    done
    echo "$name did not start: see $log" >&2
    exit 1
    ;;
  serve) # in a session of its own
    (
      trap '' TERM
      cat "$here/alive" >/dev/null
      kill -TERM $$ # Odoo
      for _ in {1..50}; do
        kill -0 $$ 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL 0
    ) &
    exec "$here/odoo-bin" "--config=$config"
    ;;
  stop)
    pid=$(running) || exit 0
    kill -TERM -- "-$pid"
    for ((i = 0; i < stop_seconds * 20; i++)); do
      running >/dev/null || break
      sleep 0.05
    done
    kill -KILL -- "-$pid" 2>/dev/null || true # what guards it, and itself when it takes too long
    rm -f "$pid_file"
    ;;
  status)
    running >/dev/null || exit 3
    ;;
  *)
    echo "usage: instance NAME start|stop|status" >&2
    exit 2
    ;;
esac
