import type { Role } from '#libs/host';

export const role: Role = { name: 'fulfilment', port: 3012, module: async () => (await import('./module.js')).FulfilmentModule };
