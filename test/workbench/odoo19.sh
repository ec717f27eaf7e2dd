#!/usr/bin/env bash
# odoo19.sh TARGET
#
# Puts Odoo 19 Community into TARGET: TARGET/odoo-bin is the command, its modules are under TARGET/usr.
# Needs no root and changes nothing of the system: the packages of Debian are unpacked, not installed,
# and the Python libraries are wheels in TARGET/venv. Safe to repeat and to run twice at once.
set -euo pipefail
umask 022
export LC_ALL=C
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV APT_CONFIG

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=$here/odoo19-requirements.txt
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
languages="fr nl de es" # all of them are 780 MB more
odoo_suite=sid          # the only suite that has odoo-19
asset_suite=trixie      # sid's fonts-font-awesome 7 has moved the files that Odoo links to
assets=(libjs-jquery libjs-jquery-form libjs-underscore fonts-font-awesome
  fonts-roboto-unhinted fonts-montserrat fonts-inconsolata fonts-ocr-b)
known_odoo=9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf # odoo-19_19.0.0+dfsg-1_all.deb

say() { echo "Odoo 19: $*" >&2; }
die() { say "$*"; exit 1; }

mkdir -p "$1"
target=$(cd "$1" && pwd)
modules=$target/usr/lib/python3/dist-packages/odoo/addons
exec 9>"$target/.lock"
flock --wait 900 9 || die "another run has been working on $target for 15 minutes"

key=$(cat "$0" "$requirements" | sha256sum | cut -c1-16)
if [[ -f $target/.complete && $(<"$target/.complete") == "$key" ]]; then exit 0; fi
rm -f "$target/.complete"

for program in apt-get dpkg-deb; do
  command -v $program >/dev/null || die "needs $program, so a Debian: or name an Odoo 19 checkout in ODOO_COMMAND"
done
[[ -r $keyring ]] || die "needs $keyring (package debian-archive-keyring)"
work=$(mktemp -d "$target/.work.XXXXXX")
libraries=
trap '[[ -z $libraries ]] || kill -- "-$libraries" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3.13 python3.12 python3.11 python3.10 python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "needs Python 3.10 to 3.13 with venv (package python3-venv)"
}

install_libraries() {
  rm -rf "$target/venv"
  "$python" -m venv "$target/venv"
  "$target/venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --retries 10 --no-compile \
    --only-binary :all: --no-binary docopt,ofxparse --use-pep517 --requirement "$requirements" >&2
  "$target/venv/bin/python" -m pip check >/dev/null
  "$target/venv/bin/python" -m compileall -q -j 2 "$target"/venv/lib/python3.*/site-packages >/dev/null || true
}

# An apt of our own: the machine's mirror, but our suites, lists and cache.
prepare_apt() {
  local mirror
  mirror=$(apt-get indextargets --format "\$(REPO_URI) \$(COMPONENT)" 'Created-By: Packages' |
    awk '$2 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }')
  [[ -n $mirror ]] || die "apt's sources name no Debian mirror: or name an Odoo 19 checkout in ODOO_COMMAND"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
  printf "deb [signed-by=$keyring] $mirror %s main\n" "$odoo_suite" "$asset_suite" >"$work/sources.list"
  cat >"$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::Retries "5";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "$(id -un)";
APT::Update::Post-Invoke {};
#clear APT::Update::Post-Invoke;
CONF
  APT_CONFIG=$work/apt.conf apt-get -qq update >&2 || die "apt-get update failed"
}

download() {
  (cd "$work/packages" && APT_CONFIG=$work/apt.conf apt-get -qq download "$@" >&2) || die "cannot download $*"
}

# Left out: dist-packages/addons, a second copy of the modules without their data files, and most languages.
unpack_odoo() {
  local package
  package=$(echo "$work"/packages/odoo-19_*.deb)
  [[ $(sha256sum "$package" | cut -d' ' -f1) == "$known_odoo" ]] ||
    say "notice: $(basename "$package") is not the package that this script was checked with"
  local keep_language=() language
  for language in $languages; do keep_language+=(-o -path "*/i18n*/$language.po"); done
  mkdir "$work/odoo"
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/odoo" --exclude './usr/lib/python3/dist-packages/addons' \
    --wildcards './usr/lib/python3/dist-packages/odoo*'
  find "$work/odoo" -path '*/i18n*' -name '*.po*' -not \( -false "${keep_language[@]}" \) -delete
}

unpack_assets() {
  local asset
  mkdir "$work/assets"
  for asset in "${assets[@]}"; do dpkg-deb -x "$work"/packages/"$asset"_*.deb "$work/assets"; done
}

python=$(find_python)
say "unpacking into $target"
set -m # the libraries come meanwhile, in a process group that can be ended whole
install_libraries </dev/null 9>&- &
libraries=$!
set +m

say "reading the package lists of Debian $odoo_suite and $asset_suite"
prepare_apt
say "downloading the packages"
download "odoo-19/$odoo_suite" "${assets[@]/%//$asset_suite}"
say "unpacking"
unpack_odoo
unpack_assets
rm -rf "${target:?}/usr"
mkdir -p "$target/usr/lib"
mv "$work/odoo/usr/lib/python3" "$target/usr/lib/python3"
mv "$work/assets/usr/share" "$target/usr/share" # the modules link to ../../../../../share
dangling=$(find "$modules"/{web,point_of_sale}/static -xtype l)
[[ -z $dangling ]] || die "these links of Odoo lead nowhere: $dangling"

say "waiting for the Python libraries"
wait "$libraries" || die "pip could not install $requirements"
libraries=
site=$(echo "$target"/venv/lib/python3.*/site-packages)
echo "$target/usr/lib/python3/dist-packages" >"$site/odoo19.pth"
printf '#!%s\nimport odoo.cli\n\nif __name__ == "__main__":\n    odoo.cli.main()\n' "$target/venv/bin/python" >"$target/odoo-bin"
chmod 755 "$target/odoo-bin"
say "compiling"
"$target/venv/bin/python" -m compileall -q -j 2 -x '/(static|templates|tests)/' "${modules%/addons}" >/dev/null || true
HOME=$work "$target/odoo-bin" --version >/dev/null 2>"$work/error" || die "$target/odoo-bin does not start: $(<"$work/error")"
echo "$key" >"$target/.complete"
say "ready: $target/odoo-bin"
