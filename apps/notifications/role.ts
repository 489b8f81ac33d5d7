import type { Role } from '#libs/host';

export const role: Role = { name: 'notifications', port: 3015, module: async () => (await import('./module.js')).NotificationsModule };
