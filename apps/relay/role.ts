import type { Role } from '#libs/host';

export const role: Role = { name: 'relay', port: 3011, module: async () => (await import('./module.js')).RelayModule };
