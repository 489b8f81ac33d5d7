import type { Role } from '#libs/host';

export const role: Role = { name: 'jobs', port: 3017, module: async () => (await import('./module.js')).JobsModule };
