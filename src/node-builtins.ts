/* eslint-disable @typescript-eslint/no-require-imports -- An import would load them with this package. */

/** Loaded when first needed, by when a driver has loaded it: it takes a fifth of the time that this package takes. */
export const net = () => require('node:net') as typeof import('node:net');

/** Loaded when first needed, by when a driver has loaded it: it takes longer than all of this package. */
export const tls = () => require('node:tls') as typeof import('node:tls');
