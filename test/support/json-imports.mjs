// GitHub's workflow parser imports JSON without an import attribute, which Node refuses; this adds the attribute.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    if (!resolved.url.endsWith(".json")) return resolved;
    return { ...resolved, importAttributes: { ...resolved.importAttributes, type: "json" } };
  },
});
