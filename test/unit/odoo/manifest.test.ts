import { describe, expect, test } from "vitest";
import { parseManifest, storedVersion } from "../../../src/odoo/manifest.ts";
import { parsePythonLiteral } from "../../../src/odoo/python-literal.ts";
import { seriesFacts } from "../../../src/odoo/series.ts";

test("a manifest with all that people write", () => {
  const text = `# -*- coding: utf-8 -*-
# Copyright
{
    'name': "Shop" ' and more',   # implicit concatenation
    'version': '1.2',
    "description": """
Long 'text' with "quotes"
""",
    'depends': ['sale', 'mail',],
    'external_dependencies': {'python': ['zeep'], 'bin': []},
    'data': ('views/a.xml',),
    'auto_install': True, 'price': -10.5, 'sequence': 0x10, 'x': None,
    'website': r'https:\\\\x',
    'summary': 'a' \\
        'b',
    'installable': False,
}
`;
  expect(parseManifest(text, "m")).toEqual({
    ...{ name: "Shop and more", version: "1.2", depends: ["sale", "mail"], installable: false },
    pythonDependencies: ["zeep"],
  });
});

test("defaults", () => {
  expect(parseManifest("{'name': 'x'}", "m")).toEqual({
    ...{ name: "x", version: "1.0", depends: [], installable: true, pythonDependencies: [] },
  });
});

describe("literals", () => {
  test.each<[string, unknown]>([
    ["{}", {}],
    ["{'a', 'b'}", ["a", "b"]],
    ["()", []],
    ["(1,)", [1]],
    ["('a')", "a"],
    ["'a' + \"b\"", "ab"],
    ["1_000", 1000],
    ["1.5e3", 1500],
    ["'\\n\\t\\x41\\u00e9\\'\\q'", "\n\tAé'\\q"],
    ["'''a\nb'''", "a\nb"],
    ["{'__proto__': 1}['x']", undefined],
    ["{1: 'a'}", { 1: "a" }],
  ])("%s", (text, value) => {
    if (value === undefined) expect(() => parsePythonLiteral(text)).toThrow("line 1");
    else expect(parsePythonLiteral(text)).toEqual(value);
  });

  test.each([
    ["dict(a=1)", "a literal was expected"],
    ["{'a': open('x')}", "a literal was expected"],
    ["{'a' 1}", "comma"],
    ["'open", "not closed"],
    ["[1 2]", "comma"],
    ["{}\n}", "line 2"],
    ["", "a literal was expected"],
  ])("refuses %s", (text, words) => {
    expect(() => parsePythonLiteral(text)).toThrow(words);
  });
});

test("what cannot be read names the file", () => {
  expect(() => parseManifest("import os", "addons/x/__manifest__.py")).toThrow("addons/x/__manifest__.py: line 1");
  expect(() => parseManifest("['x']", "f")).toThrow("not a dict");
});

test.each([
  ["18.0", "1.0", "18.0.1.0"],
  ["18.0", "18.0.1.0.0", "18.0.1.0.0"],
  ["18.0", "18.0", "18.0.18.0"],
  ["18.0", "1.0.0.0", "18.0.1.0.0.0"],
  ["19.0", "1.0", "19.0.1.0"],
  ["19.0", "19.0.1.0.0", "19.0.1.0.0"],
  ["19.0", "19.0", "19.0"],
  ["19.0", "1.0.0.0", "1.0.0.0"],
])("on %s the version %s is kept as %s", (series, version, kept) => {
  const facts = seriesFacts(series);
  expect(facts && storedVersion(version, facts)).toBe(kept);
});
