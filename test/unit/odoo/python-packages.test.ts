import { expect, test } from "vitest";
import { missingPackages, requiredPackages } from "../../../src/odoo/python-packages.ts";

test("names of a requirements.txt that hold everywhere", () => {
  const text = `# tools
zeep==4.2.1   # soap
Unidecode >= 1.0
requests[security]
a-b.c_d~=1 \\
  --hash=sha256:00
pywin32; sys_platform == 'win32'
-r other.txt
--index-url https://example.com
git+https://example.com/x.git
local @ file:///x
`;
  expect(requiredPackages(text)).toEqual(["zeep", "Unidecode", "requests", "a-b.c_d"]);
});

test("what a Python lacks, by distribution or by module", async () => {
  const names = ["json", "no-such-package-at-all", "xml"];
  expect(await missingPackages(["python3"], names)).toEqual(["no-such-package-at-all"]);
  expect(await missingPackages(["python3"], [])).toEqual([]);
});
