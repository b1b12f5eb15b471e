// check PROGRAM SCHEMA: what a person sees in an editor with the spec's JSON Schema, asked of yaml-language-server over LSP.
// Prints a line a check and `N passed, N failed`; status 1 when one fails.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Session } from './session.mjs';

const [program, schemaFile] = process.argv.slice(2);
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const session = await Session.start(program, schemaFile);
let passed = 0, failed = 0;

function check(what, isRight, seen) {
  console.log(`${isRight ? 'ok  ' : 'FAIL'} ${what}${isRight ? '' : ': ' + JSON.stringify(seen)}`);
  isRight ? passed++ : failed++;
}

/** The alternatives of a schema, with references followed. */
function* shapes(node) {
  if (node.$ref) yield* shapes(node.$ref.slice(2).split('/').reduce((at, step) => at[step], schema));
  else if (node.anyOf || node.oneOf) for (const one of node.anyOf ?? node.oneOf) yield* shapes(one);
  else yield node;
}

/** Every group of keys: the text that leads to it with the cursor inside, and its keys. */
function* groups(node, lead, indent) {
  for (const shape of shapes(node)) {
    if (shape.title === 'member') {
      // Its keys lead where those at the top do.
      yield { text: lead + '|', keys: Object.keys(shape.properties) };
    } else if (shape.properties) {
      yield { text: lead + '|', keys: Object.keys(shape.properties) };
      for (const [key, child] of Object.entries(shape.properties)) {
        yield* groups(child, `${lead}${key}:\n${indent}  `, indent + '  ');
      }
    } else if (shape.type === 'array') {
      yield* groups(shape.items, lead + '- ', indent + '  ');
    }
  }
}

// Completion knows every key of every group.
for (const { text, keys } of groups(schema, '', '')) {
  // A file that is quite empty is offered only a line that names a schema.
  const offered = await session.completion(text === '|' ? '# a machine\n|' : text);
  const missing = keys.filter(key => !offered.has(key));
  check(`completion at ${JSON.stringify(text)}: ${keys.join(' ')}`, missing.length === 0, { missing });
}

// Completion of values: words, sizes, the word for "as usual", and whole items.
const values = {
  'memory: |': ['512MiB'],
  'rng: |': ['true', 'false'],
  'restart: |': ['on-crash', 'always'],
  'wayland: |': ['auto'],
  'console:\n  com1: |': ['terminal', 'none', 'to a file', 'to a socket'],
  'sandbox:\n  devices:\n    rng: |': ['thread', 'process'],
  'sandbox:\n  groups:\n    |': ['example: small: [rng, blk]'],
  'kernel:\n  |': ['Linux kernel with initrd', 'built-in guest'],
  'disks:\n  - |': ['root disk', 'writable disk'],
  'disks:\n  |': ['root disk', 'writable disk'],
  'networks:\n  - |': ['network without privileges', 'existing tap', 'tap made for the machine'],
  'shares:\n  - |': ['read-only share', 'writable share'],
};
for (const [text, wanted] of Object.entries(values)) {
  const offered = await session.completion(text);
  check(`values at ${JSON.stringify(text)}: ${wanted.join(', ')}`, wanted.every(w => offered.has(w)), [...offered.keys()]);
}
// What a snippet inserts is a spec without findings.
for (const text of ['kernel: vmlinuz\ndisks:\n  - |', 'kernel: vmlinuz\nnetworks:\n  - |', 'kernel: vmlinuz\nshares:\n  - |', 'kernel: vmlinuz\nconsole:\n  com1: |']) {
  for (const item of (await session.completion(text)).values()) {
    if (!item.label.includes(' ')) continue; // a key or a word, not a snippet of ours
    // Editors indent the lines of a snippet like the one it begins on; those of an item come indented by the server.
    const filled = text.replace('|', item.insertText.replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\n(?! {2})/g, '\n    ').replace(/\n {2}(?! {2})/g, '\n    '));
    const found = await session.diagnostics(filled + '\n');
    check(`snippet ${item.label} at ${JSON.stringify(text)} is right`, found.length === 0, { filled, found });
  }
}

