// One session with yaml-language-server over LSP (stdio): opens texts, asks for completion, hover and diagnostics.
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** A position is where `|` stands in a text; the text without it is what the editor has open. */
export function cursor(text) {
  const at = text.indexOf('|');
  if (at < 0) throw new Error('no cursor in: ' + text);
  const before = text.slice(0, at).split('\n');
  return {
    text: text.slice(0, at) + text.slice(at + 1),
    position: { line: before.length - 1, character: before[before.length - 1].length },
  };
}

export class Session {
  #server;
  #next = 1;
  #waiting = new Map();
  #diagnostics = new Map();
  #input = Buffer.alloc(0);
  #files = 0;
  #configured;

  /** Starts the server whose program is given, with a schema for every *.yaml. */
  static async start(program, schema) {
    const session = new Session();
    session.#server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    session.#server.stdout.on('data', data => session.#read(data));
    session.#server.on('exit', status => {
      for (const { reject } of session.#waiting.values()) reject(new Error('the language server ended with ' + status));
    });
    session.settings = {
      yaml: {
        schemas: { [pathToFileURL(schema).href]: ['*.yaml'] },
        schemaStore: { enable: false },
        completion: true, hover: true, validate: true,
      },
    };
    await session.#request('initialize', {
      processId: process.pid, rootUri: null,
      capabilities: {
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
          hover: { contentFormat: ['markdown'] },
          publishDiagnostics: {},
        },
        workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: false } },
      },
    });
    const configured = new Promise(resolve => { session.#configured = resolve; });
    session.#notify('initialized', {});
    session.#notify('workspace/didChangeConfiguration', { settings: session.settings });
    await configured;
    // The answer about the settings is worked on before what is asked next is; the schema's file is read by the first findings.
    await session.diagnostics('settings: unknown\n');
    return session;
  }

  /** What is offered at the cursor: label to item. */
  async completion(text) {
    const { uri, position } = this.#open(text);
    const list = await this.#request('textDocument/completion', { textDocument: { uri }, position });
    return new Map((list.items ?? list).map(item => [item.label, item]));
  }

  /** What is shown for the word at the cursor, as Markdown; empty for nothing. */
  async hover(text) {
    const { uri, position } = this.#open(text);
    const hover = await this.#request('textDocument/hover', { textDocument: { uri }, position });
    return hover?.contents?.value ?? '';
  }

  /** The findings for a text (which stands at the address `place`, if given), as `LINE:COLUMN MESSAGE`, counted from 1. */
  async diagnostics(text, place) {
    const uri = this.#didOpen(text, place);
    const found = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no diagnostics after 30 s')), 30_000);
      this.#diagnostics.set(uri, list => { clearTimeout(timer); resolve(list); });
    });
    return found.map(d => `${d.range.start.line + 1}:${d.range.start.character + 1} ${d.message}`);
  }

  async stop() {
    await this.#request('shutdown', null);
    const ended = new Promise(resolve => this.#server.on('exit', resolve));
    this.#notify('exit', null);
    this.#server.stdin.end();
    await ended;
  }

  #open(text) {
    const { text: clean, position } = cursor(text);
    return { uri: this.#didOpen(clean), position };
  }

  #didOpen(text, place) {
    const uri = place ?? `file:///specs/${++this.#files}.yaml`;
    this.#notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    return uri;
  }

  #request(method, params) {
    const id = this.#next++;
    this.#send({ jsonrpc: '2.0', id, method, params });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #notify(method, params) {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify(message));
    this.#server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#server.stdin.write(body);
  }

  #read(data) {
    this.#input = Buffer.concat([this.#input, data]);
    for (;;) {
      const end = this.#input.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.subarray(0, end).toString())[1]);
      if (this.#input.length < end + 4 + length) return;
      const message = JSON.parse(this.#input.subarray(end + 4, end + 4 + length));
      this.#input = this.#input.subarray(end + 4 + length);
      this.#handle(message);
    }
  }

  #handle(message) {
    if (message.method && message.id !== undefined) {
      const result = message.method === 'workspace/configuration'
        ? message.params.items.map(item => this.settings[item.section] ?? null)
        : null;
      this.#send({ jsonrpc: '2.0', id: message.id, result });
      if (message.method === 'workspace/configuration') this.#configured();
    } else if (message.method === 'textDocument/publishDiagnostics') {
      this.#diagnostics.get(message.params.uri)?.(message.params.diagnostics);
    } else if (this.#waiting.has(message.id)) {
      const { resolve, reject } = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    }
  }
}
