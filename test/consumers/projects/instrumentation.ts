import { database, main } from '../app';
import type { Application, Engine, Files, Project } from '../consumer';

const SIX = { sequelize: '^6', mysql2: '^3', pg: '^8' };
const ENGINES = ['mysql', 'postgres'] as const;

const sources: Files = Object.fromEntries(
  ENGINES.flatMap((engine) => [
    [`${engine}.js`, database({ engine })],
    [`main-${engine}.js`, main('cjs', `./${engine}`)],
  ]),
);

/** The application itself, and a user who never gets in: an error is what most tracers look at closest. */
const applications = (command: string): Application[] =>
  ENGINES.flatMap((engine: Engine) => [
    { name: engine, engine, run: [`${command} main-${engine}.js`], prints: /INSERT INTO/ },
    {
      name: `${engine}, denied`,
      engine,
      run: [`AWS_SECRET_ACCESS_KEY=wrong ${command} main-${engine}.js`],
      prints: /tcp\.connect/,
      fails: /denied|authentication failed/i,
    },
  ]);

export const instrumentation: Project[] = [
  {
    name: 'OpenTelemetry',
    packages: {
      '@opentelemetry/sdk-node': '^0.223',
      '@opentelemetry/instrumentation-mysql2': '^0.69',
      '@opentelemetry/instrumentation-pg': '^0.76',
      '@opentelemetry/instrumentation-net': '^0.67',
      '@opentelemetry/sdk-trace-base': '^2',
      '@opentelemetry/api': '^1',
      ...SIX,
    },
    files: {
      ...sources,
      // Every span is printed, so that it is searched for secrets as all output is.
      'tracing.js': `const { NodeSDK } = require('@opentelemetry/sdk-node');
        const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
        const { MySQL2Instrumentation } = require('@opentelemetry/instrumentation-mysql2');
        const { NetInstrumentation } = require('@opentelemetry/instrumentation-net');
        const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
        const exporter = new InMemorySpanExporter();
        new NodeSDK({
          spanProcessors: [new SimpleSpanProcessor(exporter)],
          instrumentations: [new MySQL2Instrumentation(), new NetInstrumentation(), new PgInstrumentation({ enhancedDatabaseReporting: true })],
        }).start();
        process.on('exit', () => {
          for (const { name, attributes, events, status, links, resource } of exporter.getFinishedSpans())
            console.log(JSON.stringify({ name, attributes, events, status, links, resource: resource.attributes }));
        });`,
    },
    applications: applications('node --require ./tracing.js'),
  },
  {
    name: 'dd-trace',
    // Its latest major that runs on Node 20.
    packages: { 'dd-trace': '^5', ...SIX },
    files: {
      ...sources,
      // In place of Datadog's agent: prints what it is sent, so that it is searched for secrets as all output is.
      'agent.mjs': `import { spawn } from 'node:child_process';
        import { once } from 'node:events';
        import { createServer } from 'node:http';
        const agent = createServer((request, response) => {
          request.pipe(process.stdout, { end: false });
          request.on('end', () => response.end('{}'));
        }).listen(0, '127.0.0.1');
        await once(agent, 'listening');
        const env = { ...process.env, DD_TRACE_AGENT_URL: 'http://127.0.0.1:' + agent.address().port };
        const args = ['--require', 'dd-trace/init', ...process.argv.slice(2)];
        const [code] = await once(spawn(process.execPath, args, { env, stdio: 'inherit' }), 'exit');
        agent.close();
        agent.closeAllConnections();
        process.exitCode = code;`,
    },
    applications: applications('node agent.mjs'),
  },
];
