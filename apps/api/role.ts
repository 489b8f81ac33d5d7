import type { Role } from '#libs/host';

export const role: Role = { name: 'api', port: 3000, module: async () => (await import('./module.js')).ApiModule };
