import type { Role } from '#libs/host';

export const role: Role = { name: 'scheduler', port: 3018, module: async () => (await import('./module.js')).SchedulerModule };
