# A migration job. It writes nothing but its backups, so its root file system may be read-only:
#   docker build --build-arg GIT_COMMIT="$(git rev-parse HEAD)" --tag migrate .
#   docker run --rm --read-only --env DATABASE_URL --volume backups:/app/.lockstep/backups migrate
FROM node:24-slim
# pg_dump of the newest major for the backup gate: an older one refuses a newer server.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y --no-install-recommends postgresql-client-18 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded server stays at home. Not --omit=optional: esbuild's own binary is optional too.
RUN npm ci --omit=dev && npm cache clean --force && rm -rf node_modules/pg18-*
COPY . .
# Any user may read what a private umask brought along, and write into the two folders: a named volume takes over their mode.
RUN find . -path ./node_modules -prune -o ! -type l ! -perm -a=r -exec chmod a+rX {} + \
 && node run.mjs --build \
 && install -d -m 1777 .lockstep .lockstep/backups
# Last, so that a new commit rebuilds nothing. There is no .git here.
ARG GIT_COMMIT
ENV GIT_COMMIT=$GIT_COMMIT
# By number: Kubernetes cannot tell from a name that it is not root (runAsNonRoot). Any other will do as well.
USER 1000:1000
# No VOLUME: an unnamed one goes with `--rm`, and would look like a place that stays. Not by npm, which hands no signal on.
CMD ["node", "run.mjs", "migrate-up", "--env", "production", "--wait", "60s"]