// Hover tells what a field is, its default and an example.
function* fields(node, lead, indent) {
  for (const shape of shapes(node)) {
    if (shape.title === 'member') continue;
    for (const [key, child] of Object.entries(shape.properties ?? {})) {
      yield { text: `${lead}|${key}:`, key, child };
      yield* fields(child, `${lead}${key}:\n${indent}  `, indent + '  ');
    }
    if (shape.type === 'array') yield* fields(shape.items, lead + '- ', indent + '  ');
  }
}
for (const { text, key, child } of fields(schema, '', '')) {
  const shown = await session.hover(text);
  const plain = shown.replace(/[\\`]|&nbsp;/g, '');
  const wanted = [(child.description ?? child.anyOf[0].description).slice(0, 20).replace(/[\\`]/g, '')];
  if (child.default !== undefined) wanted.push(`Default: ${child.default}`);
  if (!text.startsWith('sandbox:\n  devices:')) wanted.push('Example');
  check(`hover at ${key} (${text.split(':').length - 1} deep): ${wanted.join(', ')}`, wanted.every(w => plain.includes(w)), shown);
}

// Diagnostics are messages that a person understands, at the place of the mistake.
const mistakes = {
  'kernel: vmlinuz\nmemory: 512MB': '2:9 must be a size: a whole number and one of B, KiB, MiB, GiB, TiB',
  'kernel: vmlinuz\ncpus: two': '2:7 must be a whole number from 1 to 255',
  'kernel: vmlinuz\ncpus: 0': '2:7 Value is below the minimum of 1.',
  'kernel: vmlinuz\nmemroy: 1': '2:1 Property memroy is not allowed.',
  'kernel: ~/vmlinuz': '1:9 must be a path: relative to this file, or absolute; ~ is not expanded',
  'kernel: {image: a, builtin: hello}': '1:10 kernel.builtin excludes an image and an initrd',
  'kernel: {initrd: a, builtin: hello}': '1:10 kernel.builtin excludes an image and an initrd',
  'kernel: x\nname: "a b"': '2:7 must begin with a letter or digit',
  'kernel: x\ndisks: root.img': '2:8 must be a list: [between, brackets], or each item on a line with "- " in front',
  'kernel: x\ndisks: [{path: a, readonly: true}]': '2:19 Property readonly is not allowed.',
  'kernel: x\nshares: [{tag: a}]': '2:10 Missing property "path".',
  'kernel: x\nnetworks: [{user: true, tap: tap0}]': '2:25 user: true excludes hostIp, netmask, tap and network: a network has one way out',
  'kernel: x\nnetworks: [{mac: 52:54}]': '2:18 must be a MAC address: 52:54:00:12:34:56',
  'kernel: x\nnetworks: [{user: true, forward: ["80:x"]}]': '2:35 must be a port from 1 to 65535, the same on both sides, or HOST:GUEST',
  'kernel: x\nconsole: {com1: teminal}': '2:17 must be one of: terminal, file, socket, none',
  'kernel: x\nrestart: never': '2:10 must be one of: no, on-crash, always',
  'kernel: x\nrng: yes': '2:6 must be one of: true, false, on, off',
  'kernel: x\ndisks: [{path: a, root: yes}]': '2:25 must be true or false, without quotes',
  'kernel: x\nsandbox: {devices: {balloon: process}}': '2:30 must be one of: thread',
  'memory: 512MiB': '1:1 Missing property "kernel".',
  'machines: {web: {kernel: vmlinuz, memroy: 1GiB}}': '1:35 Property memroy is not allowed.',
  'machines: {web: {kernel: vmlinuz, replicas: 0}}': '1:45 Value is below the minimum of 1.',
};
for (const [text, wanted] of Object.entries(mistakes)) {
  const found = await session.diagnostics(text + '\n');
  check(`mistake in ${JSON.stringify(text)}: ${wanted}`, found.length === 1 && found[0].startsWith(wanted), found);
}

// No example of the repository is found fault with, and a variable is right everywhere.
for (const file of process.argv.slice(4)) {
  const found = await session.diagnostics(readFileSync(file, 'utf8'), pathToFileURL(file).href);
  check(`no finding in ${file}`, found.length === 0, found);
}
const fleet = await session.diagnostics('x-a: &a {memory: 1GiB}\ndefaults: {kernel: vmlinuz}\nmachines:\n  db:\n  web: {<<: *a, dependsOn: {db: ready}, replicas: 2}\n');
check('several machines are right in one file', fleet.length === 0, fleet);
const variables = await session.diagnostics('kernel: ${K}\nmemory: ${M:-512MiB}\ncpus: ${C}\nrng: ${R}\nrestart: ${S}\nnetworks: [{mac: "${A}", user: "${U}"}]\n');
check('variables are right everywhere', variables.length === 0, variables);

await session.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
