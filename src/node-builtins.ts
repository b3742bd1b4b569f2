/* eslint-disable @typescript-eslint/no-require-imports -- An import would load them together with this package. */

/** Loaded on first use, when a driver has already loaded it. It takes a fifth of this package's loading time. */
export const net = () => require('node:net') as typeof import('node:net');

/** Loaded on first use, when a driver has already loaded it. It takes longer to load than this whole package. */
export const tls = () => require('node:tls') as typeof import('node:tls');
