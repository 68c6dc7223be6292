# A migration job: docker run --rm -e DATABASE_URL -v backups:/app/.lockstep/backups image
FROM node:24-slim
# pg_dump of the newest major for the backup gate (an older one refuses a newer server), and git for the commit in the journal.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-common ca-certificates git \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y --no-install-recommends postgresql-client-18 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded server stays at home. Not --omit=optional: esbuild's own binary is optional too.
RUN npm ci --omit=dev && rm -rf node_modules/pg18-*
COPY . .
# What runs is built here: the user that runs it may write nothing but its backups and the journal's heads.
RUN node run.mjs --build && mkdir -p .lockstep/backups && chown -R node .lockstep
USER node
# A backup that goes with the container is none: mount this folder, or set backup.command.
VOLUME /app/.lockstep/backups
CMD ["npm", "run", "-s", "migrate:prod", "--", "--wait", "60s"]
