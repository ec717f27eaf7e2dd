import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileFilter, fnmatch, moduleChecksum } from "../../../src/odoo/checksums.ts";

/** The algorithm of click-odoo-update, as its own Python has it. */
const reference = `
import hashlib, json, os, sys
from fnmatch import fnmatch
top, patterns, langs = sys.argv[1], sys.argv[2].split(","), json.loads(sys.argv[3])
keep = {lang.split("_")[0] for lang in langs}
digest = hashlib.sha1()
for dirpath, dirnames, filenames in os.walk(top):
    dirnames.sort()
    reldir = os.path.relpath(dirpath, top)
    if reldir == ".":
        reldir = ""
    for filename in sorted(filenames):
        path = os.path.join(reldir, filename)
        if any(fnmatch(path, pattern) for pattern in patterns):
            continue
        if keep and reldir in {"i18n", "i18n_extra"}:
            basename, ext = os.path.splitext(filename)
            if ext == ".po" and basename.split("_")[0] not in keep:
                continue
        digest.update(path.encode("utf-8"))
        with open(os.path.join(top, path), "rb") as f:
            digest.update(f.read())
print(digest.hexdigest())
`;

const standard = "*.pyc,*.pyo,i18n/*.pot,i18n_extra/*.pot,static/*,tests/*";
const files: Record<string, string> = {
  "__init__.py": "from . import models\n",
  "__manifest__.py": "{'name': 'x'}\n",
  "models/__init__.py": "",
  "models/sale.py": "class Sale: pass\n",
  "models/__pycache__/sale.cpython-311.pyc": "bytes",
  "models.py.d/late.py": "# the folder sorts after models/, the files of the top come first\n",
  "Zeta/big.xml": "<odoo/>\r\n",
  "alpha/é.xml": "<odoo/>",
  "alpha/😀.txt": "beyond the basic plane",
  "alpha/\uFFFD.txt": "the last before it",
  "i18n/fr.po": "fr",
  "i18n/fr_BE.po": "fr_BE",
  "i18n/nl.po": "nl",
  "i18n/x.pot": "pot",
  "i18n/deep/de.po": "de",
  "static/src/app.js": "js",
  "tests/test_x.py": "tests",
  "addons/tests/kept.py": "kept: the pattern begins at the top",
};

let top: string;

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), "checksums-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(top, path)), { recursive: true });
    await writeFile(join(top, path), text);
  }
  await symlink("../models", join(top, "alpha/linked-folder"));
  await symlink("../models/sale.py", join(top, "alpha/linked-file.py"));
});

afterAll(() => rm(top, { recursive: true, force: true }));

test.each<[string, string, string[]]>([
  ["standard rules, no language", standard, []],
  ["one language", standard, ["fr_FR"]],
  ["two languages", standard, ["en_US", "nl_NL"]],
  ["patterns of the team", "*.py,[!a]*/*,alpha/?.xml", ["de_DE"]],
  ["everything", "nothing-of-this", []],
])("equals click-odoo-update: %s", async (_name, patterns, languages) => {
  const args = ["-c", reference, top, patterns, JSON.stringify(languages)];
  const expected = execFileSync("python3", args, { encoding: "utf8" }).trim();
  expect(await moduleChecksum(top, { excludePatterns: patterns.split(","), languages })).toBe(expected);
});

describe("fnmatch", () => {
  const cases = [
    "*.py",
    "static/*",
    "a?c",
    "[abc]x",
    "[!abc]x",
    "[a-c]x",
    "[]x]y",
    "[x",
    "a.b",
    "a+(b)",
    "^a$",
    "[^a]x",
    "**",
    "",
    "[\\]x",
  ];
  const texts = [
    "x.py",
    "d/x.py",
    "static/a/b",
    "static",
    "abc",
    "a/c",
    "ax",
    "dx",
    "]y",
    "xy",
    "[x",
    "aXb",
    "a.b",
    "a+(b)",
    "^a$",
    "^x",
    "\\x",
    "a\nc",
    "",
  ];
  test("equals Python's", () => {
    const script =
      "import fnmatch,json,sys\np,t=json.loads(sys.argv[1])\nprint(json.dumps([[fnmatch.fnmatchcase(x,y) for x in t] for y in p]))";
    const expected = JSON.parse(
      execFileSync("python3", ["-c", script, JSON.stringify([cases, texts])], { encoding: "utf8" }),
    );
    expect(cases.map((pattern) => texts.map((value) => fnmatch(pattern).test(value)))).toEqual(expected);
  });
});

test("only translations of active languages count, by their first part", () => {
  const counts = fileFilter({ excludePatterns: [], languages: ["pt_BR"] });
  expect(["i18n/pt.po", "i18n/pt_PT.po", "i18n/fr.po", "i18n/sub/fr.po", "data/fr.po"].map(counts)).toEqual([
    true,
    true,
    false,
    true,
    true,
  ]);
});
