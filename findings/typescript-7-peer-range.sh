#!/usr/bin/env bash
# TypeScript 7 below a tool that asks for "TypeScript 2.7 or later".
#
# A good guess: npm says so when a package is too new for one that uses it, and what it installs without a word works; and
# `require("typescript")` has the compiler's functions, as in every version before.
# What happens: version 7 is another program behind the same name. Its module has two members, `version` and `versionMajorMinor`, and
# the functions are elsewhere, under other names (`typescript/unstable/…`). Tools whose peer range has no upper end, such as ts-node 10.9.2
# (">=2.7"), take it, npm installs both without a warning, and the tool ends with a TypeError about a member of undefined, which names
# neither TypeScript nor its version.
# Versions: typescript 7.0.2, ts-node 10.9.2, @types/node 24.10.1, Node.js 20. Seen on 2026-11-29.
# Why users care: `npm install --save-dev typescript` takes the newest one, and whatever transpiles with an older tool stops with an error
# that leads nowhere; a peer range without an upper end is no promise.
# Needed: Node.js 20 or later with npm, and what npm needs to reach its packages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "name": "seen", "private": true }' >package.json
warnings=$(npm install --no-audit --no-fund typescript@7.0.2 ts-node@10.9.2 @types/node@24.10.1 2>&1 | grep -ciE 'warn|peer' || true)
echo "npm: $warnings warnings"
node -p '`ts-node asks for typescript ${require("ts-node/package.json").peerDependencies.typescript}`'
members=$(node -p 'Object.keys(require("typescript")).sort().join(", ")')
echo "members of typescript: $members"
echo 'const n: number = 1; console.log(n + 1);' >one.ts
said=$(npx --no-install ts-node one.ts 2>&1 || true)
error=$(grep -m1 "Error:" <<<"$said" || true)
echo "ts-node: $error"
[ "$warnings" = 0 ] || { echo "npm warns now"; exit 1; }
[ "$members" = "version, versionMajorMinor" ] || { echo "the module has other members now"; exit 1; }
[[ $error == "TypeError: Cannot read properties of undefined"* ]] || { echo "ts-node says something else now"; exit 1; }
