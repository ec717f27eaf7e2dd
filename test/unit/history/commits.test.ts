import { expect, test } from "vitest";
import { describe, parseBatch, parseCommit, rewrite } from "../../../src/history/commits.ts";
import { sha } from "./samples.ts";

const person = "Zoë Müller <zoe@example.com> 1700000000 +0100";
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

function object(extra = "", message = "Fix é\n\nbody\n", author = person): string {
  return utf8(`tree ${sha("7")}\nparent ${sha("1")}\nauthor ${author}\ncommitter ${author}\n${extra}\n${message}`);
}

test("a commit is described in plain text", () => {
  expect(describe(parseCommit(sha("a"), object()))).toEqual({
    ...{ sha: sha("a"), parents: [sha("1")], author: "Zoë Müller", subject: "Fix é", signed: false },
  });
});

test("control characters of foreign subjects and names do not come through", () => {
  const described = describe(
    parseCommit(sha("a"), object("", "\u001b[31mred\u202e\u0007 ::error::x\n", `E\u001b[2Jvil <e@x> 1 +0000`)),
  );
  expect([described.subject, described.author]).toEqual(["red ::error::x", "Evil"]);
});

test.each(["gpgsig", "gpgsig-sha256"])("%s is a signature, whatever its lines say", (name) => {
  const signed = parseCommit(
    sha("a"),
    object(`${name} -----BEGIN PGP SIGNATURE-----\n \n parent ${sha("f")}\n -----END-----\n`),
  );
  expect(describe(signed)).toMatchObject({ signed: true, parents: [sha("1")], subject: "Fix é" });
});

test("a message in another encoding is read in it", () => {
  const raw = `tree ${sha("7")}\nauthor M\xfcller <m@x> 1 +0000\ncommitter x <x@x> 1 +0000\nencoding iso-8859-1\n\nGr\xfc\xdfe\n`;
  expect(describe(parseCommit(sha("a"), raw))).toMatchObject({ author: "Müller", subject: "Grüße", parents: [] });
});

test("a batch of objects is split by size, not by what the messages say", () => {
  const [first, second] = [object("", `${sha("b")} commit 3\nabc\n`), object("", "two")];
  const batch = Buffer.from(
    `${sha("a")} commit ${first.length}\n${first}\n${sha("b")} commit ${second.length}\n${second}\n`,
    "latin1",
  );
  expect(parseBatch(batch).map(({ sha: id, message }) => [id, message])).toEqual([
    [sha("a"), `${sha("b")} commit 3\nabc\n`],
    [sha("b"), "two"],
  ]);
});

test("a missing object is an error, not an empty list", () => {
  expect(() => parseBatch(Buffer.from(`${sha("a")} missing\n`))).toThrow("missing");
});

test("a replayed commit keeps author, date, encoding and message byte for byte, and loses the signature", () => {
  const raw = parseCommit(sha("a"), object("encoding latin-9\ngpgsig -----BEGIN\n x\n"));
  const again = rewrite(raw, { tree: sha("8"), parent: sha("2"), committer: "Bøt <bot@example.com>" });
  expect(again).toBe(
    `tree ${sha("8")}\nparent ${sha("2")}\nauthor ${utf8(person)}\ncommitter ${utf8("Bøt <bot@example.com>")} 1700000000 +0100\nencoding latin-9\n\n${utf8("Fix é\n\nbody\n")}`,
  );
});
