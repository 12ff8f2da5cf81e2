# Compiled JavaScript on Node 26, without development packages and without root.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:26-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY --from=build /app/dist ./dist
COPY packages/db/migrations ./packages/db/migrations
COPY apps/api/pages/assets ./apps/api/pages/assets
RUN mkdir /ledger && chown node /ledger
USER node
CMD ["node", "--conditions=compiled", "dist/apps/api/main.js"]
