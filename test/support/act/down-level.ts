// act is older than GitHub: what it does not know yet is taken out of copies of our workflows, and nothing else.
import { isMap, isPair, isScalar, type Pair, parseDocument, visit } from "yaml";

/** The keys that act's schema refuses, by the key they stand under. */
const refused: Record<string, string> = { queue: "concurrency", deployment: "environment" };

/**
 * Rewrites a workflow or action file for act: strips `concurrency.queue` and `environment.deployment`, and turns
 * `uses: $/x` into `uses: <product>/x@<ref>`.
 */
export function downLevel(text: string, product: string, ref: string): string {
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem) throw problem;
  visit(document, {
    Pair(_, pair, path) {
      const key = keyOf(pair);
      const parent = keyOf(path.findLast(isPair));
      if (parent !== undefined && refused[key ?? ""] === parent) return visit.REMOVE;
      const { value } = pair;
      if (key === "uses" && isScalar(value) && typeof value.value === "string" && value.value.startsWith("$/")) {
        value.value = `${product}/${value.value.slice(2)}@${ref}`;
      }
      return undefined;
    },
    Map(_, node, path) {
      // Under `with:`, `env:` and `outputs:` names are the author's own.
      const parent = keyOf(path.findLast(isPair));
      return isMap(node) && ["with", "env", "outputs", "secrets"].includes(parent ?? "") ? visit.SKIP : undefined;
    },
  });
  return document.toString({ lineWidth: 0 });
}

function keyOf(pair: unknown): string | undefined {
  const key = (pair as Pair | undefined)?.key;
  return isScalar(key) && typeof key.value === "string" ? key.value : undefined;
}
