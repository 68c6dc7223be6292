# A migration job: docker run --rm -e DATABASE_URL image
FROM node:20-slim
# pg_dump for the backup gate, and git for the commit in the journal; ca-certificates for verify-full.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client git ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded server stays at home. Not --omit=optional: esbuild's own binary is optional too.
RUN npm ci --omit=dev && rm -rf node_modules/pg18-*
COPY . .
# What runs is built here: the user that runs it may write nothing.
RUN node run.mjs --build
USER node
CMD ["npm", "run", "-s", "migrate:prod", "--", "--wait", "60s"]
