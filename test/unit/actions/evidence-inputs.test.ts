import { describe, expect, it } from "vitest";
import { copyOf, moduleNames, optionalDigest, secondsOf } from "../../../src/actions/evidence-inputs.ts";

const DIGEST = "a".repeat(64);

describe("moduleNames", () => {
  it.each([
    [undefined, []],
    ["", []],
    ["[]", []],
    ['["sale_x","stock"]', ["sale_x", "stock"]],
    ["sale_x, stock\nbase", ["sale_x", "stock", "base"]],
  ])("%j", (text, names) => {
    expect(moduleNames(text)).toEqual(names);
  });
});

describe("copyOf", () => {
  it("is null when staging kept its database", () => {
    expect(copyOf()).toBeNull();
  });

  it("is the copy when all parts are there", () => {
    expect(copyOf(DIGEST, "2026-11-25T10:00:00.5+02:00", 7, true)).toEqual({
      manifest_sha256: DIGEST,
      source_snapshot_at: "2026-11-25T08:00:00.500Z",
      rows: 7,
      clean: true,
    });
  });

  it.each([
    ["no digest", undefined, "2026-11-25T10:00:00Z", 7, "copy-manifest-sha256"],
    ["a short digest", "abc", "2026-11-25T10:00:00Z", 7, "copy-manifest-sha256"],
    ["no time", DIGEST, undefined, 7, "copy-snapshot-at"],
    ["a bad time", DIGEST, "yesterday", 7, "copy-snapshot-at"],
    ["no rows", DIGEST, "2026-11-25T10:00:00Z", undefined, "copy-rows"],
  ])("refuses %s", (_, digest, time, rows, input) => {
    expect(() => copyOf(digest, time, rows)).toThrow(`The input ${input} is not usable as evidence`);
  });
});

it.each(["", "x", "-1", "1e9", "12345678"])("seconds are not %j", (text) => {
  expect(() => secondsOf(text)).toThrow("update-seconds");
});

it("reads seconds and digests", () => {
  expect(secondsOf("41.25")).toBe(41.25);
  expect(optionalDigest("release-sha256", undefined)).toBeNull();
  expect(optionalDigest("release-sha256", DIGEST)).toBe(DIGEST);
});
