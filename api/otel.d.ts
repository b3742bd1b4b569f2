import { MeterProvider, TracerProvider } from '@opentelemetry/api';
interface OpenTelemetryOptions {
  meterProvider?: MeterProvider | undefined;
  tracerProvider?: TracerProvider | undefined;
}
interface OpenTelemetryRegistration {
  remove: () => void;
}
declare function registerOpenTelemetry({
  meterProvider,
  tracerProvider,
}?: OpenTelemetryOptions): OpenTelemetryRegistration;
export { registerOpenTelemetry };
export type { OpenTelemetryOptions, OpenTelemetryRegistration };
