import type { Role } from '#libs/host';

export const role: Role = { name: 'thumbnails', port: 3014, module: async () => (await import('./module.js')).ThumbnailsModule };
