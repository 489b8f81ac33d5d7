import type { Role } from '#libs/host';

export const role: Role = { name: 'payments', port: 3013, module: async () => (await import('./module.js')).PaymentsModule };
