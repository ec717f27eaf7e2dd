/** A value of a Python literal, as JavaScript keeps it; tuples and sets become arrays. */
export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal };

/** The literal (dict, list, tuple, set, string, number, True, False, None) that `text` holds; throws Error with the line. */
export function parsePythonLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"', "\n": "" };
const constants: Record<string, Literal> = { True: true, False: false, None: null };
const closing: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Literal {
    const first = this.#operand();
    if (typeof first !== "string" && typeof first !== "number") return first;
    let joined: string | number = first;
    // "a" + "b" and 1 + 2 stand in manifests too
    while (this.#take("+")) {
      const next = this.#operand();
      if (typeof next === "string" && typeof joined === "string") joined += next;
      else if (typeof next === "number" && typeof joined === "number") joined += next;
      else this.#fail("cannot add these");
    }
    return joined;
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("nothing more was expected");
  }

  #operand(): Literal {
    this.#skip();
    const rest = this.#text.slice(this.#at, this.#at + 40);
    const bracket = rest[0] ?? "";
    if (bracket === "{") return this.#braces();
    if (bracket === "[" || bracket === "(") return this.#sequence(bracket);
    if (/^(?:[rRuUbBfF]{1,2})?['"]/.test(rest)) return this.#strings();
    const number = /^[+-]?(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(rest)?.[0];
    if (number) {
      this.#at += number.length;
      return Number(number.replaceAll("_", ""));
    }
    const word = /^[A-Za-z_]\w*/.exec(rest)?.[0] ?? "";
    if (!Object.hasOwn(constants, word)) this.#fail(`a literal was expected, found ${JSON.stringify(word || bracket)}`);
    this.#at += word.length;
    return constants[word] as Literal;
  }

  /** A dict, or a set when no colon follows the first value. */
  #braces(): Literal {
    this.#expect("{");
    const members: Literal[] = [];
    const entries: { [key: string]: Literal } = Object.create(null);
    let colons = false;
    while (!this.#take("}")) {
      const key = this.value();
      if (this.#take(":")) {
        colons = true;
        entries[String(key)] = this.value();
      } else members.push(key);
      if (!this.#take(",") && !this.#peek("}")) this.#fail("a comma or } was expected");
    }
    if (colons && members.length > 0) this.#fail("a dict whose entry has no value");
    return colons || members.length === 0 ? { ...entries } : members;
  }

  #sequence(open: string): Literal {
    const close = closing[open] as string;
    this.#expect(open);
    const items: Literal[] = [];
    let comma = false;
    while (!this.#take(close)) {
      items.push(this.value());
      const more = this.#take(",");
      comma ||= more;
      if (!more && !this.#peek(close)) this.#fail(`a comma or ${close} was expected`);
    }
    return open === "(" && items.length === 1 && !comma ? (items[0] as Literal) : items;
  }

  /** One string, or several that stand beside each other. */
  #strings(): string {
    let text = "";
    for (;;) {
      this.#skip();
      const start = /^([rRuUbBfF]{0,2})("""|'''|"|')/.exec(this.#text.slice(this.#at, this.#at + 5));
      if (!start) return text;
      this.#at += start[0].length;
      text += this.#rest(start[2] as string, /r/i.test(start[1] as string));
    }
  }

  #rest(quote: string, raw: boolean): string {
    let text = "";
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith(quote, this.#at)) {
        this.#at += quote.length;
        return text;
      }
      const character = this.#text[this.#at++] as string;
      if (character === "\n" && quote.length === 1) this.#fail("a string is not closed");
      text += character === "\\" ? this.#escape(raw) : character;
    }
    return this.#fail("a string is not closed");
  }

  #escape(raw: boolean): string {
    const next = this.#text[this.#at++] ?? "";
    if (raw) return `\\${next}`;
    const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(
      this.#text.slice(this.#at - 1, this.#at + 8),
    );
    if (!code) return escapes[next] ?? `\\${next}`;
    this.#at += code[0].length - 1;
    return String.fromCodePoint(Number.parseInt((code[1] ?? code[2] ?? code[3]) as string, 16));
  }

  #skip(): void {
    const blank = /(?:\s|\\\r?\n|#[^\n]*|\uFEFF)*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)?.[0].length ?? 0;
  }

  #peek(token: string): boolean {
    this.#skip();
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): boolean {
    const there = this.#peek(token);
    if (there) this.#at += token.length;
    return there;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail(`${token} was expected`);
  }

  #fail(problem: string): never {
    throw new Error(`line ${this.#text.slice(0, this.#at).split("\n").length}: ${problem}`);
  }
}
