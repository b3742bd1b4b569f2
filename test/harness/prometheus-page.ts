import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { registerOpenTelemetry } from 'sequelize-rds-iam/otel';

/** What Prometheus gets from OpenTelemetry's exporter over HTTP, after `act`. */
export async function prometheusPage(act: () => Promise<void>): Promise<string> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const { remove } = registerOpenTelemetry({ meterProvider });
  const server = createServer((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await act();
    const { port } = server.address() as AddressInfo;
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } finally {
    remove();
    await meterProvider.shutdown();
    server.close();
  }
}

/** The names of the metrics of a page, each with the labels that it has. */
export function metricsOf(page: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of page.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
    const known = metrics.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label);
    metrics.set(name, known);
  }
  return metrics;
}
