// What TypeScript and JavaScript files import of each other. Takes files as arguments and prints lines of JSON: file,
// imported file, names. The parser is the one that builds the page.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "vite";

/** The file that a relative specifier names, if it is there. */
function target(file, specifier) {
  if (!specifier.startsWith(".")) return null;
  const path = join(dirname(file), specifier.replace(/\?.*$/, ""));
  return [path, `${path}.ts`, `${path}.mjs`, `${path}.js`].find((candidate) => /\.\w+$/.test(candidate) && existsSync(candidate)) ?? null;
}

/** The files of `import("./x")` and `new URL("./x", import.meta.url)`, by which a page starts its workers. */
function* dynamic(node) {
  if (!node || typeof node !== "object") return;
  const url = node.type === "NewExpression" && node.callee.name === "URL" && node.arguments[1]?.type === "MemberExpression";
  const source = url ? node.arguments[0] : ["ImportExpression", "TSImportType"].includes(node.type) ? node.source : null;
  if (typeof source?.value === "string") yield source.value;
  for (const child of Object.values(node)) yield* dynamic(child);
}

for (const file of process.argv.slice(2)) {
  const { program, module, errors } = parseSync(file, readFileSync(file, "utf8"));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const print = (specifier, names) => {
    const to = target(file, specifier);
    if (to) console.log(JSON.stringify([file, to, names]));
  };
  for (const { moduleRequest, entries } of module.staticImports) {
    print(moduleRequest.value, entries.map(({ importName }) => importName.name ?? "*"));
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName } of entries) {
      if (moduleRequest) print(moduleRequest.value, [importName.name ?? "*"]);
    }
  }
  for (const specifier of dynamic(program)) print(specifier, ["*"]);
}
