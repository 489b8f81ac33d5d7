import type { Role } from '#libs/host';

export const role: Role = { name: 'status', port: 3001, module: async () => (await import('./module.js')).StatusModule };
